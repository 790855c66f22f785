#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/trained_runs.h"
#include "refusal.h"

namespace inkling {
namespace {

class ReportCommand : public TrainedRuns {
  protected:
    /// The numbers of `inkling eval`.
    nlohmann::json evaluated(const std::string& name) const {
        const ProgramEnd end = run({"eval", name, "--json", "evaluated.json", "--quiet"});
        EXPECT_EQ(end.status, 0) << end.output;
        return json("evaluated.json");
    }

    bool exists(const std::string& path) const { return std::filesystem::exists(folder_ / path); }
};

/// Every number of `inkling eval` stands in the report.
void expect_same(const nlohmann::json& test, const nlohmann::json& evaluated) {
    for (const char* key : {"accuracy", "loss", "top2_accuracy", "top3_accuracy", "macro_precision", "macro_recall",
                            "macro_f1", "per_class", "confusion", "most_confused"})
        EXPECT_EQ(test[key], evaluated[key]) << key;
}

TEST_F(ReportCommand, ReportsARunWithTheNumbersOfEval) {
    const ProgramEnd end = run({"report", "a/", "--json", "copy.json"});
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "written: a/report.json\nwritten: a/report.html\n"));
    const auto report = json("a/report.json");
    EXPECT_EQ(report, json("copy.json"));
    EXPECT_EQ(report["kind"], "run");
    expect_same(report["models"][0]["test"], evaluated("a"));
    EXPECT_TRUE(contains(read_text(folder_ / "a" / "report.html"), "<!doctype html>"));
}

TEST_F(ReportCommand, PutsAComparisonBesideTheFirstRun) {
    std::filesystem::create_directory(folder_ / "runs");
    train("runs/b", "2");
    EXPECT_EQ(run({"report", "runs/b/", "a", "--quiet"}).output, "");
    const auto report = json("runs/report.json");
    EXPECT_EQ(report["kind"], "comparison");
    EXPECT_EQ(report["models"][0]["label"], "b");
    expect_same(report["models"][0]["test"], evaluated("runs/b"));
    expect_same(report["models"][1]["test"], evaluated("a"));
    ASSERT_EQ(run({"report", "a", "runs/b", "--out", "both", "--quiet"}).status, 0);
    EXPECT_TRUE(exists("both/report.html"));
    EXPECT_FALSE(exists("a/report.html"));
}

TEST_F(ReportCommand, JudgesNobodyByAnotherFoldersSplitOfTheSameName) {
    std::filesystem::create_directory(folder_ / "other");
    write_toy_split(folder_ / "other", 160, 100);
    train("b", "2", {"--set", "training.epochs=1"});
    ASSERT_EQ(run({"train", "toy.toml", "--data", "other", "--split", "toy", "--out", "c"}).status, 0);
    const ProgramEnd end = run({"report", "a", "b", "c"});
    EXPECT_EQ(end.status, 2);
    EXPECT_TRUE(contains(end.output, "c: learned from split toy in ")) << end.output;
    EXPECT_TRUE(contains(end.output, "name the data to judge all by with --data"));
    EXPECT_EQ(run({"report", "a", "c", "--data", "other", "--out", "both", "--quiet"}).status, 0);
}

TEST_F(ReportCommand, ReportsAStudyWithTheNumbersOfEval) {
    write_file(folder_ / "study.toml", R"(
[budgets.quick]
folds = 2
final_seeds = 2
epochs = { mlp = 2 }
final_epochs = { mlp = 2 }
[families.mlp]
baseline = "toy.toml"
[[techniques]]
name = "dropout"
options = [{ name = "none", set = ["network.dropout=0"] }, { name = "0.2", set = ["network.dropout=0.2"] }]
)");
    const ProgramEnd study = run({"study", "study.toml", "--data", ".", "--split", "toy", "--out", "s", "--quiet"});
    ASSERT_EQ(study.status, 0) << study.output;
    const ProgramEnd end = run({"report", "s"});
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "written: s/report.html"));
    const auto report = json("s/report.json");
    EXPECT_EQ(report["kind"], "study");
    ASSERT_EQ(report["models"].size(), 2u);
    expect_same(report["models"][0]["test"], evaluated("s/baseline/mlp/seed-0"));
    expect_same(report["models"][1]["test"], evaluated("s/best/mlp/seed-0"));
    const auto best = report["study"]["families"][0]["best"];
    ASSERT_EQ(best["runs"].size(), 2u);
    const double first = evaluated("s/best/mlp/seed-0")["accuracy"];
    const double second = evaluated("s/best/mlp/seed-1")["accuracy"];
    EXPECT_EQ(best["runs"][1]["accuracy"], second);
    EXPECT_DOUBLE_EQ(best["accuracy"]["mean"], (first + second) / 2);
}

TEST_F(ReportCommand, RefusesWhatIsNoFinishedRun) {
    const ProgramEnd nowhere = run({"report", "nowhere"});
    EXPECT_EQ(nowhere.status, 3);
    EXPECT_TRUE(contains(nowhere.output, "inkling: nowhere: no run"));
    std::filesystem::remove(folder_ / "a" / "metrics.json");
    const ProgramEnd unfinished = run({"report", "a"});
    EXPECT_EQ(unfinished.status, 3);
    EXPECT_TRUE(contains(unfinished.output, "not finished; go on with 'inkling train --resume a'"));
    EXPECT_EQ(std::count(unfinished.output.begin(), unfinished.output.end(), '\n'), 1);
    EXPECT_FALSE(exists("a/report.html"));
    EXPECT_EQ(run({"report"}).status, 2);
}

TEST_F(ReportCommand, RefusesDataThatAreNotThere) {
    std::filesystem::create_directory(folder_ / "empty");
    const ProgramEnd end = run({"report", "a", "--data", "empty"});
    EXPECT_EQ(end.status, 3);
    EXPECT_EQ(std::count(end.output.begin(), end.output.end(), '\n'), 1) << end.output;
    EXPECT_FALSE(exists("a/report.html"));
}

}  // namespace
}  // namespace inkling
