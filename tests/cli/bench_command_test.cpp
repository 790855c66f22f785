#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/processors.h"
#include "program.h"
#include "refusal.h"
#include "temporary_folder.h"
#include "toy_data.h"

namespace inkling {
namespace {

class BenchCommand : public testing::TestWithParam<const char*> {};

TEST_P(BenchCommand, MeasuresANetworkWithoutData) {
    const TemporaryFolder folder;
    write_file(folder / "toy.toml", kToyRecipe);
    const ProgramEnd end =
        run_program(folder.path(), {"bench", "--recipe", "toy.toml", "--task", GetParam(), "--batch", "8", "--threads",
                                    "1", "--seconds", "0", "--json", "speed.json"});
    ASSERT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, std::string("toy ") + GetParam() + " in fp32, batch 8, 1 threads:"));
    const auto json = nlohmann::json::parse(read_text(folder / "speed.json"));
    EXPECT_EQ(json["network"], "toy");
    EXPECT_EQ(json["task"], GetParam());
    EXPECT_EQ(json["precision"], "fp32");
    EXPECT_EQ(json["batch"], 8);
    EXPECT_EQ(json["threads"], 1);
    EXPECT_EQ(json["steps"], 10);
    const double images_per_second = json["images_per_second"];
    EXPECT_NEAR(images_per_second * json["step_ms_median"].get<double>(), 8000, 1e-6);
    EXPECT_LE(json["step_ms_min"], json["step_ms_median"]);
    EXPECT_GT(json["peak_rss_mib"], 0);
    const int multiply_adds = 784 * 24 + 24 * 47;
    const int operations = GetParam() == std::string("train") ? 6 * multiply_adds - 2 * 784 * 24 : 2 * multiply_adds;
    EXPECT_EQ(json["operations_per_image"], operations);
    const double rate = json["gflops"];
    EXPECT_NEAR(rate, images_per_second * operations / 1e9, 1e-6 * rate);
    EXPECT_NEAR(json["peak_share"].get<double>() * json["fp32_peak_gflops"].get<double>(), rate, 1e-6 * rate);
    EXPECT_TRUE(json.contains("bf16_peak_gflops"));
}

INSTANTIATE_TEST_SUITE_P(OfBothTasks, BenchCommand, testing::Values("train", "infer"),
                         [](const auto& task) { return std::string(task.param); });

/// Names of stage and part of each line of a profile, and the sum of their shares.
std::pair<std::vector<std::string>, double> profile_of(const char* task) {
    const TemporaryFolder folder;
    write_file(folder / "toy.toml", kToyRecipe);
    const ProgramEnd end = run_program(folder.path(), {"bench", "--recipe", "toy.toml", "--task", task, "--batch", "8",
                                                       "--seconds", "0", "--profile", "--json", "speed.json"});
    EXPECT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "ms a step")) << end.output;
    std::vector<std::string> names;
    double share = 0;
    const auto json = nlohmann::json::parse(read_text(folder / "speed.json"));
    for (const auto& line : json["profile"]) {
        names.push_back(line["stage"].get<std::string>() + " " + line["part"].get<std::string>());
        share += line["share"].get<double>();
    }
    return {names, share};
}

TEST(BenchCommandProfile, TellsEveryKindOfWorkOfAStepApart) {
    const auto [names, share] = profile_of("train");
    for (const char* name : {"dense forward", "dense backward weights", "dense backward data", "pointwise forward",
                             "pointwise backward", "loss ", "update "})
        EXPECT_EQ(std::count(names.begin(), names.end(), name), 1) << name;
    EXPECT_NEAR(share, 1, 1e-9);
}

TEST(BenchCommandProfile, OfInferenceHasForwardPassesOnly) {
    const auto [names, share] = profile_of("infer");
    EXPECT_EQ(names, (std::vector<std::string>{"dense forward", "pointwise forward", "waiting "}));
    EXPECT_NEAR(share, 1, 1e-9);
}

/// The number of threads that the program measures with, with `before` in front of its name.
int threads_of(const std::string& before, const std::string& options) {
    const TemporaryFolder folder;
    write_file(folder / "toy.toml", kToyRecipe);
    const std::string command =
        fmt::format("cd '{}' && {} '{}' bench --recipe toy.toml --batch 8 --seconds 0 --quiet --json speed.json {}",
                    folder.path().string(), before, INKLING_PROGRAM, options);
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    return nlohmann::json::parse(read_text(folder / "speed.json"))["threads"];
}

TEST(BenchCommandThreads, AreThoseThatTheMachineAllowsUnlessSomebodySays) {
    const int usual = threads_of("unset OMP_NUM_THREADS;", "");
    EXPECT_EQ(usual, useful_threads(allowed_processors()));
    EXPECT_EQ(threads_of("unset OMP_NUM_THREADS; taskset -c $(taskset -cp $$ | sed 's/.*[ ,-]//')", ""), 1);
    EXPECT_EQ(threads_of("OMP_NUM_THREADS=3,2", ""), 3);
    EXPECT_EQ(threads_of("OMP_NUM_THREADS=three", ""), usual);
    EXPECT_EQ(threads_of("OMP_NUM_THREADS=3", "--threads 2"), 2);
}

TEST(BenchCommandPrecision, OfBf16IsMeasuredAndToldWhereTheProcessorHasNoInstructionsForIt) {
    const TemporaryFolder folder;
    write_file(folder / "toy.toml", kToyRecipe);
    const auto bench = [&](const char* precision) {
        ::setenv("INKLING_ISA", "v3", 1);
        const ProgramEnd end = run_program(folder.path(), {"bench", "--recipe", "toy.toml", "--batch", "8", "--seconds",
                                                           "0", "--precision", precision, "--json", "speed.json"});
        ::unsetenv("INKLING_ISA");
        EXPECT_EQ(end.status, 0) << end.output;
        return end.output;
    };
    const std::string note = "note: no AVX-512 BF16 here: bf16 is multiplied in fp32, and takes about as long\n";
    EXPECT_EQ(bench("bf16").find(note + "toy train in bf16, batch 8"), 0u);
    const auto json = nlohmann::json::parse(read_text(folder / "speed.json"));
    EXPECT_EQ(json["precision"], "bf16");
    EXPECT_TRUE(json["bf16_peak_gflops"].is_null());
    EXPECT_GT(json["peak_share"], 0);
    EXPECT_EQ(bench("auto").find("toy train in fp32, batch 8"), 0u);
}

TEST(BenchCommandLine, IsChecked) {
    const TemporaryFolder folder;
    EXPECT_EQ(run_program(folder.path(), {"bench"}).status, 2);
    EXPECT_EQ(run_program(folder.path(), {"bench", "--recipe", "nothing"}).status, 2);
    write_file(folder / "toy.toml", kToyRecipe);
    EXPECT_EQ(run_program(folder.path(), {"bench", "--recipe", "toy.toml", "--task", "both"}).status, 2);
    EXPECT_EQ(run_program(folder.path(), {"bench", "--recipe", "toy.toml", "--batch", "0"}).status, 2);
}

}  // namespace
}  // namespace inkling
