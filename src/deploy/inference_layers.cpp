#include "deploy/inference_layers.h"

#include <cmath>
#include <map>

namespace inkling {
namespace {

class Reader {
  public:
    Reader(const Model& model, Norms norms) : norms_(norms) {
        const ParameterLayout layout = parameter_layout(model.recipe.network, model.classes());
        for (const TensorInfo& tensor : layout.parameters)
            tensors_[tensor.name] = std::span(model.parameters).subspan(tensor.offset, tensor.size);
        for (const TensorInfo& tensor : layout.statistics)
            tensors_[tensor.name] = std::span(model.statistics).subspan(tensor.offset, tensor.size);
    }

    std::vector<InferenceLayer> list(std::span<const LayerSpec> specs, const std::string& prefix, Shape shape) const {
        std::vector<InferenceLayer> layers;
        for (std::size_t i = 0; i < specs.size(); ++i) {
            InferenceLayer layer{.name = prefix + std::to_string(i),
                                 .kind = specs[i].kind,
                                 .input = shape,
                                 .output = output_shape(specs[i], shape)};
            std::visit([&](const auto& kind) { fill(layer, kind); }, layer.kind);
            shape = layer.output;
            const bool has_weights = std::visit([](const auto& kind) { return kind.kHasWeights; }, layer.kind);
            if (norms_ == Norms::kFolded && has_weights && i + 1 < specs.size())
                if (const auto* norm = std::get_if<BatchNormSpec>(&specs[i + 1].kind))
                    fold(layer.sums.front(), scale_shift(*norm, norm_tensors(prefix + std::to_string(++i))));
            layers.push_back(std::move(layer));
        }
        return layers;
    }

  private:
    std::span<const float> tensor(const std::string& name) const { return tensors_.at(name); }

    WeightedSums sums(const std::string& name, int outputs) const {
        const auto count = static_cast<std::size_t>(outputs);
        WeightedSums sums{.name = name,
                          .weights = tensor(name + ".weight"),
                          .factors = std::vector<double>(count, 1),
                          .biases = std::vector<float>(count),
                          .has_bias = tensors_.contains(name + ".bias")};
        if (sums.has_bias) {
            const auto bias = tensor(name + ".bias");
            sums.biases.assign(bias.begin(), bias.end());
        }
        return sums;
    }

    NormTensors norm_tensors(const std::string& name) const {
        return {tensor(name + ".weight"), tensor(name + ".bias"), tensor(name + ".running_mean"),
                tensor(name + ".running_var")};
    }

    static void fold(WeightedSums& sums, const ScaleShift& norm) {
        sums.factors = norm.factors;
        for (std::size_t i = 0; i < sums.outputs(); ++i)
            sums.biases[i] = static_cast<float>(sums.biases[i] * norm.factors[i] + norm.shifts[i]);
        sums.has_bias = true;
    }

    void fill(InferenceLayer& layer, const DenseSpec& dense) const { layer.sums = {sums(layer.name, dense.units)}; }
    void fill(InferenceLayer& layer, const Conv2dSpec& conv) const { layer.sums = {sums(layer.name, conv.filters)}; }
    void fill(InferenceLayer& layer, const DepthwiseConv2dSpec&) const {
        layer.sums = {sums(layer.name, layer.input.channels)};
    }
    void fill(InferenceLayer& layer, const SqueezeExcitationSpec& squeeze) const {
        layer.sums = {sums(layer.name + ".fc1", squeeze.squeeze_channels),
                      sums(layer.name + ".fc2", layer.input.channels)};
    }
    void fill(InferenceLayer& layer, const BatchNormSpec&) const { layer.norm = norm_tensors(layer.name); }
    void fill(InferenceLayer& layer, const ResidualSpec& residual) const {
        layer.body = list(residual.body, layer.name + ".body.", layer.input);
        if (layer.input == layer.output) return;
        const std::vector<LayerSpec> shortcut{{*residual_shortcut(layer.input, layer.output)}, {BatchNormSpec{}}};
        layer.shortcut = list(shortcut, layer.name + ".shortcut.", layer.input);
    }

    // What has no numbers of its own.
    static void fill(InferenceLayer&, const ActivationSpec&) {}
    static void fill(InferenceLayer&, const DropoutSpec&) {}
    static void fill(InferenceLayer&, const MaxPool2dSpec&) {}
    static void fill(InferenceLayer&, const AvgPool2dSpec&) {}
    static void fill(InferenceLayer&, const GlobalAvgPoolSpec&) {}
    static void fill(InferenceLayer&, const FlattenSpec&) {}

    Norms norms_;
    std::map<std::string, std::span<const float>> tensors_;
};

}  // namespace

ScaleShift scale_shift(const BatchNormSpec& norm, const NormTensors& tensors) {
    ScaleShift result;
    for (std::size_t i = 0; i < tensors.weight.size(); ++i) {
        result.factors.push_back(tensors.weight[i] / std::sqrt(double{tensors.variance[i]} + norm.eps));
        result.shifts.push_back(tensors.bias[i] - result.factors[i] * tensors.mean[i]);
    }
    return result;
}

std::vector<InferenceLayer> inference_layers(const Model& model, Norms norms) {
    const NetworkSpec& spec = model.recipe.network;
    return Reader(model, norms).list(complete_layers(spec, model.classes()), "", spec.input);
}

}  // namespace inkling
