#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "program.h"
#include "refusal.h"
#include "temporary_folder.h"
#include "toy_data.h"

namespace inkling {
namespace {

class FindLrCommand : public testing::Test {
  protected:
    void SetUp() override {
        write_toy_split(folder_.path(), 400, 0);
        write_file(folder_ / "toy.toml", kToyRecipe);
    }

    ProgramEnd find_lr(const std::vector<std::string>& more = {}) const {
        std::vector<std::string> arguments = {"train",     "toy.toml",        "--data", ".",         "--split", "toy",
                                              "--find-lr", "--find-lr-steps", "60",     "--threads", "2"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run_program(folder_.path(), arguments);
    }

    std::vector<std::string> files_in(const std::string& folder) const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(folder_ / folder))
            names.push_back(entry.path().filename().string());
        std::ranges::sort(names);
        return names;
    }

    TemporaryFolder folder_;
};

TEST_F(FindLrCommand, SuggestsARateAndLeavesItsLossesAndAPictureOnly) {
    const ProgramEnd end = find_lr({"--out", "search", "--json", "search.json"});
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "toy: learning rates from 1e-06 to 10 in 60 steps of 32 images, by nadam"));
    EXPECT_TRUE(contains(end.output, "a tenth of where the loss is least; it falls steepest at "));
    EXPECT_TRUE(contains(end.output, "written to search: find-lr.csv, find-lr.png"));
    EXPECT_EQ(files_in("search"), (std::vector<std::string>{"find-lr.csv", "find-lr.png"}));
    EXPECT_EQ(read_text(folder_ / "search" / "find-lr.csv").substr(0, 48),
              "step,learning_rate,loss,smoothed_loss\n1,1e-06,1.");
    EXPECT_TRUE(contains(read_text(folder_ / "search" / "find-lr.csv"), "\n2,1.3"));

    const auto json = nlohmann::json::parse(read_text(folder_ / "search.json"));
    EXPECT_TRUE(contains(end.output, ", and the recipe's is 0.005 (constant)"));
    EXPECT_FLOAT_EQ(json["recipe_learning_rate"].get<float>(), 0.005f);
    EXPECT_GT(json["suggestion"].get<double>(), 1e-4);
    EXPECT_DOUBLE_EQ(json["suggestion"].get<double>(), 0.1 * json["least_smoothed_loss_at"].get<double>());
    EXPECT_LT(json["steepest"].get<double>(), json["least_smoothed_loss_at"].get<double>());
}

TEST_F(FindLrCommand, SuggestsARateThatTheRecipeScalesToItsBatch) {
    const ProgramEnd end = find_lr({"--json", "search.json", "--set", "optimizer.base_batch_size=8"});
    ASSERT_EQ(end.status, 0) << end.output;
    const auto json = nlohmann::json::parse(read_text(folder_ / "search.json"));
    EXPECT_FLOAT_EQ(json["recipe_learning_rate"].get<float>(), 0.02f);
    EXPECT_FLOAT_EQ(json["batch_factor"].get<float>(), 4);
    const double suggestion = json["suggestion"];
    EXPECT_TRUE(
        contains(end.output, fmt::format("--lr {:.2g} ({:.2g} for this batch), a tenth", suggestion / 4, suggestion)));
}

TEST_F(FindLrCommand, HasAFolderOfItsOwnAndMaySearchThereAgain) {
    for (int i = 0; i < 2; ++i) EXPECT_EQ(find_lr({"--quiet"}).output, "");
    EXPECT_EQ(files_in("runs"), std::vector<std::string>{"toy-5-find-lr"});
}

TEST_F(FindLrCommand, LeavesRunsAlone) {
    ASSERT_EQ(run_program(folder_.path(), {"train", "toy.toml", "--data", ".", "--split", "toy", "--out", "run",
                                           "--epochs", "1", "--threads", "2"})
                  .status,
              0);
    const std::vector<std::string> before = files_in("run");
    const ProgramEnd end = find_lr({"--out", "run"});
    EXPECT_EQ(end.status, 2);
    EXPECT_TRUE(
        contains(end.output, "run: here is a run, which --find-lr leaves alone; name another folder with --out"));
    EXPECT_EQ(files_in("run"), before);
    EXPECT_EQ(find_lr({"--resume", "run"}).status, 2);
    EXPECT_EQ(find_lr({"--holdout"}).status, 2);
    EXPECT_EQ(find_lr({"--find-lr-steps", "49"}).status, 2);
}

}  // namespace
}  // namespace inkling
