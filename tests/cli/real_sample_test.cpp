#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "idx_files.h"
#include "program.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

struct Floor {
    const char* recipe;
    double accuracy;  // some points below what one epoch reaches
};

class RealSample : public testing::TestWithParam<Floor> {};

TEST_P(RealSample, IsLearnedToAFloorInOneEpoch) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "an epoch takes too long under a sanitizer; the other tests train small networks under it";
#endif
    const std::filesystem::path data = real_data_folder();
    if (data.empty())
        GTEST_SKIP() << "NO REAL DATA: set INKLING_DATA to a folder with the split 'sample' to run this test";
    const TemporaryFolder folder;
    const std::string recipe = fmt::format("{}/{}.toml", INKLING_RECIPES, GetParam().recipe);
    const ProgramEnd end =
        run_program(folder.path(), {"train", recipe, "--data", std::filesystem::absolute(data), "--split", "sample",
                                    "--set", "training.epochs=1", "--out", "run"});
    ASSERT_EQ(end.status, 0) << end.output;
    const auto metrics = nlohmann::json::parse(read_text(folder / "run" / "metrics.json"));
    EXPECT_GT(metrics["test"]["accuracy"].get<double>(), GetParam().accuracy) << end.output;
    EXPECT_GT(metrics["validation"]["accuracy"].get<double>(), GetParam().accuracy);
}

INSTANTIATE_TEST_SUITE_P(OfEmnist, RealSample, testing::Values(Floor{"mlp", 0.76}, Floor{"cnn", 0.82}),
                         [](const auto& floor) { return std::string(floor.param.recipe); });

}  // namespace
}  // namespace inkling
