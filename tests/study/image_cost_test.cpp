#include "study/image_cost.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace inkling {
namespace {

double cost_of(const std::string& recipe, const std::vector<std::string>& set = {}) {
    return image_cost(read_recipe(INKLING_RECIPES "/" + recipe, set));
}

/// Images a second of the baselines and of others that a study trained on two processors with AVX-512, one thread each.
TEST(ImageCost, TellsHowMuchLongerTrainingsTook) {
    const double mlp = cost_of("baseline-mlp.toml");
    const auto near = [](double ratio, double measured) {
        EXPECT_GT(ratio, 0.8 * measured);
        EXPECT_LT(ratio, 1.25 * measured);
    };
    near(cost_of("baseline-mlp.toml", {"network.hidden=[1024, 512, 256]"}) / mlp, 30000.0 / 11400);
    near(cost_of("baseline-mlp.toml", {"optimizer.kind=muon"}) / mlp, 30000.0 / 1342);
    const double cnn = cost_of("baseline-cnn.toml");
    near(cnn / mlp, 30000.0 / 15200);
    near(cost_of("baseline-cnn.toml", {"network.filters=[32, 64, 128]", "network.dense=[256]"}) / cnn, 15200.0 / 4640);
    near(cost_of("baseline-cnn.toml", {"optimizer.kind=muon"}) / cnn, 15200.0 / 7515);
    near(cost_of("baseline-cnn.toml", {"network.activation=silu"}) / cnn, 15200.0 / 11700);
    near(cost_of("baseline-cnn.toml", {"network.filters=[16, 32]", "network.kernel=5"}) / cnn, 15200.0 / 7179);
}

TEST(ImageCost, GrowsWithFunctionsWithinResidualBlocksToo) {
    const std::string body =
        "network.layers=[{type='residual', layers=[{type='conv2d', filters=4}, {type='batch_norm'}, {type='";
    const auto cost = [&](const std::string& activation) {
        return cost_of("cnn3.toml", {body + activation + "'}]}]"});
    };
    EXPECT_EQ(cost("relu"), cost("leaky_relu"));
    EXPECT_GT(cost("gelu"), cost("relu"));
}

}  // namespace
}  // namespace inkling
