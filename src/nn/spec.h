#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/range.h"
#include "core/shape.h"
#include "kernels/activation.h"

namespace inkling {

/// How weights begin. kAuto fits the activation that follows: Kaiming normal (fan in), which for selu's gain of 1 is
/// LeCun normal; Xavier uniform where that saturates and for the output layer.
enum class Initialization { kAuto, kKaimingNormal, kKaimingUniform, kXavierNormal, kXavierUniform, kOrthogonal };

// The layers, named and parametrised as in torch.nn. Shapes are (channels, height, width) of one sample.

struct DenseSpec {
    int units = 0;
    bool bias = true;
};

struct Conv2dSpec {
    int filters = 0;
    int kernel = 3;
    int stride = 1;
    int padding = 1;
    bool bias = true;
};

struct BatchNormSpec {
    float momentum = 0.1f;
    float eps = 1e-5f;
};

struct ActivationSpec {
    Activation kind;  // relu, if nothing is said
};

struct DropoutSpec {
    float p = 0.5f;  // probability that a value is set to zero, 0 to less than 1
};

struct MaxPool2dSpec {
    int kernel = 2;
    int stride = 2;
};

struct AvgPool2dSpec {
    int kernel = 2;
    int stride = 2;
};

struct GlobalAvgPoolSpec {};  // (C, H, W) to (C, 1, 1)

struct FlattenSpec {};  // (C, H, W) to (C*H*W, 1, 1), in PyTorch's order

struct LayerSpec;

/// y = body(x) + shortcut(x). The shortcut is x itself where the body keeps the shape, else a 1x1 convolution without
/// bias, strided to fit, followed by batch norm. K. He et al., "Deep residual learning", 2015, option B.
struct ResidualSpec {
    std::vector<LayerSpec> body;
};

/// One layer. `origin` says where it was written ("recipes/cnn.toml:12"), for messages; empty where it was not read.
struct LayerSpec {
    using Kind = std::variant<DenseSpec, Conv2dSpec, BatchNormSpec, ActivationSpec, DropoutSpec, MaxPool2dSpec,
                              AvgPool2dSpec, GlobalAvgPoolSpec, FlattenSpec, ResidualSpec>;
    Kind kind;
    std::string origin = {};
};

/// A network as a value: all there is to know before it is compiled to run. `layers` are the hidden ones; the output
/// layer, dense to one logit a class, is added when the network is compiled, behind a flatten where one is missing.
struct NetworkSpec {
    Shape input{1, 28, 28};
    std::vector<LayerSpec> layers;
    Initialization initialization = Initialization::kAuto;
};

// Limits on a network, so that a slip of the pen is an error and not a request for all memory.
inline constexpr Range kFeatureRange{1, 65536};  // units or filters of a layer
inline constexpr Range kKernelRange{1, 16};      // kernels and strides; a max pool notes its winner in a byte
inline constexpr Range kDropoutRange{.least = 0, .most = 1, .without_most = true};
inline constexpr Range kNormMomentumRange{0, 1};
inline constexpr Range kNormEpsRange{.least = 0, .most = 1, .without_least = true};
inline constexpr std::size_t kMaxSampleValues = std::size_t{1} << 24;  // that a layer makes of one sample
inline constexpr std::size_t kMaxParameters = std::size_t{1} << 30;

/// A line of the network's description.
struct LayerSummary {
    std::string name;         // as in PyTorch's state_dict: "0", "3.body.1"
    std::string description;  // "conv2d 32 filters, 3x3, padding 1"
    Shape output;
    std::size_t parameters = 0;  // its own: a residual block's are those of its shortcut alone
};

const char* initialization_name(Initialization initialization);  // "kaiming_normal"

/// The convolution in the shortcut of a residual block whose body makes `output` of `input`, another shape; none where
/// no stride of a 1x1 convolution leads from one to the other.
std::optional<Conv2dSpec> residual_shortcut(Shape input, Shape output);

/// The shape that `layer` makes of `input`. Throws Error (wrong usage) that begins with the layer's origin where the
/// two do not fit, e.g. a pool larger than its input or a convolution behind a flatten.
Shape output_shape(const LayerSpec& layer, Shape input);

/// The layers with the output layer added. Checks every shape on the way. Throws Error (wrong usage).
std::vector<LayerSpec> complete_layers(const NetworkSpec& spec, int classes);

/// Every layer with its output shape and number of parameters, the output layer included. Throws Error (wrong usage).
std::vector<LayerSummary> summarize(const NetworkSpec& spec, int classes);

/// Useful floating-point operations that a network spends on one image: two for each multiply-add of its convolutions
/// and dense layers, counted directly, taps on padding included, and nothing else. Ways of computing that take fewer
/// (Winograd) count the same.
struct OperationCount {
    std::uint64_t forward = 0;
    /// Forward, gradients of weights, and gradients of what the layers read; the network's input needs none.
    std::uint64_t training = 0;
};

/// Throws Error (wrong usage).
OperationCount count_operations(const NetworkSpec& spec, int classes);

}  // namespace inkling
