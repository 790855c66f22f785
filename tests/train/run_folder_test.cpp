#include "train/run_folder.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "core/hash.h"
#include "refusal.h"
#include "temporary_folder.h"
#include "toy_data.h"
#include "train/evaluate.h"

namespace inkling {
namespace {

RunRecord example_record() {
    return {
        .recipe = "toy",
        .seed = 5,
        .threads = 2,
        .split = "toy",
        .data = "/data/emnist",
        .files = {{"emnist-toy-train-images-idx3-ubyte.gz", "ab12"}},
        .environment = {
            .inkling = "0.1.0", .onednn = "2.6.3", .compiler = "12.2.0", .processor = "a processor", .processors = 2}};
}

TrainingResult train_briefly() {
    const Recipe recipe = parse_recipe(kToyRecipe, "toy.toml");
    const Dataset data = toy_dataset(80);
    return train(recipe, data, stratified_holdout(data, 0.2, 1));
}

TEST(RunFolder, KeepsWhatARunBeganWith) {
    const TemporaryFolder folder;
    const RunFolder run{folder / "run"};
    const Recipe recipe = parse_recipe(kToyRecipe, "toy.toml");
    begin_run(run, recipe, example_record());
    const RunRecord record = read_record(run);
    EXPECT_EQ(record.recipe, "toy");
    EXPECT_EQ(record.seed, 5u);
    EXPECT_EQ(record.threads, 2);
    EXPECT_EQ(record.split, "toy");
    EXPECT_EQ(record.data, "/data/emnist");
    ASSERT_EQ(record.files.size(), 1u);
    EXPECT_EQ(record.files[0].sha256, "ab12");
    EXPECT_EQ(record.environment, example_record().environment);
    EXPECT_TRUE(record.teachers.empty());
    EXPECT_EQ(to_toml(read_recipe(run.recipe())), to_toml(recipe));
}

TEST(RunFolder, NamesTheTeachers) {
    const TemporaryFolder folder;
    const RunFolder run{folder / "run"};
    RunRecord record = example_record();
    record.teachers = {{"/runs/a/model.safetensors", "ab"}, {"/runs/b/model.safetensors", "cd"}};
    begin_run(run, parse_recipe(kToyRecipe, "toy.toml"), record);
    const std::vector<DataFile> teachers = read_record(run).teachers;
    ASSERT_EQ(teachers.size(), 2u);
    EXPECT_EQ(teachers[1].name, "/runs/b/model.safetensors");
    EXPECT_EQ(teachers[1].sha256, "cd");
}

TEST(RunFolder, LeadsBackToPathsWhoseNamesAreNoText) {
    const TemporaryFolder folder;
    const RunFolder run{folder / "run"};
    RunRecord record = example_record();
    record.data = "/data/alt\xfc\xe4";
    record.init_from = "/runs/\xff/model.safetensors";
    begin_run(run, parse_recipe(kToyRecipe, "toy.toml"), record);
    EXPECT_EQ(read_record(run).data, record.data);
    EXPECT_EQ(read_record(run).init_from, record.init_from);
    const auto json = nlohmann::json::parse(read_text(run.record()));
    EXPECT_EQ(json["data"]["folder"], "file:///data/alt%FC%E4");
}

TEST(RunFolder, RemembersWhatItIsJudgedBy) {
    const TemporaryFolder folder;
    for (const JudgedBy by : {JudgedBy::kTest, JudgedBy::kValidation, JudgedBy::kNothing}) {
        const RunFolder run{folder / std::to_string(static_cast<int>(by))};
        RunRecord record = example_record();
        record.judged_by = by;
        begin_run(run, parse_recipe(kToyRecipe, "toy.toml"), record);
        EXPECT_EQ(read_record(run).judged_by, by);
    }
}

TEST(RunFolder, KeepsTheListOfImagesThatItDoesNotLearnFrom) {
    const TemporaryFolder folder;
    const RunFolder run{folder / "run"};
    RunRecord record = example_record();
    record.excluded = {3, 17};
    begin_run(run, parse_recipe(kToyRecipe, "toy.toml"), record);
    EXPECT_EQ(read_record(run).excluded, record.excluded);
    const auto json = nlohmann::json::parse(read_text(run.record()));
    EXPECT_EQ(json["data"]["excluded"]["images"], 2);
    EXPECT_EQ(json["data"]["excluded"]["sha256"], sha256(read_file(run.excluded())));
    write_file(run.excluded(), "image\n3\n");
    EXPECT_TRUE(contains(data_refusal([&] { read_record(run); }), "excluded.csv: has sha256"));
}

TEST(RunFolder, RefusesToBeginWhereThereIsARun) {
    const TemporaryFolder folder;
    const RunFolder run{folder / "run"};
    const Recipe recipe = parse_recipe(kToyRecipe, "toy.toml");
    begin_run(run, recipe, example_record());
    begin_run(run, recipe, example_record());  // nothing was trained yet
    write_file(run.checkpoint(), "x");
    EXPECT_THROW(begin_run(run, recipe, example_record()), Error);
}

TEST(RunFolder, ReadsARecordThatAnEditorSaved) {
    const TemporaryFolder folder;
    const RunFolder run{folder / "run"};
    begin_run(run, parse_recipe(kToyRecipe, "toy.toml"), example_record());
    const std::string text = read_text(run.record());
    std::string windows = "\xef\xbb\xbf";
    for (const char character : text) windows += character == '\n' ? "\r\n" : std::string(1, character);
    write_file(run.record(), windows);
    EXPECT_EQ(read_record(run).split, example_record().split);
    write_file(run.record(), std::string_view("\xff\xfe{\0}\0", 6));
    EXPECT_TRUE(contains(data_refusal([&] { read_record(run); }), "expected UTF-8"));
}

TEST(RunFolder, SaysWhatAFolderIsNot) {
    const TemporaryFolder folder;
    const RunFolder run{folder / "run"};
    EXPECT_TRUE(contains(data_refusal([&] { read_record(run); }), "no run"));
    EXPECT_TRUE(contains(data_refusal([&] { check_finished(run); }), "no run"));
    begin_run(run, parse_recipe(kToyRecipe, "toy.toml"), example_record());
    EXPECT_TRUE(contains(data_refusal([&] { check_finished(run); }), "--resume"));
    write_file(run.record(), "{\"recipe\": 3}");
    EXPECT_TRUE(contains(data_refusal([&] { read_record(run); }), "record.json"));
    write_file(run.record(), "{");
    EXPECT_TRUE(contains(data_refusal([&] { read_record(run); }), "record.json"));
}

TEST(RunFolder, HoldsModelAndMetricsOfAFinishedRun) {
    const TemporaryFolder folder;
    const RunFolder run{folder.path()};
    const TrainingResult result = train_briefly();
    const Dataset test = toy_dataset(40, Part::kTest, 2);
    const Metrics metrics = evaluate(result.model, test).metrics;
    finish_run(run, result, metrics);
    check_finished(run);
    EXPECT_EQ(load_model(run.model()).parameters, result.model.parameters);
    const auto json = nlohmann::json::parse(read_text(run.metrics()));
    EXPECT_EQ(json.at("test").at("accuracy"), metrics.accuracy);
    EXPECT_EQ(json.at("test").at("per_class").size(), 4u);
    EXPECT_EQ(json.at("test").at("confusion").at(3).size(), 4u);
    EXPECT_EQ(json.at("validation").at("loss"), result.history.back().validation_loss);
    EXPECT_EQ(json.at("epochs"), 3);
    EXPECT_EQ(read_summary(run).seconds, total_seconds(result.history));
}

TEST(RunFolder, GoesWithoutATestPart) {
    const TemporaryFolder folder;
    finish_run({folder.path()}, train_briefly(), std::nullopt);
    EXPECT_FALSE(nlohmann::json::parse(read_text(folder / "metrics.json")).contains("test"));
}

TEST(History, IsATableWithEmptyCellsForWhatWasNotMeasured) {
    const double none = std::numeric_limits<double>::quiet_NaN();
    const std::vector<EpochRecord> history = {{1, 0.5, 2.25, 0.25, none, none, 2, 100},
                                              {2, 0.125, 1, 0.5, 1, 0.5, 1, 400}};
    EXPECT_EQ(history_csv(history),
              "epoch,learning_rate,train_loss,train_accuracy,validation_loss,validation_accuracy,seconds,"
              "images_per_second\n1,0.5,2.25,0.25,,,2,100\n2,0.125,1,0.5,1,0.5,1,400\n");
    EXPECT_EQ(total_seconds(history), 3);
    EXPECT_EQ(mean_images_per_second(history), 200);
}

}  // namespace
}  // namespace inkling
