#include "deploy/page_network.h"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/base64.h"
#include "data/gzip.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

ordered_json extents(Shape shape) { return {shape.channels, shape.height, shape.width}; }

/// What each of a layer's outputs is multiplied by and gets added.
struct Affine {
    std::vector<double> factors;
    std::vector<double> shifts;
};

/// Where a layer stands.
struct Place {
    std::string name;  // as in PyTorch's state_dict
    Shape input;
    Shape output;
    std::optional<Affine> norm;  // of the batch norm behind it, which it takes in
};

/// Puts the layers of a network down, and the numbers that they read behind each other.
class Writer {
  public:
    Writer(const Model& model, WeightFormat format) : model_(model), format_(format) {
        const ParameterLayout layout = parameter_layout(model.recipe.network, model.classes());
        for (const TensorInfo& tensor : layout.parameters)
            tensors_[tensor.name] = std::span(model.parameters).subspan(tensor.offset, tensor.size);
        for (const TensorInfo& tensor : layout.statistics)
            tensors_[tensor.name] = std::span(model.statistics).subspan(tensor.offset, tensor.size);
    }

    ordered_json network() {
        const NetworkSpec& spec = model_.recipe.network;
        ordered_json json;
        json["layers"] = list(complete_layers(spec, model_.classes()), "", spec.input);
        json["bits"] = weight_bits(format_);
        json["floats"] = floats_.size();
        const auto floats = std::as_bytes(std::span(floats_));
        rows_.insert(rows_.begin(), floats.begin(), floats.end());
        json["weights"] = base64(gzip_compressed(rows_));
        return json;
    }

  private:
    std::span<const float> tensor(const std::string& name) const { return tensors_.at(name); }

    ordered_json list(std::span<const LayerSpec> layers, const std::string& prefix, Shape shape) {
        auto json = ordered_json::array();
        for (std::size_t i = 0; i < layers.size(); ++i) {
            const LayerSpec& layer = layers[i];
            Place at{prefix + std::to_string(i), shape, output_shape(layer, shape), std::nullopt};
            const bool has_weights = std::visit([](const auto& kind) { return kind.kHasWeights; }, layer.kind);
            if (has_weights && i + 1 < layers.size())
                if (const auto* norm = std::get_if<BatchNormSpec>(&layers[i + 1].kind))
                    at.norm = affine(*norm, prefix + std::to_string(++i));
            ordered_json described = std::visit([&](const auto& kind) { return describe(kind, at); }, layer.kind);
            shape = at.output;
            if (described.is_null()) continue;
            described["input"] = extents(at.input);
            described["output"] = extents(at.output);
            json.push_back(std::move(described));
        }
        return json;
    }

    Affine affine(const BatchNormSpec& norm, const std::string& name) const {
        Affine affine;
        const auto weight = tensor(name + ".weight");
        for (std::size_t i = 0; i < weight.size(); ++i) {
            const double variance = tensor(name + ".running_var")[i];
            affine.factors.push_back(weight[i] / std::sqrt(variance + norm.eps));
            affine.shifts.push_back(tensor(name + ".bias")[i] - affine.factors[i] * tensor(name + ".running_mean")[i]);
        }
        return affine;
    }

    /// Appends what a layer of so many outputs multiplies by and adds.
    void append(const std::string& name, int outputs, const std::optional<Affine>& norm = std::nullopt) {
        const std::span<const float> weights = tensor(name + ".weight");
        const auto rows = static_cast<std::size_t>(outputs);
        for (std::size_t i = 0; i < rows; ++i) {
            const std::size_t inputs = weights.size() / rows;
            const RoundedRow row = round_row(weights.subspan(i * inputs, inputs), format_);
            rows_.insert(rows_.end(), row.bytes.begin(), row.bytes.end());
            floats_.push_back(static_cast<float>(norm ? row.scale * norm->factors[i] : row.scale));
        }
        const bool has_bias = tensors_.contains(name + ".bias");
        for (std::size_t i = 0; i < rows; ++i) {
            const double bias = has_bias ? tensor(name + ".bias")[i] : 0;
            floats_.push_back(static_cast<float>(norm ? bias * norm->factors[i] + norm->shifts[i] : bias));
        }
    }

    template <class Window>
    static ordered_json window(const Window& kind) {
        ordered_json json = {{"kind", kind.kName}, {"kernel", kind.kernel}, {"stride", kind.stride}};
        if constexpr (requires { kind.padding; }) json["padding"] = kind.padding;
        return json;
    }

    ordered_json describe(const DenseSpec& dense, const Place& at) {
        append(at.name, dense.units, at.norm);
        return {{"kind", dense.kName}};
    }

    ordered_json describe(const Conv2dSpec& conv, const Place& at) {
        append(at.name, conv.filters, at.norm);
        return window(conv);
    }

    ordered_json describe(const DepthwiseConv2dSpec& conv, const Place& at) {
        append(at.name, at.input.channels, at.norm);
        return window(conv);
    }

    ordered_json describe(const SqueezeExcitationSpec& squeeze, const Place& at) {
        append(at.name + ".fc1", squeeze.squeeze_channels);
        append(at.name + ".fc2", at.input.channels);
        return {{"kind", squeeze.kName}, {"squeeze_channels", squeeze.squeeze_channels}};
    }

    ordered_json describe(const BatchNormSpec& norm, const Place& at) {
        const Affine alone = affine(norm, at.name);
        floats_.insert(floats_.end(), alone.factors.begin(), alone.factors.end());
        floats_.insert(floats_.end(), alone.shifts.begin(), alone.shifts.end());
        return {{"kind", "scale_shift"}};
    }

    ordered_json describe(const ActivationSpec& activation, const Place&) {
        ordered_json json = {{"kind", name_of(activation.kind)}};
        const auto add_parameters = [&]<class Kind>(const Kind& kind) {
            for (const auto& key : keys_of<Kind>())
                for_each_number(key, kind, [&](double number) { json[key.name] = number; });
        };
        std::visit(add_parameters, activation.kind);
        return json;
    }

    ordered_json describe(const MaxPool2dSpec& pool, const Place&) { return window(pool); }
    ordered_json describe(const AvgPool2dSpec& pool, const Place&) { return window(pool); }
    ordered_json describe(const GlobalAvgPoolSpec& pool, const Place&) { return {{"kind", pool.kName}}; }

    ordered_json describe(const ResidualSpec& residual, const Place& at) {
        ordered_json json = {{"kind", residual.kName}};
        json["body"] = list(residual.body, at.name + ".body.", at.input);
        std::vector<LayerSpec> shortcut;
        if (at.input != at.output) shortcut = {{*residual_shortcut(at.input, at.output)}, {BatchNormSpec{}}};
        json["shortcut"] = list(shortcut, at.name + ".shortcut.", at.input);
        return json;
    }

    // What a trained network does nothing by.
    static ordered_json describe(const DropoutSpec&, const Place&) { return nullptr; }
    static ordered_json describe(const FlattenSpec&, const Place&) { return nullptr; }

    const Model& model_;
    WeightFormat format_;
    std::map<std::string, std::span<const float>> tensors_;
    std::vector<float> floats_;
    std::vector<std::byte> rows_;
};

}  // namespace

ordered_json page_network(const Model& model, WeightFormat format) { return Writer(model, format).network(); }

}  // namespace inkling
