#include "nn/parameter_layout.h"

#include <gtest/gtest.h>

#include <map>

#include "core/error.h"

namespace inkling {
namespace {

LayerSpec layer(LayerSpec::Kind kind) { return {.kind = std::move(kind)}; }

/// A residual block that halves the image, a pool, a dense layer with batch norm and without bias.
NetworkSpec example() {
    ResidualSpec residual;
    residual.body = {layer(Conv2dSpec{.filters = 3, .stride = 2}), layer(BatchNormSpec{})};
    return {.input = {2, 8, 8},
            .layers = {layer(residual), layer(GlobalAvgPoolSpec{}), layer(FlattenSpec{}),
                       layer(DenseSpec{.units = 5, .bias = false}), layer(BatchNormSpec{}), layer(ActivationSpec{})}};
}

TEST(ParameterLayout, NamesEveryTensorAsPyTorchDoesWithItsShapeAndKind) {
    const ParameterLayout layout = parameter_layout(example(), 4);
    struct Expected {
        std::string name;
        std::vector<int> shape;
        TensorKind kind;
    };
    const std::vector<Expected> parameters = {{"0.body.0.weight", {3, 2, 3, 3}, TensorKind::kFilter},
                                              {"0.body.0.bias", {3}, TensorKind::kBias},
                                              {"0.body.1.weight", {3}, TensorKind::kNormWeight},
                                              {"0.body.1.bias", {3}, TensorKind::kNormBias},
                                              {"0.shortcut.0.weight", {3, 2, 1, 1}, TensorKind::kFilter},
                                              {"0.shortcut.1.weight", {3}, TensorKind::kNormWeight},
                                              {"0.shortcut.1.bias", {3}, TensorKind::kNormBias},
                                              {"3.weight", {5, 3}, TensorKind::kMatrix},
                                              {"4.weight", {5}, TensorKind::kNormWeight},
                                              {"4.bias", {5}, TensorKind::kNormBias},
                                              {"6.weight", {4, 5}, TensorKind::kMatrix},
                                              {"6.bias", {4}, TensorKind::kBias}};
    ASSERT_EQ(layout.parameters.size(), parameters.size());
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        EXPECT_EQ(layout.parameters[i].name, parameters[i].name);
        EXPECT_EQ(layout.parameters[i].shape, parameters[i].shape) << parameters[i].name;
        EXPECT_EQ(layout.parameters[i].kind, parameters[i].kind) << parameters[i].name;
        EXPECT_EQ(layout.parameters[i].is_output, parameters[i].name.starts_with("6.")) << parameters[i].name;
    }
    std::vector<std::string> statistics;
    for (const TensorInfo& info : layout.statistics) statistics.push_back(info.name);
    EXPECT_EQ(statistics,
              (std::vector<std::string>{"0.body.1.running_mean", "0.body.1.running_var", "0.shortcut.1.running_mean",
                                        "0.shortcut.1.running_var", "4.running_mean", "4.running_var"}));
    EXPECT_EQ(layout.statistics_count, 22u);
}

TEST(ParameterLayout, PutsFiltersAndMatricesFirstAndLeavesNoGap) {
    const ParameterLayout layout = parameter_layout(example(), 4);
    EXPECT_EQ(layout.regularized_count, 54u + 6 + 15 + 20);
    EXPECT_EQ(layout.parameter_count, layout.regularized_count + 3 * 5 + 5 * 2 + 4);
    std::map<std::size_t, const TensorInfo*> by_offset;
    for (const TensorInfo& info : layout.parameters) by_offset[info.offset] = &info;
    std::size_t end = 0;
    for (const auto& [offset, info] : by_offset) {
        EXPECT_EQ(offset, end) << info->name;
        const bool regularized = info->kind == TensorKind::kFilter || info->kind == TensorKind::kMatrix;
        EXPECT_EQ(offset < layout.regularized_count, regularized) << info->name;
        end = offset + info->size;
    }
    EXPECT_EQ(end, layout.parameter_count);
}

TEST(ParameterLayout, HasAsManyParametersAsTheSummarySays) {
    std::size_t summed = 0;
    for (const LayerSummary& line : summarize(example(), 4)) summed += line.parameters;
    EXPECT_EQ(summed, parameter_layout(example(), 4).parameter_count);
    EXPECT_EQ(summarize(example(), 4).front().parameters, 6u + 3 + 3);  // the block's own: its shortcut's
}

TEST(ParameterLayout, RefusesWhatDoesNotFit) {
    const NetworkSpec spec{.input = {1, 4, 4}, .layers = {layer(DenseSpec{.units = 5})}};
    EXPECT_THROW(parameter_layout(spec, 4), Error);
}

}  // namespace
}  // namespace inkling
