#include "deploy/page_network.h"

#include <nlohmann/json.hpp>

#include "core/base64.h"
#include "data/gzip.h"
#include "deploy/inference_layers.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

ordered_json extents(Shape shape) { return {shape.channels, shape.height, shape.width}; }

/// Puts the layers of a network down, and the numbers that they read behind each other.
class Writer {
  public:
    explicit Writer(WeightFormat format) : format_(format) {}

    ordered_json network(std::span<const InferenceLayer> layers) {
        ordered_json json;
        json["layers"] = list(layers);
        json["bits"] = weight_bits(format_);
        json["floats"] = floats_.size();
        const auto floats = std::as_bytes(std::span(floats_));
        rows_.insert(rows_.begin(), floats.begin(), floats.end());
        json["weights"] = base64(gzip_compressed(rows_));
        return json;
    }

  private:
    ordered_json list(std::span<const InferenceLayer> layers) {
        auto json = ordered_json::array();
        for (const InferenceLayer& layer : layers) {
            for (const WeightedSums& sums : layer.sums) append(sums);
            ordered_json described = std::visit([&](const auto& kind) { return describe(kind, layer); }, layer.kind);
            if (described.is_null()) continue;
            described["input"] = extents(layer.input);
            described["output"] = extents(layer.output);
            json.push_back(std::move(described));
        }
        return json;
    }

    void append(const WeightedSums& sums) {
        for (std::size_t i = 0; i < sums.outputs(); ++i) {
            const RoundedRow row = round_row(sums.row(i), format_);
            rows_.insert(rows_.end(), row.bytes.begin(), row.bytes.end());
            floats_.push_back(static_cast<float>(row.scale * sums.factors[i]));
        }
        floats_.insert(floats_.end(), sums.biases.begin(), sums.biases.end());
    }

    template <class Window>
    static ordered_json window(const Window& kind) {
        ordered_json json = {{"kind", kind.kName}, {"kernel", kind.kernel}, {"stride", kind.stride}};
        if constexpr (requires { kind.padding; }) json["padding"] = kind.padding;
        return json;
    }

    static ordered_json describe(const DenseSpec& dense, const InferenceLayer&) { return {{"kind", dense.kName}}; }
    static ordered_json describe(const Conv2dSpec& conv, const InferenceLayer&) { return window(conv); }
    static ordered_json describe(const DepthwiseConv2dSpec& conv, const InferenceLayer&) { return window(conv); }

    static ordered_json describe(const SqueezeExcitationSpec& squeeze, const InferenceLayer&) {
        return {{"kind", squeeze.kName}, {"squeeze_channels", squeeze.squeeze_channels}};
    }

    ordered_json describe(const BatchNormSpec& norm, const InferenceLayer& layer) {
        const ScaleShift alone = scale_shift(norm, layer.norm);
        floats_.insert(floats_.end(), alone.factors.begin(), alone.factors.end());
        floats_.insert(floats_.end(), alone.shifts.begin(), alone.shifts.end());
        return {{"kind", "scale_shift"}};
    }

    static ordered_json describe(const ActivationSpec& activation, const InferenceLayer&) {
        ordered_json json = {{"kind", name_of(activation.kind)}};
        const auto add_parameters = [&]<class Kind>(const Kind& kind) {
            for (const auto& key : keys_of<Kind>())
                for_each_number(key, kind, [&](double number) { json[key.name] = number; });
        };
        std::visit(add_parameters, activation.kind);
        return json;
    }

    static ordered_json describe(const MaxPool2dSpec& pool, const InferenceLayer&) { return window(pool); }
    static ordered_json describe(const AvgPool2dSpec& pool, const InferenceLayer&) { return window(pool); }
    static ordered_json describe(const GlobalAvgPoolSpec& pool, const InferenceLayer&) {
        return {{"kind", pool.kName}};
    }

    ordered_json describe(const ResidualSpec& residual, const InferenceLayer& layer) {
        ordered_json json = {{"kind", residual.kName}};
        json["body"] = list(layer.body);
        json["shortcut"] = list(layer.shortcut);
        return json;
    }

    // What a trained network does nothing by.
    static ordered_json describe(const DropoutSpec&, const InferenceLayer&) { return nullptr; }
    static ordered_json describe(const FlattenSpec&, const InferenceLayer&) { return nullptr; }

    WeightFormat format_;
    std::vector<float> floats_;
    std::vector<std::byte> rows_;
};

}  // namespace

ordered_json page_network(const Model& model, WeightFormat format) {
    return Writer(format).network(inference_layers(model, Norms::kFolded));
}

}  // namespace inkling
