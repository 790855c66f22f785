#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/trained_runs.h"
#include "refusal.h"

namespace inkling {
namespace {

class EvalCommand : public TrainedRuns {};

TEST_F(EvalCommand, TellsAllAboutOneRun) {
    const ProgramEnd end = run({"eval", "a/", "--json", "a.json"});
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "a: toy on the test part of toy, 100 images"));
    EXPECT_TRUE(contains(end.output, "top-2"));
    EXPECT_TRUE(contains(end.output, "most confused"));
    for (const char* file : {"confusion.csv", "confusion.png", "predictions.png"}) {
        EXPECT_TRUE(contains(end.output, std::string("written: a/eval-test/") + file));
        EXPECT_TRUE(std::filesystem::exists(folder_ / "a" / "eval-test" / file)) << file;
    }
    const auto result = json("a.json");
    for (const char* key : {"accuracy", "loss", "macro_precision", "macro_recall", "macro_f1", "top2_accuracy",
                            "top3_accuracy", "per_class", "confusion", "most_confused"})
        EXPECT_TRUE(result.contains(key)) << key;
    std::int64_t images = 0;
    for (const auto& row : result["confusion"])
        for (const auto& count : row) images += count.get<std::int64_t>();
    EXPECT_EQ(images, 100);
}

TEST_F(EvalCommand, GivesTheNumbersThatTrainingEndedWith) {
    run({"eval", "a", "--json", "a.json", "--quiet"});
    const auto result = json("a.json");
    const auto test = json("a/metrics.json")["test"];
    for (const auto& [key, value] : test.items()) EXPECT_EQ(result[key], value) << key;
}

TEST_F(EvalCommand, JudgesTheTrainingPartIfAsked) {
    const ProgramEnd end = run({"eval", "a", "--part", "train", "--out", "pictures"});
    EXPECT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "train part of toy, 200 images"));
    EXPECT_TRUE(std::filesystem::exists(folder_ / "pictures" / "confusion.png"));
}

TEST_F(EvalCommand, JudgesWhatTheRunHeldOutIfAsked) {
    const ProgramEnd end = run({"eval", "a", "--part", "validation", "--json", "a.json"});
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "a: toy on the validation part of toy, 40 images"));
    EXPECT_TRUE(std::filesystem::exists(folder_ / "a" / "eval-validation" / "confusion.png"));
    EXPECT_EQ(json("a.json")["accuracy"], json("a/metrics.json")["validation"]["accuracy"]);
}

TEST_F(EvalCommand, SaysWhatTheSetsOfACalibratedNetworkHold) {
    EXPECT_FALSE(contains(run({"eval", "a"}).output, "sets to hold"));
    train("c", "1", {"--set", "training.calibrate=true"});
    const ProgramEnd end = run({"eval", "c", "--json", "c.json"});
    ASSERT_EQ(end.status, 0) << end.output;
    for (const char* coverage : {"90", "95", "99"})
        EXPECT_TRUE(contains(end.output, fmt::format("sets to hold the class in {}%: they do in ", coverage)));
    ASSERT_EQ(json("c.json")["sets"].size(), 3u);
    EXPECT_EQ(json("c.json")["sets"][0]["coverage"], 0.9);
    // They were fitted to this network's probabilities of an image as it is.
    EXPECT_FALSE(contains(run({"eval", "c", "--tta", "2"}).output, "sets to hold"));
    EXPECT_FALSE(contains(run({"eval", "c", "--prior", "[1, 2, 3, 4]"}).output, "sets to hold"));
}

TEST_F(EvalCommand, JudgesRunsAsOneIfAskedAndByManyViews) {
    train("b", "2");
    const ProgramEnd end = run({"eval", "a", "b", "--together", "--tta", "5", "--json", "ab.json"});
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "a: a, b together on the test part of toy, 100 images"));
    EXPECT_TRUE(std::filesystem::exists(folder_ / "a" / "together-test" / "confusion.png"));
    const double loss = json("ab.json")["loss"];
    for (const char* alone : {"a", "b"}) EXPECT_NE(loss, json(std::string(alone) + "/metrics.json")["test"]["loss"]);
    EXPECT_EQ(run({"eval", "a", "--tta", "12"}).status, 2);
    // The other seed holds out other images.
    const ProgramEnd leaks = run({"eval", "a", "b", "--together", "--part", "validation"});
    EXPECT_EQ(leaks.status, 2);
    EXPECT_TRUE(contains(leaks.output, "b held out other images than a; judge them together by the test part"));
    EXPECT_EQ(run({"eval", "a", "a", "--together", "--part", "validation"}).status, 0);
}

TEST_F(EvalCommand, ReadsWithAnotherPriorIfAsked) {
    const auto loss_with = [&](const std::string& prior) {
        const ProgramEnd end = run({"eval", "a", "--prior", prior, "--json", "a.json"});
        EXPECT_EQ(end.status, 0) << end.output;
        EXPECT_EQ(contains(end.output,
                           "note: the network takes 0 to be 1.00% of what it reads, here it is 25.00%; "
                           "--prior says otherwise"),
                  prior == "[1, 1, 1, 97]");
        return json("a.json")["loss"].get<double>();
    };
    const double usual = json("a/metrics.json")["test"]["loss"];
    EXPECT_NEAR(loss_with("as_is"), usual, 1e-6);
    EXPECT_NEAR(loss_with("balanced"), usual, 1e-6);
    EXPECT_GT(loss_with("[1, 1, 1, 97]"), usual);
    const ProgramEnd other = run({"eval", "a", "--prior", "[1, 1]"});
    EXPECT_EQ(other.status, 2);
    EXPECT_TRUE(contains(other.output, "--prior has 2 values, expected one for each of the 4 classes"));
    const ProgramEnd fair = run({"eval", "a", "--prior", "fair"});
    EXPECT_EQ(fair.status, 2);
    EXPECT_TRUE(contains(fair.output, "expected one of as_is, balanced")) << fair.output;
}

TEST_F(EvalCommand, RefusesAValidationPartThatIsNotTheRuns) {
    train("whole", "1", {"--set", "training.validation_fraction=0"});
    const ProgramEnd none = run({"eval", "whole", "--part", "validation"});
    EXPECT_EQ(none.status, 3);
    EXPECT_TRUE(contains(none.output, "whole: this run held nothing out; judge it by the test part"));
    write_toy_split(folder_.path(), 240, 100);
    const ProgramEnd other = run({"eval", "a", "--part", "validation"});
    EXPECT_EQ(other.status, 3);
    EXPECT_TRUE(contains(other.output, "is not as this run learned it"));
}

TEST_F(EvalCommand, ComparesSeveralRuns) {
    train("b", "2");
    const ProgramEnd end = run({"eval", "a", "b", "--out", "comparison", "--json", "both.json"});
    ASSERT_EQ(end.status, 0) << end.output;
    const std::string table = read_text(folder_ / "comparison" / "comparison.md");
    EXPECT_TRUE(contains(end.output, table));
    EXPECT_TRUE(contains(table, "| a   | toy    |"));
    EXPECT_TRUE(contains(table, "| b   | toy    |"));
    EXPECT_TRUE(std::filesystem::exists(folder_ / "comparison" / "b" / "confusion.png"));
    const auto runs = json("comparison/comparison.json");
    ASSERT_EQ(runs.size(), 2u);
    EXPECT_EQ(runs, json("both.json"));
    EXPECT_EQ(runs[1]["run"], "b");
    EXPECT_EQ(runs[1]["accuracy"], json("b/metrics.json")["test"]["accuracy"]);
    EXPECT_EQ(runs[1]["training_seconds"], json("b/metrics.json")["seconds"]);
    EXPECT_EQ(runs[1]["parameters"], 18988);
}

TEST_F(EvalCommand, SaysWhereRunsWereNotJudgedByTheSameImages) {
    train("b", "2");
    EXPECT_FALSE(contains(run({"eval", "a", "b"}).output, "different images"));
    const ProgramEnd end = run({"eval", "a", "b", "--part", "validation"});
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "judged by different images, so that their accuracies do not compare"));
    EXPECT_FALSE(contains(end.output, "% *"));
    EXPECT_NE(json("comparison.json")[0]["images_sha256"], json("comparison.json")[1]["images_sha256"]);
}

TEST_F(EvalCommand, TellsOfATestPartThatHasChanged) {
    EXPECT_FALSE(contains(run({"eval", "a"}).output, "has changed"));
    write_toy_split(folder_.path(), 200, 60);
    EXPECT_TRUE(contains(run({"eval", "a"}).output, "note: emnist-toy-test-images-idx3-ubyte"));
}

TEST_F(EvalCommand, WritesOverNoFileOfTheRun) {
    for (const char* file : {"metrics.json", "record.json", "model.safetensors"}) {
        const ProgramEnd end = run({"eval", "a", "--json", std::string("a/") + file});
        EXPECT_EQ(end.status, 2);
        EXPECT_TRUE(contains(end.output, "would overwrite what this command reads or writes; name another file"));
    }
}

TEST_F(EvalCommand, RefusesWhatIsNoFinishedRun) {
    const ProgramEnd nowhere = run({"eval", "nowhere"});
    EXPECT_EQ(nowhere.status, 3);
    EXPECT_TRUE(contains(nowhere.output, "nowhere: no run"));
    std::filesystem::remove(folder_ / "a" / "metrics.json");
    const ProgramEnd unfinished = run({"eval", "a"});
    EXPECT_EQ(unfinished.status, 3);
    EXPECT_TRUE(contains(unfinished.output, "not finished; go on with 'inkling train --resume a'"));
    EXPECT_EQ(run({"eval"}).status, 2);
    EXPECT_EQ(run({"eval", "a", "--part", "all"}).status, 2);
}

TEST_F(EvalCommand, RefusesADamagedModelInOneLine) {
    write_file(folder_ / "a" / "model.safetensors", "damaged");
    const ProgramEnd end = run({"eval", "a"});
    EXPECT_EQ(end.status, 3);
    EXPECT_TRUE(contains(end.output, "inkling: a/model.safetensors: 7 bytes, too short"));
    EXPECT_EQ(std::count(end.output.begin(), end.output.end(), '\n'), 1);
}

TEST_F(EvalCommand, RefusesDataOfOtherClasses) {
    write_part(folder_.path(), "digits", "test", toy_images(100, 3, true), toy_labels(100));
    const ProgramEnd end = run({"eval", "a", "--split", "digits"});
    EXPECT_EQ(end.status, 3);
    EXPECT_TRUE(contains(end.output,
                         "split digits has 10 classes, the model learned the 4 of split toy; evaluate with --split "
                         "toy\n"));
}

TEST_F(EvalCommand, AsksForTheFolderWhereTheSplitHasChanged) {
    write_file(folder_ / "emnist-toy-mapping.txt", "0 48\n1 49\n2 50\n3 51\n4 52\n");
    const ProgramEnd end = run({"eval", "a", "--split", "toy"});
    EXPECT_EQ(end.status, 3);
    EXPECT_TRUE(contains(end.output,
                         "split toy has 5 classes, the model learned the 4 of split toy; name the folder "
                         "with the data that it learned from with --data\n"));
}

TEST_F(EvalCommand, ReadsTheImagesAsTheRunDid) {
    // The few images of the toy split do not show how they are stored.
    write_part(folder_.path(), "mine", "train", toy_images(200, 1, false), toy_labels(200));
    write_part(folder_.path(), "mine", "test", toy_images(100, 2, false), toy_labels(100));
    const std::vector<std::string> training = {"train", "toy.toml", "--data", ".", "--split", "mine"};
    const auto train_as = [&](const std::string& name, const std::vector<std::string>& more) {
        std::vector<std::string> arguments = training;
        arguments.insert(arguments.end(), {"--out", name, "--seed", "1"});
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments);
    };
    const ProgramEnd guessed = train_as("guessed", {});
    ASSERT_EQ(guessed.status, 0) << guessed.output;
    EXPECT_TRUE(guessed.output.starts_with("assumed of split mine: its labels, 0 to 3, are the names of its classes"))
        << guessed.output;
    EXPECT_TRUE(contains(guessed.output.substr(0, guessed.output.find('\n')), "say --orientation upright"));
    EXPECT_EQ(json("guessed/record.json")["data"]["orientation"], "transposed");

    const ProgramEnd told = train_as("told", {"--orientation", "upright"});
    ASSERT_EQ(told.status, 0) << told.output;
    EXPECT_FALSE(contains(told.output.substr(0, told.output.find('\n')), "orientation"));
    EXPECT_EQ(json("told/record.json")["data"]["orientation"], "upright");
    // The toy split's files are these, transposed: read upright they are the same images.
    EXPECT_EQ(json("told/metrics.json")["test"]["loss"], json("a/metrics.json")["test"]["loss"]);
    EXPECT_NE(json("guessed/metrics.json")["test"]["loss"], json("a/metrics.json")["test"]["loss"]);

    const ProgramEnd eval = run({"eval", "told", "--json", "eval.json"});
    ASSERT_EQ(eval.status, 0) << eval.output;
    EXPECT_TRUE(eval.output.starts_with("assumed of split mine: its labels")) << eval.output;
    EXPECT_FALSE(contains(eval.output, "orientation"));
    EXPECT_EQ(json("eval.json")["accuracy"], json("told/metrics.json")["test"]["accuracy"]);
    ASSERT_EQ(run({"eval", "told", "--orientation", "transposed", "--json", "turned.json"}).status, 0);
    EXPECT_NE(json("turned.json")["loss"], json("eval.json")["loss"]);
    const ProgramEnd report = run({"report", "told"});
    ASSERT_EQ(report.status, 0) << report.output;
    EXPECT_TRUE(report.output.starts_with("assumed of split mine: its labels")) << report.output;
    EXPECT_EQ(json("told/report.json")["models"][0]["test"]["accuracy"], json("eval.json")["accuracy"]);
    EXPECT_EQ(run({"eval", "told", "--orientation", "sideways"}).status, 2);

    const double loss = json("told/metrics.json")["test"]["loss"];
    std::filesystem::remove(folder_ / "told" / "metrics.json");
    const ProgramEnd turned = run({"train", "--resume", "told", "--orientation", "transposed"});
    EXPECT_EQ(turned.status, 2);
    EXPECT_TRUE(contains(turned.output, "told: this run reads its images as upright; leave out --orientation"));
    ASSERT_EQ(run({"train", "--resume", "told"}).status, 0);
    EXPECT_EQ(json("told/metrics.json")["test"]["loss"], loss);
}

}  // namespace
}  // namespace inkling
