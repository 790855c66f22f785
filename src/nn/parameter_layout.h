#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "nn/spec.h"

namespace inkling {

/// What a tensor is to its layer.
enum class TensorKind {
    kFilter,  // of a convolution: (out, in, height, width)
    kMatrix,  // of a dense layer: (out, in), inputs behind a flatten counted channel by channel
    kBias,
    kNormWeight,  // batch norm's scale
    kNormBias,    // batch norm's shift
    kRunningMean,
    kRunningVariance,
};

/// A tensor within a network's parameters or statistics. Layouts are PyTorch's.
struct TensorInfo {
    std::string name;  // as in PyTorch's state_dict: "0.weight", "3.body.1.running_mean"
    std::vector<int> shape;
    TensorKind kind = TensorKind::kBias;
    bool is_output = false;  // whether the output layer's
    std::size_t offset = 0;  // of its first value in its block
    std::size_t size = 0;    // values
};

/// Where everything that a network learns stands: a value that needs no network.
struct ParameterLayout {
    /// Layer by layer. In the block, filters and matrices stand first: regularisation acts on those alone.
    std::vector<TensorInfo> parameters;
    std::size_t parameter_count = 0;    // values of the block
    std::size_t regularized_count = 0;  // of these, in filters and matrices

    /// Batch norm's running means and variances, a block of its own.
    std::vector<TensorInfo> statistics;
    std::size_t statistics_count = 0;
};

/// Throws Error (wrong usage) where shapes do not fit.
ParameterLayout parameter_layout(const NetworkSpec& spec, int classes);

/// The tensors of one layer that stands on `input`, parameters and statistics as they come, without offsets; a residual
/// block's body first, then its shortcut. `name` is the layer's: "3.body.1".
std::vector<TensorInfo> layer_tensors(const LayerSpec& layer, const std::string& name, Shape input);

/// Whether it is kept in the block of statistics.
bool is_statistic(TensorKind kind);

/// Values of the tensors that are learned.
std::size_t count_parameters(const std::vector<TensorInfo>& tensors);

}  // namespace inkling
