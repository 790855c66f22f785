#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/config.h"
#include "kernels/update_rules.h"
#include "nn/parameter_layout.h"
#include "train/optimizers.h"

namespace inkling {

/// Tensors of a network that an optimizer updates in their own way. Of several groups that name a tensor, the first
/// holds it.
struct ParameterGroup {
    std::vector<TensorKind> tensors = {};  // kinds that it holds; empty: all
    /// Whose tensors: names as in PyTorch's state_dict ("3.body.1"), which stand for all within them too, or "output";
    /// empty: of all layers.
    std::vector<std::string> layers = {};
    float learning_rate_factor = 1;          // of the schedule's learning rate
    std::optional<float> weight_decay = {};  // of all its tensors; none: the optimizer's, as elsewhere
    std::optional<OptimizerKind> kind = {};  // none: the optimizer's
    std::string origin = {};                 // where it was written, for messages: "recipes/cnn.toml:12"
};

/// Tensors beside one another in the block of parameters that are updated alike.
struct ParameterPart {
    ParameterRange range;
    const ParameterGroup* group = nullptr;  // null: none holds it
    double rate_factor = 1;                 // of the schedule's learning rate
    bool is_regularized = false;            // whether filters and matrices
};

/// The whole block in parts, in its order. The output layer learns at the rate of its group, and each layer with
/// filters or matrices before it at `layer_decay` times the next one's; a residual block counts as one layer, and batch
/// norms go with the layer that they follow. K. Clark et al., "ELECTRA", 2020, whose layer-wise decay this is.
std::vector<ParameterPart> parameter_parts(const ParameterLayout& layout, std::span<const ParameterGroup> groups,
                                           float layer_decay);

/// Throws Error (wrong usage) that begins with a group's origin where it names a layer that has nothing to learn, or is
/// left without tensors.
void check_groups(std::span<const ParameterGroup> groups, const ParameterLayout& layout);

/// A line on what each group is and holds: "norm_bias: 4 tensors, 224 values, learning rate x 64".
std::vector<std::string> describe_groups(std::span<const ParameterGroup> groups, const ParameterLayout& layout);

/// The tables optimizer.groups of a recipe. Throws Error (wrong usage) with the place.
std::vector<ParameterGroup> read_groups(Config& optimizer);

/// The key `groups` as TOML; empty where there are none.
std::string write_groups(std::span<const ParameterGroup> groups);

/// Throws Error (wrong usage) where an optimizer's keys contradict each other.
void check_optimizer(const Config& config, const OptimizerKind& kind);

/// The keys of a group.
std::vector<std::string> group_keys();

}  // namespace inkling
