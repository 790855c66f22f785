#include "nn/spec.h"

#include <array>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "nn/parameter_layout.h"

namespace inkling {
namespace {

constexpr std::array kInitializationNames{"auto",           "kaiming_normal", "kaiming_uniform", "xavier_normal",
                                          "xavier_uniform", "orthogonal",     "dirac",           "whitened"};

/// What a layer is applied to, and where the layer was written.
struct Place {
    Shape input;
    std::string_view origin;
};

struct Inspection {
    Shape output;
    std::string description;
};

template <class... Args>
Error misfit(std::string_view origin, fmt::format_string<Args...> format, Args&&... args) {
    return wrong_usage("{}{}{}", origin, origin.empty() ? "" : ": ", fmt::format(format, std::forward<Args>(args)...));
}

void check_range(const Place& at, const char* name, double value, Range range) {
    if (!range.contains(value)) throw misfit(at.origin, "{} is {}, expected {}", name, value, range.text());
}

/// Checks each parameter that has a key by the key's range.
template <class Kind>
void check_parameters(const Place& at, const Kind& kind) {
    for (const auto& key : keys_of<Kind>())
        for_each_number(key, kind, [&](double value) { check_range(at, key.name, value, key.range); });
}

std::string text(Shape shape) { return fmt::format("({}, {}, {})", shape.channels, shape.height, shape.width); }

std::string window_text(int kernel, int stride, int default_stride, int padding) {
    std::string result = fmt::format("{}x{}", kernel, kernel);
    if (stride != default_stride) result += fmt::format(", stride {}", stride);
    if (padding != 0) result += fmt::format(", padding {}", padding);
    return result;
}

Shape slide_window(const Place& at, const char* layer, int channels, int kernel, int stride, int padding) {
    check_range(at, "padding", padding, {0, kernel - 1.0});
    const int height = at.input.height + 2 * padding - kernel;
    const int width = at.input.width + 2 * padding - kernel;
    if (height < 0 || width < 0)
        throw misfit(at.origin,
                     "{} of {}x{} does not fit into its input {}; use a smaller kernel or fewer pools before it", layer,
                     kernel, kernel, text(at.input));
    return {channels, height / stride + 1, width / stride + 1};
}

Inspection inspect(const LayerSpec& layer, Shape input);

Inspection inspect_kind(const DenseSpec& dense, const Place& at) {
    if (at.input.pixels() != 1)
        throw misfit(at.origin, "dense takes a vector, not an image of {}; put a flatten before it", text(at.input));
    return {{dense.units, 1, 1}, fmt::format("dense {} units{}", dense.units, dense.bias ? "" : ", no bias")};
}

/// What is no image behind a flatten is none either where pools have left one pixel of each map.
void require_image(const char* kind, const Place& at) {
    if (at.input.pixels() == 1)
        throw misfit(
            at.origin,
            "{} takes an image, not {} numbers; put it before the flatten, or leave out a pool before it, which "
            "left one pixel of each map",
            kind, at.input.channels);
}

Inspection inspect_kind(const Conv2dSpec& conv, const Place& at) {
    require_image("conv2d", at);
    const Shape output = slide_window(at, "conv2d", conv.filters, conv.kernel, conv.stride, conv.padding);
    return {output, fmt::format("conv2d {} filters, {}{}", conv.filters,
                                window_text(conv.kernel, conv.stride, 1, conv.padding), conv.bias ? "" : ", no bias")};
}

Inspection inspect_kind(const DepthwiseConv2dSpec& conv, const Place& at) {
    require_image("depthwise_conv2d", at);
    const Shape output =
        slide_window(at, "depthwise_conv2d", at.input.channels, conv.kernel, conv.stride, conv.padding);
    return {output, fmt::format("depthwise_conv2d {}{}", window_text(conv.kernel, conv.stride, 1, conv.padding),
                                conv.bias ? "" : ", no bias")};
}

Inspection inspect_kind(const SqueezeExcitationSpec& squeeze, const Place& at) {
    return {at.input, fmt::format("squeeze_excitation by {} channels", squeeze.squeeze_channels)};
}

Inspection inspect_kind(const BatchNormSpec&, const Place& at) { return {at.input, "batch_norm"}; }

Inspection inspect_kind(const ActivationSpec& activation, const Place& at) {
    std::string description = name_of(activation.kind);
    const auto add_parameters = [&]<class Kind>(const Kind& kind) {
        check_parameters(at, kind);
        for (const auto& key : keys_of<Kind>()) description += " " + value_text(key, kind);
    };
    std::visit(add_parameters, activation.kind);
    return {at.input, std::move(description)};
}

Inspection inspect_kind(const DropoutSpec& dropout, const Place& at) {
    return {at.input, fmt::format("dropout {}", dropout.p)};
}

Inspection inspect_kind(const MaxPool2dSpec& pool, const Place& at) {
    return {slide_window(at, "max_pool2d", at.input.channels, pool.kernel, pool.stride, 0),
            "max_pool2d " + window_text(pool.kernel, pool.stride, pool.kernel, 0)};
}

Inspection inspect_kind(const AvgPool2dSpec& pool, const Place& at) {
    return {slide_window(at, "avg_pool2d", at.input.channels, pool.kernel, pool.stride, 0),
            "avg_pool2d " + window_text(pool.kernel, pool.stride, pool.kernel, 0)};
}

Inspection inspect_kind(const GlobalAvgPoolSpec&, const Place& at) {
    return {{at.input.channels, 1, 1}, "global_avg_pool"};
}

Inspection inspect_kind(const FlattenSpec&, const Place& at) {
    return {{static_cast<int>(at.input.size()), 1, 1}, "flatten"};
}

Inspection inspect_kind(const ResidualSpec& residual, const Place& at) {
    if (residual.body.empty()) throw misfit(at.origin, "residual has no layers");
    Shape output = at.input;
    for (const LayerSpec& layer : residual.body) output = inspect(layer, output).output;
    const std::string drops =
        residual.stochastic_depth > 0 ? fmt::format(", stochastic_depth {}", residual.stochastic_depth) : "";
    if (output == at.input) return {output, "residual" + drops};
    const auto shortcut = residual_shortcut(at.input, output);
    if (!shortcut)
        throw misfit(at.origin, "residual makes {} of {}, and no strided 1x1 convolution beside it can do the same",
                     text(output), text(at.input));
    const Inspection beside = inspect_kind(*shortcut, at);
    return {output, fmt::format("residual{}, shortcut {}, batch_norm", drops, beside.description)};
}

Inspection inspect(const LayerSpec& layer, Shape input) {
    const Place at{input, layer.origin};
    Inspection result = std::visit(
        [&](const auto& kind) {
            check_parameters(at, kind);
            return inspect_kind(kind, at);
        },
        layer.kind);
    if (result.output.size() > kMaxSampleValues)
        throw misfit(at.origin, "{} makes {} values of one sample, more than {}", result.description,
                     result.output.size(), kMaxSampleValues);
    return result;
}

void check_input(Shape input) {
    for (const int extent : {input.channels, input.height, input.width})
        if (!kFeatureRange.contains(extent))
            throw wrong_usage("the network's input is {}, expected each to be {}", text(input), kFeatureRange.text());
    if (input.size() > kMaxSampleValues)
        throw wrong_usage("the network's input {} has more than {} values", text(input), kMaxSampleValues);
}

std::vector<LayerSummary> summarize_layers(const std::vector<LayerSpec>& layers, const std::string& prefix,
                                           Shape shape) {
    std::vector<LayerSummary> summaries;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const std::string name = prefix + std::to_string(i);
        Inspection inspection = inspect(layers[i], shape);
        std::size_t parameters = count_parameters(layer_tensors(layers[i], name, shape));
        std::vector<LayerSummary> body;
        if (const auto* residual = std::get_if<ResidualSpec>(&layers[i].kind))
            body = summarize_layers(residual->body, name + ".body.", shape);
        for (const LayerSummary& inner : body) parameters -= inner.parameters;
        summaries.push_back({name, std::move(inspection.description), inspection.output, parameters});
        summaries.insert(summaries.end(), body.begin(), body.end());
        shape = inspection.output;
    }
    return summaries;
}

}  // namespace

const char* initialization_name(Initialization initialization) {
    return kInitializationNames.at(static_cast<std::size_t>(initialization));
}

std::optional<Conv2dSpec> residual_shortcut(Shape input, Shape output) {
    if (output.height > input.height || output.width > input.width || input.pixels() == 1) return std::nullopt;
    const int stride = (input.height + output.height - 1) / output.height;
    const auto strided = [stride](int extent) { return (extent - 1) / stride + 1; };
    if (!kKernelRange.contains(stride) || strided(input.height) != output.height ||
        strided(input.width) != output.width)
        return std::nullopt;
    return Conv2dSpec{.filters = output.channels, .kernel = 1, .stride = stride, .padding = 0, .bias = false};
}

Shape output_shape(const LayerSpec& layer, Shape input) { return inspect(layer, input).output; }

std::vector<LayerSpec> complete_layers(const NetworkSpec& spec, int classes) {
    check_input(spec.input);
    std::vector<LayerSpec> layers = spec.layers;
    Shape shape = spec.input;
    for (const LayerSpec& layer : layers) shape = output_shape(layer, shape);
    if (shape.pixels() != 1) layers.emplace_back().kind = FlattenSpec{};
    layers.emplace_back().kind = DenseSpec{.units = classes};

    shape = spec.input;
    std::size_t parameters = 0;
    for (const LayerSpec& layer : layers) {
        parameters += count_parameters(layer_tensors(layer, "", shape));
        if (parameters > kMaxParameters)
            throw misfit(layer.origin, "with this layer the network has {} parameters, more than {}", parameters,
                         kMaxParameters);
        shape = output_shape(layer, shape);
    }
    return layers;
}

std::vector<LayerSummary> summarize(const NetworkSpec& spec, int classes) {
    return summarize_layers(complete_layers(spec, classes), "", spec.input);
}

}  // namespace inkling
