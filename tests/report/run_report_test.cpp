#include "report/run_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "formats/load_dataset.h"
#include "refusal.h"
#include "study/statistics.h"
#include "toy_run.h"
#include "train/metrics_json.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

class RunReport : public testing::Test {
  protected:
    Evaluation evaluation(const RunFolder& run) const {
        return evaluate(load_model(run.model()), load_dataset(runs_.folder.path(), "toy", Part::kTest));
    }

    ToyRuns runs_;
};

TEST_F(RunReport, HasTheNumbersOfTheSavedModel) {
    const RunFolder run = runs_.train("a", 1);
    const ordered_json report = report_runs(std::vector{run}, {});
    EXPECT_EQ(report["kind"], "run");
    ASSERT_EQ(report["models"].size(), 1u);
    const ordered_json& test = report["models"][0]["test"];
    const Metrics metrics = evaluation(run).metrics;
    const ordered_json expected = to_json(metrics, kToyClassNames);
    for (const auto& [key, value] : expected.items()) EXPECT_EQ(test[key], value) << key;
    EXPECT_EQ(test["images"], 100);
    EXPECT_EQ(test["right"], static_cast<int>(std::lround(100 * metrics.accuracy)));
    const Interval interval = wilson_interval(test["right"], 100);
    EXPECT_EQ(test["accuracy_interval"], ordered_json({interval.low, interval.high}));
}

TEST_F(RunReport, TellsHowSureTheNetworkIsAndWhatItsSetsHold) {
    const RunFolder run = runs_.train("a", 1);
    Model model = load_model(run.model());
    model.sets = {{.coverage = 0.9, .least_probability = 0.2}};
    save_model(run.model(), model);
    const ordered_json figures = report_runs(std::vector{run}, {})["models"][0];
    EXPECT_EQ(figures["prior"], "as_is");
    EXPECT_EQ(figures["temperature"], 1);
    ASSERT_EQ(figures["test"]["reliability"].size(), 15u);
    double right = 0;
    int images = 0;
    for (const ordered_json& bin : figures["test"]["reliability"]) {
        images += bin["images"].get<int>();
        right += bin["images"].get<double>() * bin["accuracy"].get<double>();
    }
    EXPECT_EQ(images, 100);
    EXPECT_NEAR(right, figures["test"]["right"].get<double>(), 1e-9);
    ASSERT_EQ(figures["test"]["sets"].size(), 1u);
    const ordered_json& sets = figures["test"]["sets"][0];
    EXPECT_EQ(sets["coverage"], 0.9);
    EXPECT_GE(sets["held"].get<double>(), figures["test"]["accuracy"].get<double>());
    EXPECT_GE(sets["mean_size"].get<double>(), 1);
}

TEST_F(RunReport, TellsHowTheRunWasMade) {
    const RunFolder run = runs_.train("a", 7);
    const ordered_json model = report_runs(std::vector{run}, {})["models"][0];
    EXPECT_EQ(model["label"], "a");
    EXPECT_EQ(model["parameters"], 18988);
    EXPECT_EQ(model["validation_images"], 40);
    EXPECT_EQ(model["made"]["seed"], 7);
    EXPECT_EQ(model["made"]["recipe"], to_toml(load_model(run.model()).recipe));
    EXPECT_EQ(model["made"]["files"].size(), 5u);
    for (const ordered_json& file : model["made"]["files"]) EXPECT_TRUE(file["same"]) << file;
    ASSERT_EQ(model["history"].size(), 3u);
    EXPECT_EQ(model["history"][2]["epoch"], 3);
    EXPECT_TRUE(model["history"][2]["validation_accuracy"].is_number());
    std::size_t parameters = 0;
    for (const ordered_json& layer : model["layers"]) parameters += layer["parameters"].get<std::size_t>();
    EXPECT_EQ(parameters, 18988u);
}

TEST_F(RunReport, CountsTheDataAndShowsSomeOfEachClass) {
    const ordered_json data = report_runs(std::vector{runs_.train("a", 1)}, {})["data"];
    EXPECT_EQ(data["train_images"], 200);
    EXPECT_EQ(data["test_images"], 100);
    ASSERT_EQ(data["classes"].size(), 4u);
    for (const ordered_json& one : data["classes"]) {
        EXPECT_EQ(one["train"], 50);
        EXPECT_EQ(one["test"], 25);
        EXPECT_EQ(one["images"].size(), 8u);
    }
}

TEST_F(RunReport, ShowsTheFirstSixImagesWithWhatTheNetworkSays) {
    const RunFolder run = runs_.train("a", 1);
    const ordered_json images = report_runs(std::vector{run}, {})["models"][0]["first_images"];
    const std::vector<float> probabilities = evaluation(run).probabilities;
    ASSERT_EQ(images.size(), 6u);
    for (std::size_t i = 0; i < images.size(); ++i) {
        EXPECT_EQ(images[i]["truth"], kToyClassNames[i % 4]);
        const auto row = std::span(probabilities).subspan(4 * i, 4);
        const auto best = static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
        ASSERT_EQ(images[i]["likeliest"].size(), 3u);
        EXPECT_EQ(images[i]["likeliest"][0]["class"], kToyClassNames[best]);
        EXPECT_EQ(images[i]["likeliest"][0]["probability"], row[best]);
    }
}

TEST_F(RunReport, SaysWhenTheDataAreNotThoseOfTheTraining) {
    const RunFolder run = runs_.train("a", 1);
    write_part(runs_.folder.path(), "toy", "test", toy_images(80, 9, true), toy_labels(80));
    const ordered_json model = report_runs(std::vector{run}, {})["models"][0];
    EXPECT_EQ(model["test"]["images"], 80);
    std::vector<std::string> differing;
    for (const ordered_json& file : model["made"]["files"])
        if (!file["same"]) differing.push_back(file["name"]);
    EXPECT_EQ(differing, (std::vector<std::string>{"emnist-toy-test-labels-idx1-ubyte.gz",
                                                   "emnist-toy-test-images-idx3-ubyte.gz"}));
}

TEST_F(RunReport, ComparesEachPairOfRuns) {
    const std::vector<RunFolder> runs = {runs_.train("a", 1), runs_.train("b", 2), runs_.train("c", 3)};
    const ordered_json report = report_runs(runs, {});
    EXPECT_EQ(report["kind"], "comparison");
    ASSERT_EQ(report["pairs"].size(), 3u);
    const ordered_json& pair = report["pairs"][1];
    EXPECT_EQ(pair["a"], "a");
    EXPECT_EQ(pair["b"], "c");
    const int both = pair["both_right"];
    const int only_a = pair["only_a_right"];
    const int only_b = pair["only_b_right"];
    EXPECT_EQ(both + only_a, report["models"][0]["test"]["right"]);
    EXPECT_EQ(both + only_b, report["models"][2]["test"]["right"]);
    EXPECT_EQ(both + only_a + only_b + pair["both_wrong"].get<int>(), 100);
    EXPECT_EQ(pair["p_value"], mcnemar_p_value(only_a, only_b));
}

TEST_F(RunReport, NamesRunsByTheirFolderOrByTheirPathWhereThatIsNotEnough) {
    const std::vector<RunFolder> runs = {{"x/a"}, {"y/a/"}, {"y/b/"}};
    EXPECT_EQ(run_labels(runs), (std::vector<std::string>{"x/a", "y/a/", "b"}));
    EXPECT_TRUE(contains(usage_refusal([] { run_labels(std::vector<RunFolder>{{"x/a"}, {"x/./a"}}); }), "named twice"));
}

TEST_F(RunReport, RefusesWhatIsNoFinishedRun) {
    EXPECT_TRUE(
        contains(data_refusal([&] { report_runs(std::vector<RunFolder>{{runs_.folder / "x"}}, {}); }), "no run"));
    const RunFolder run = runs_.train("a", 1);
    std::filesystem::remove(run.metrics());
    EXPECT_TRUE(contains(data_refusal([&] { report_runs(std::vector{run}, {}); }), "not finished; go on with"));
}

TEST_F(RunReport, RefusesAHistoryThatIsDamaged) {
    const RunFolder run = runs_.train("a", 1);
    write_file(run.history(), read_text(run.history()) + "5,1,1,1,1,1,1,1\n");
    EXPECT_TRUE(contains(data_refusal([&] { report_runs(std::vector{run}, {}); }), "history.csv:5: \"5,1,1"));
}

}  // namespace
}  // namespace inkling
