#pragma once

#include <array>
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
/// LeCun normal; Xavier uniform where that saturates and for the output layer. kDirac is kAuto, but for convolutions
/// with as many filters as inputs or more: there the first ones hand on an input each, as torch.nn.init.dirac_ has it.
/// kWhitened is kAuto, until a training sets the first convolution by its images (initialize_for()).
enum class Initialization {
    kAuto,
    kKaimingNormal,
    kKaimingUniform,
    kXavierNormal,
    kXavierUniform,
    kOrthogonal,
    kDirac,
    kWhitened,
};

// Limits on a network, so that a slip of the pen is an error and not a request for all memory.
inline constexpr Range kFeatureRange{1, 65536};  // units or filters of a layer
inline constexpr Range kKernelRange{1, 16};      // kernels and strides; a max pool notes its winner in a byte
inline constexpr std::size_t kMaxSampleValues = std::size_t{1} << 24;  // that a layer makes of one sample
inline constexpr std::size_t kMaxParameters = std::size_t{1} << 30;

/// The layers, named and parametrised as in torch.nn, each with its name and keys in recipes. kHasWeights: whether it
/// multiplies by a filter or matrix, "weight". Shapes are (channels, height, width) of one sample.

struct DenseSpec {
    static constexpr const char* kName = "dense";
    static constexpr bool kHasWeights = true;
    int units = 0;
    bool bias = true;
    static constexpr std::array kKeys{
        ConfigKey<DenseSpec>{.name = "units", .member = &DenseSpec::units, .range = kFeatureRange, .required = true},
        ConfigKey<DenseSpec>{.name = "bias", .member = &DenseSpec::bias},
    };
};

struct Conv2dSpec {
    static constexpr const char* kName = "conv2d";
    static constexpr bool kHasWeights = true;
    int filters = 0;
    int kernel = 3;
    int stride = 1;
    int padding = 1;  // less than the kernel; a recipe's default is half of it
    bool bias = true;
    static constexpr std::array kKeys{
        ConfigKey<Conv2dSpec>{
            .name = "filters", .member = &Conv2dSpec::filters, .range = kFeatureRange, .required = true},
        ConfigKey<Conv2dSpec>{.name = "kernel", .member = &Conv2dSpec::kernel, .range = kKernelRange},
        ConfigKey<Conv2dSpec>{.name = "stride", .member = &Conv2dSpec::stride, .range = kKernelRange},
        ConfigKey<Conv2dSpec>{.name = "padding", .member = &Conv2dSpec::padding, .range = {0, kKernelRange.most - 1}},
        ConfigKey<Conv2dSpec>{.name = "bias", .member = &Conv2dSpec::bias},
    };
};

/// Conv2d with as many groups as channels: each has one filter and becomes one.
struct DepthwiseConv2dSpec {
    static constexpr const char* kName = "depthwise_conv2d";
    static constexpr bool kHasWeights = true;
    int kernel = 3;
    int stride = 1;
    int padding = 1;  // less than the kernel; a recipe's default is half of it
    bool bias = true;
    static constexpr std::array kKeys{
        ConfigKey<DepthwiseConv2dSpec>{.name = "kernel", .member = &DepthwiseConv2dSpec::kernel, .range = kKernelRange},
        ConfigKey<DepthwiseConv2dSpec>{.name = "stride", .member = &DepthwiseConv2dSpec::stride, .range = kKernelRange},
        ConfigKey<DepthwiseConv2dSpec>{
            .name = "padding", .member = &DepthwiseConv2dSpec::padding, .range = {0, kKernelRange.most - 1}},
        ConfigKey<DepthwiseConv2dSpec>{.name = "bias", .member = &DepthwiseConv2dSpec::bias},
    };
};

/// Each channel times a gate from 0 to 1, which two small dense layers make of all channels' means: as
/// torchvision.ops.SqueezeExcitation. J. Hu et al., "Squeeze-and-excitation networks", 2018.
struct SqueezeExcitationSpec {
    static constexpr const char* kName = "squeeze_excitation";
    static constexpr bool kHasWeights = false;  // its layers have, but what it scales is not multiplied by them
    int squeeze_channels = 0;
    static constexpr std::array kKeys{
        ConfigKey<SqueezeExcitationSpec>{.name = "squeeze_channels",
                                         .member = &SqueezeExcitationSpec::squeeze_channels,
                                         .range = kFeatureRange,
                                         .required = true}};
};

struct BatchNormSpec {
    static constexpr const char* kName = "batch_norm";
    static constexpr bool kHasWeights = false;
    float momentum = 0.1f;
    float eps = 1e-5f;
    static constexpr std::array kKeys{
        ConfigKey<BatchNormSpec>{.name = "momentum", .member = &BatchNormSpec::momentum, .range = kUnit},
        ConfigKey<BatchNormSpec>{.name = "eps", .member = &BatchNormSpec::eps, .range = kPositiveFraction},
    };
};

/// The keys are its kind's.
struct ActivationSpec {
    static constexpr const char* kName = "activation";
    static constexpr bool kHasWeights = false;
    static constexpr std::array<ConfigKey<ActivationSpec>, 0> kKeys{};
    Activation kind;  // relu, if nothing is said
};

struct DropoutSpec {
    static constexpr const char* kName = "dropout";
    static constexpr bool kHasWeights = false;
    float p = 0.5f;  // probability that a value is set to zero
    static constexpr std::array kKeys{
        ConfigKey<DropoutSpec>{.name = "p", .member = &DropoutSpec::p, .range = kFraction}};
};

struct MaxPool2dSpec {
    static constexpr const char* kName = "max_pool2d";
    static constexpr bool kHasWeights = false;
    int kernel = 2;
    int stride = 2;  // a recipe's default is the kernel
    static constexpr std::array kKeys{
        ConfigKey<MaxPool2dSpec>{.name = "kernel", .member = &MaxPool2dSpec::kernel, .range = kKernelRange},
        ConfigKey<MaxPool2dSpec>{.name = "stride", .member = &MaxPool2dSpec::stride, .range = kKernelRange},
    };
};

struct AvgPool2dSpec {
    static constexpr const char* kName = "avg_pool2d";
    static constexpr bool kHasWeights = false;
    int kernel = 2;
    int stride = 2;  // a recipe's default is the kernel
    static constexpr std::array kKeys{
        ConfigKey<AvgPool2dSpec>{.name = "kernel", .member = &AvgPool2dSpec::kernel, .range = kKernelRange},
        ConfigKey<AvgPool2dSpec>{.name = "stride", .member = &AvgPool2dSpec::stride, .range = kKernelRange},
    };
};

struct GlobalAvgPoolSpec {  // (C, H, W) to (C, 1, 1)
    static constexpr const char* kName = "global_avg_pool";
    static constexpr bool kHasWeights = false;
};

struct FlattenSpec {  // (C, H, W) to (C*H*W, 1, 1), in PyTorch's order
    static constexpr const char* kName = "flatten";
    static constexpr bool kHasWeights = false;
};

struct LayerSpec;

/// y = body(x) + shortcut(x). The shortcut is x itself where the body keeps the shape, else a 1x1 convolution without
/// bias, strided to fit, followed by batch norm. K. He et al., "Deep residual learning", 2015, option B. With
/// stochastic depth, bodies that stay count 1 / (1 - stochastic_depth) in training: G. Huang et al., "Deep networks
/// with stochastic depth", 2016, as torchvision.ops.StochasticDepth in mode "row".
struct ResidualSpec {
    static constexpr const char* kName = "residual";
    static constexpr bool kHasWeights = false;  // but its layers may
    std::vector<LayerSpec> body;
    float stochastic_depth = 0;  // probability that a training's step leaves a sample's body out
    static constexpr std::array kKeys{ConfigKey<ResidualSpec>{
        .name = "stochastic_depth", .member = &ResidualSpec::stochastic_depth, .range = kFraction}};
};

/// One layer. `origin` says where it was written ("recipes/cnn.toml:12"), for messages; empty where it was not read.
struct LayerSpec {
    using Kind =
        std::variant<DenseSpec, Conv2dSpec, DepthwiseConv2dSpec, SqueezeExcitationSpec, BatchNormSpec, ActivationSpec,
                     DropoutSpec, MaxPool2dSpec, AvgPool2dSpec, GlobalAvgPoolSpec, FlattenSpec, ResidualSpec>;
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
    /// The part of `training` in convolutions that Winograd's algorithm does in fp32.
    std::uint64_t winograd = 0;
};

/// Throws Error (wrong usage).
OperationCount count_operations(const NetworkSpec& spec, int classes);

}  // namespace inkling
