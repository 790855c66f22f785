#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/trained_runs.h"
#include "data/excluded_images.h"
#include "refusal.h"

namespace inkling {
namespace {

constexpr std::size_t kImages = 400;
const std::vector<std::uint32_t> kWrong = {7, 42, 130, 391};

/// The toy split, of which four images have another label than they show, and the recipe.
class AuditCommand : public testing::Test {
  protected:
    void SetUp() override {
        write_toy_split(folder_.path(), kImages, 100);
        std::vector<std::uint8_t> labels = toy_labels(kImages);
        for (const std::uint32_t image : kWrong)
            labels[image] = static_cast<std::uint8_t>((labels[image] + 1) % kToyClasses);
        write_part(folder_.path(), "toy", "train", toy_images(kImages, 1, true), labels);
        write_file(folder_ / "toy.toml", kToyRecipe);
    }

    ProgramEnd run(const std::vector<std::string>& arguments) const { return run_program(folder_.path(), arguments); }

    /// `inkling audit` of the recipe on the toy split, long enough to learn it, and what else is given.
    ProgramEnd audit(const std::vector<std::string>& more = {}) const {
        std::vector<std::string> arguments = {"audit", "toy.toml", "--data", ".",        "--split",
                                              "toy",   "--folds",  "3",      "--epochs", "12"};
        if (std::ranges::find(more, "--networks") == more.end()) arguments.insert(arguments.end(), {"--networks", "2"});
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments);
    }

    nlohmann::json json(const std::string& path) const { return read_json(folder_ / path); }
    bool exists(const std::string& path) const { return std::filesystem::exists(folder_ / path); }

    TemporaryFolder folder_;
};

TEST_F(AuditCommand, ListsTheLabelsThatAreWrong) {
    const ProgramEnd end = audit({"--doubt", "0.2"});
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "toy: 6 trainings of 12 epochs, 2 for each of 3 folds"));
    EXPECT_TRUE(contains(end.output, "toy with seed 1: "));
    for (const char* file : {"labels.csv", "labels.png", "audit.json"})
        EXPECT_TRUE(contains(end.output, std::string("written: audits/toy-toy/") + file));
    const auto listed =
        parse_excluded_images(read_text(folder_ / "audits" / "toy-toy" / "labels.csv"), "list", kImages);
    EXPECT_TRUE(std::ranges::includes(listed, kWrong));
    EXPECT_LE(listed.size(), kWrong.size() + 2);
    const std::string table = read_text(folder_ / "audits" / "toy-toy" / "labels.csv");
    EXPECT_TRUE(table.starts_with("image,given,suggested,given_probability,suggested_probability,margin\n"));
    EXPECT_TRUE(contains(table, "\n42,3,2,0."));
    EXPECT_EQ(read_text(folder_ / "audits" / "toy-toy" / "labels.png").substr(0, 8), "\x89PNG\r\n\x1a\n");
    const auto result = json("audits/toy-toy/audit.json");
    EXPECT_EQ(result["images"], kImages);
    EXPECT_EQ(result["listed"], listed.size());
    EXPECT_EQ(result["networks"].size(), 2u);
    EXPECT_EQ(result["errors"]["wrong_label"], listed.size());
    EXPECT_EQ(result["errors"]["all"].get<int>(), result["errors"]["wrong_label"].get<int>() +
                                                      result["errors"]["unresolved"].get<int>() +
                                                      result["errors"]["to_gain"].get<int>());
    EXPECT_NEAR(result["accuracy"].get<double>(), 1 - result["errors"]["all"].get<double>() / kImages, 1e-12);
    EXPECT_EQ(result["classes"][3]["class"], "3");
}

TEST_F(AuditCommand, WhatItListsIsLeftOutByATraining) {
    ASSERT_EQ(audit({"--out", "list", "--doubt", "0.2", "--quiet"}).output, "");
    const ProgramEnd end =
        run({"train", "toy.toml", "--data", ".", "--split", "toy", "--out", "cleaned", "--exclude", "list/labels.csv"});
    EXPECT_EQ(end.status, 0) << end.output;
    EXPECT_EQ(json("cleaned/record.json")["data"]["excluded"]["images"], json("list/audit.json")["listed"]);
}

TEST_F(AuditCommand, GivesTheSameWithAnyNumberOfThreads) {
    audit({"--out", "one", "--threads", "1"});
    audit({"--out", "two", "--threads", "2", "--json", "result.json"});
    EXPECT_EQ(read_text(folder_ / "one" / "audit.json"), read_text(folder_ / "two" / "audit.json"));
    EXPECT_EQ(read_text(folder_ / "one" / "labels.csv"), read_text(folder_ / "two" / "labels.csv"));
    EXPECT_EQ(read_text(folder_ / "result.json"), read_text(folder_ / "two" / "audit.json"));
}

TEST_F(AuditCommand, SaysHowManyPlantedLabelsItFinds) {
    const ProgramEnd end = audit({"--plant", "0.05", "--json", "planted.json"});
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "made wrong: 20 labels (5.00%)"));
    EXPECT_TRUE(contains(end.output, "precision"));
    EXPECT_FALSE(exists("audits"));
    const auto result = json("planted.json");
    EXPECT_EQ(result["planted"], 20);
    const auto& published = result["found"].back();
    EXPECT_EQ(published["doubt"], 1);
    EXPECT_GT(published["recall"].get<double>(), 0.7);
    EXPECT_GT(published["precision"].get<double>(), 0.5);
    EXPECT_EQ(audit({"--plant", "0.05", "--out", "list"}).status, 2);
}

TEST_F(AuditCommand, TakesRecipeAndDataOfARun) {
    ASSERT_EQ(run({"train", "toy.toml", "--data", ".", "--split", "toy", "--out", "a", "--quiet"}).status, 0);
    const ProgramEnd end = run({"audit", "a", "--folds", "2", "--networks", "1"});
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "split toy in "));
    EXPECT_TRUE(contains(end.output, "toy: 2 trainings of 3 epochs, 1 for each of 2 folds"));
    EXPECT_TRUE(contains(end.output, "One network cannot tell what is unresolved from what is to gain"));
    EXPECT_TRUE(exists("a/audit/audit.json"));
}

TEST_F(AuditCommand, StopsWhenInterruptedAndWritesNothing) {
    Program program(folder_.path(), {"audit", "toy.toml", "--data", ".", "--split", "toy", "--epochs", "90000"});
    ASSERT_TRUE(program.wait_for_output("15 trainings of 90000 epochs"));
    program.signal(SIGINT);
    const ProgramEnd end = program.wait();
    EXPECT_EQ(end.status, 130);
    EXPECT_TRUE(contains(end.output, "inkling: stopped; nothing was written"));
    EXPECT_FALSE(exists("audits/toy-toy/labels.csv"));
}

TEST_F(AuditCommand, GoesOnWhereItWasStopped) {
    // Small batches, so that it lasts until it is stopped.
    ASSERT_EQ(audit({"--networks", "20", "--set", "training.batch_size=4", "--out", "unbroken"}).status, 0);
    Program program(folder_.path(),
                    {"audit", "toy.toml", "--data", ".", "--split", "toy", "--folds", "3", "--epochs", "12",
                     "--networks", "20", "--threads", "1", "--set", "training.batch_size=4", "--out", "list"});
    ASSERT_TRUE(program.wait_until([&] {
        std::error_code none_yet;
        return std::ranges::any_of(std::filesystem::directory_iterator(folder_ / "list" / "readings", none_yet),
                                   [](const auto& file) { return file.path().extension() == ".safetensors"; });
    }));
    program.signal(SIGINT);
    const ProgramEnd stopped = program.wait();
    ASSERT_EQ(stopped.status, 130) << stopped.output;
    EXPECT_TRUE(contains(stopped.output, "finished trainings read is kept, go on with the same command"));
    const ProgramEnd end = audit({"--networks", "20", "--set", "training.batch_size=4", "--out", "list"});
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "goes on: "));
    EXPECT_EQ(read_text(folder_ / "list" / "audit.json"), read_text(folder_ / "unbroken" / "audit.json"));
    EXPECT_FALSE(exists("list/readings"));
}

TEST_F(AuditCommand, SaysWhatIsWrongWithACommandLine) {
    const auto refusal = [&](const std::vector<std::string>& arguments, int status) {
        const ProgramEnd end = run(arguments);
        EXPECT_EQ(end.status, status) << end.output;
        EXPECT_FALSE(exists("audits"));
        return end.output;
    };
    EXPECT_TRUE(contains(refusal({"audit"}, 2), "sources is required"));
    EXPECT_TRUE(contains(refusal({"audit", "nothing"}, 2), "nothing: no such recipe"));
    EXPECT_TRUE(contains(refusal({"audit", "."}, 3), ".: no run"));
    EXPECT_TRUE(
        contains(refusal({"audit", "toy.toml", "--data", ".", "--split", "toy", "--folds", "1"}, 2), "--folds"));
    EXPECT_TRUE(contains(refusal({"audit", "toy.toml", "--data", ".", "--split", "toy", "--epochs", "0"}, 2),
                         "training.epochs=0"));
    EXPECT_TRUE(contains(refusal({"audit", "toy.toml", "--dropout", "0.5"}, 2), "--set network.dropout=0.5"));
    write_toy_split(folder_.path(), 20, 0);
    EXPECT_TRUE(
        contains(refusal({"audit", "toy.toml", "--data", ".", "--split", "toy", "--folds", "6"}, 2),
                 "inkling: --folds 6: no class of split toy has more than 5 images, expected one for each fold\n"));
}

}  // namespace
}  // namespace inkling
