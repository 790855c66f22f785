#include "nn/parameter_layout.h"

#include <utility>

namespace inkling {
namespace {

/// Appends the tensors of layers, whose names begin with `prefix`.
class Listing {
  public:
    explicit Listing(std::vector<TensorInfo>& tensors) : tensors_(tensors) {}

    void add(const LayerSpec& layer, const std::string& name, Shape input) {
        std::visit([&](const auto& kind) { add_kind(kind, name, input); }, layer.kind);
    }

  private:
    void append(std::string name, std::vector<int> shape, TensorKind kind) {
        TensorInfo info{.name = std::move(name), .shape = std::move(shape), .kind = kind, .size = 1};
        for (const int extent : info.shape) info.size *= static_cast<std::size_t>(extent);
        tensors_.push_back(std::move(info));
    }

    void add_kind(const DenseSpec& dense, const std::string& name, Shape input) {
        append(name + ".weight", {dense.units, static_cast<int>(input.size())}, TensorKind::kMatrix);
        if (dense.bias) append(name + ".bias", {dense.units}, TensorKind::kBias);
    }

    void add_kind(const Conv2dSpec& conv, const std::string& name, Shape input) {
        append(name + ".weight", {conv.filters, input.channels, conv.kernel, conv.kernel}, TensorKind::kFilter);
        if (conv.bias) append(name + ".bias", {conv.filters}, TensorKind::kBias);
    }

    void add_kind(const DepthwiseConv2dSpec& conv, const std::string& name, Shape input) {
        append(name + ".weight", {input.channels, 1, conv.kernel, conv.kernel}, TensorKind::kFilter);
        if (conv.bias) append(name + ".bias", {input.channels}, TensorKind::kBias);
    }

    void add_kind(const SqueezeExcitationSpec& squeeze, const std::string& name, Shape input) {
        append(name + ".fc1.weight", {squeeze.squeeze_channels, input.channels, 1, 1}, TensorKind::kFilter);
        append(name + ".fc1.bias", {squeeze.squeeze_channels}, TensorKind::kBias);
        append(name + ".fc2.weight", {input.channels, squeeze.squeeze_channels, 1, 1}, TensorKind::kFilter);
        append(name + ".fc2.bias", {input.channels}, TensorKind::kBias);
    }

    void add_kind(const BatchNormSpec&, const std::string& name, Shape input) {
        append(name + ".weight", {input.channels}, TensorKind::kNormWeight);
        append(name + ".bias", {input.channels}, TensorKind::kNormBias);
        append(name + ".running_mean", {input.channels}, TensorKind::kRunningMean);
        append(name + ".running_var", {input.channels}, TensorKind::kRunningVariance);
    }

    void add_kind(const ResidualSpec& residual, const std::string& name, Shape input) {
        Shape shape = input;
        for (std::size_t i = 0; i < residual.body.size(); ++i) {
            add(residual.body[i], name + ".body." + std::to_string(i), shape);
            shape = output_shape(residual.body[i], shape);
        }
        if (shape == input) return;
        const Conv2dSpec projection = *residual_shortcut(input, shape);
        add_kind(projection, name + ".shortcut.0", input);
        add_kind(BatchNormSpec{}, name + ".shortcut.1", shape);
    }

    // What has nothing to learn.
    void add_kind(const ActivationSpec&, const std::string&, Shape) {}
    void add_kind(const DropoutSpec&, const std::string&, Shape) {}
    void add_kind(const MaxPool2dSpec&, const std::string&, Shape) {}
    void add_kind(const AvgPool2dSpec&, const std::string&, Shape) {}
    void add_kind(const GlobalAvgPoolSpec&, const std::string&, Shape) {}
    void add_kind(const FlattenSpec&, const std::string&, Shape) {}

    std::vector<TensorInfo>& tensors_;
};

bool is_regularized(TensorKind kind) { return kind == TensorKind::kFilter || kind == TensorKind::kMatrix; }

/// Places those tensors that `chosen` takes one behind another from `offset` on; returns the end.
template <class Choice>
std::size_t place(std::vector<TensorInfo>& tensors, std::size_t offset, Choice&& chosen) {
    for (TensorInfo& tensor : tensors) {
        if (!chosen(tensor.kind)) continue;
        tensor.offset = offset;
        offset += tensor.size;
    }
    return offset;
}

}  // namespace

bool is_statistic(TensorKind kind) { return kind == TensorKind::kRunningMean || kind == TensorKind::kRunningVariance; }

std::vector<TensorInfo> layer_tensors(const LayerSpec& layer, const std::string& name, Shape input) {
    std::vector<TensorInfo> tensors;
    Listing(tensors).add(layer, name, input);
    return tensors;
}

std::size_t count_parameters(const std::vector<TensorInfo>& tensors) {
    std::size_t count = 0;
    for (const TensorInfo& tensor : tensors)
        if (!is_statistic(tensor.kind)) count += tensor.size;
    return count;
}

ParameterLayout parameter_layout(const NetworkSpec& spec, int classes) {
    const std::vector<LayerSpec> layers = complete_layers(spec, classes);
    ParameterLayout layout;
    Shape shape = spec.input;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        for (TensorInfo& tensor : layer_tensors(layers[i], std::to_string(i), shape)) {
            tensor.is_output = i + 1 == layers.size();
            (is_statistic(tensor.kind) ? layout.statistics : layout.parameters).push_back(std::move(tensor));
        }
        shape = output_shape(layers[i], shape);
    }
    layout.regularized_count = place(layout.parameters, 0, is_regularized);
    layout.parameter_count =
        place(layout.parameters, layout.regularized_count, [](TensorKind kind) { return !is_regularized(kind); });
    layout.statistics_count = place(layout.statistics, 0, is_statistic);
    return layout;
}

}  // namespace inkling
