#include "deploy/onnx/onnx_file.h"

#include <onnx/onnx_pb.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <numbers>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "deploy/inference_layers.h"

namespace inkling {
namespace {

using nlohmann::json;

// What runtimes of 2022 and later read.
constexpr int kOpset = 17;
constexpr int kIrVersion = 8;
constexpr std::size_t kMostBytes = std::size_t{2'000'000'000};  // protobuf's messages end at 2 GiB

using Extents = std::vector<std::int64_t>;

Extents square(int extent) { return {extent, extent}; }

struct Attribute {
    const char* name;
    std::variant<std::int64_t, float, Extents> value;
};

void put(onnx::AttributeProto& to, std::int64_t value) {
    to.set_type(onnx::AttributeProto::INT);
    to.set_i(value);
}

void put(onnx::AttributeProto& to, float value) {
    to.set_type(onnx::AttributeProto::FLOAT);
    to.set_f(value);
}

void put(onnx::AttributeProto& to, const Extents& values) {
    to.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) to.add_ints(value);
}

/// What a node makes: (N, channels, height, width), or (N, features) behind a flatten.
struct Value {
    std::string name;
    bool flat = false;
    std::optional<ByteGrid> grid = {};  // that it was rounded to
};

class GraphWriter {
  public:
    explicit GraphWriter(onnx::GraphProto& graph) : graph_(graph) {}

    /// The normalised images.
    Value normalized(const Normalization& normalization, bool bytes) {
        std::string image = "image";
        if (bytes) {
            image = node("Cast", "image.float", {image}, {{"to", std::int64_t{onnx::TensorProto::FLOAT}}});
            image = node("Div", "image.share", {image, scalar("image.largest", 255)});
        }
        image = node("Sub", "image.centred", {image, scalar("image.mean", normalization.mean)});
        return {node("Div", "image.normalized", {image, scalar("image.deviation", normalization.deviation)})};
    }

    Value sequence(std::span<const InferenceLayer> layers, Value value) {
        for (const InferenceLayer& layer : layers) {
            value = std::visit([&](const auto& kind) { return add(kind, layer, value); }, layer.kind);
            if (layer.grid && !value.grid) value = rounded(value, *layer.grid);
        }
        return value;
    }

    /// A value that is kept in bytes.
    Value rounded(const Value& value, const ByteGrid& grid) {
        const std::string scale = scalar(value.name + ".scale", grid.scale);
        const std::string zero = numbers(value.name + ".zero", {}, std::span(&grid.zero, 1));
        const std::string bytes = node("QuantizeLinear", value.name + ".bytes", {value.name, scale, zero});
        return {node("DequantizeLinear", value.name + ".rounded", {bytes, scale, zero}), value.flat, grid};
    }

    /// Adds a node and gives the name of what it makes.
    std::string node(const char* operation, const std::string& output, std::initializer_list<std::string> inputs,
                     std::initializer_list<Attribute> attributes = {}) {
        onnx::NodeProto& node = *graph_.add_node();
        node.set_op_type(operation);
        node.set_name(output);
        for (const std::string& input : inputs)
            if (!input.empty()) node.add_input(input);
        node.add_output(output);
        for (const Attribute& attribute : attributes) {
            onnx::AttributeProto& to = *node.add_attribute();
            to.set_name(attribute.name);
            std::visit([&](const auto& value) { put(to, value); }, attribute.value);
        }
        return output;
    }

  private:
    static int data_type(float) { return onnx::TensorProto::FLOAT; }
    static int data_type(std::int8_t) { return onnx::TensorProto::INT8; }
    static int data_type(std::uint8_t) { return onnx::TensorProto::UINT8; }
    static int data_type(std::int32_t) { return onnx::TensorProto::INT32; }
    static int data_type(std::int64_t) { return onnx::TensorProto::INT64; }

    template <class Number>
    std::string numbers(const std::string& name, const Extents& extents, std::span<const Number> values) {
        static_assert(std::endian::native == std::endian::little);
        onnx::TensorProto& tensor = *graph_.add_initializer();
        tensor.set_name(name);
        tensor.set_data_type(data_type(Number{}));
        for (const std::int64_t extent : extents) tensor.add_dims(extent);
        tensor.set_raw_data(values.data(), values.size_bytes());
        return name;
    }

    std::string scalar(const std::string& name, float value) {
        return numbers(name, {}, std::span<const float>(&value, 1));
    }

    template <class Number>
    std::string channels(const std::string& name, const std::vector<Number>& values) {
        return numbers(name, {std::ssize(values)}, std::span(values));
    }

    std::string channels(const std::string& name, std::span<const float> values) {
        return numbers(name, {std::ssize(values)}, values);
    }

    /// The names of a product's weights and, where it has any, biases.
    struct Factors {
        std::string weights;
        std::string biases;
    };

    /// What is multiplied with rounded values is whole numbers.
    Factors factors(const WeightedSums& sums, const Extents& extents, const Value& input) {
        if (input.grid) return whole_factors(sums, extents, *input.grid);
        std::vector<float> weights;
        weights.reserve(sums.weights.size());
        for (std::size_t i = 0; i < sums.outputs(); ++i)
            for (const float weight : sums.row(i)) weights.push_back(static_cast<float>(weight * sums.factors[i]));
        return {numbers(sums.name + ".weight", extents, std::span<const float>(weights)),
                sums.has_bias ? channels(sums.name + ".bias", sums.biases) : std::string()};
    }

    Factors whole_factors(const WeightedSums& sums, const Extents& extents, const ByteGrid& input) {
        std::vector<float> scales;
        std::vector<float> steps;  // of the sums
        std::vector<std::int32_t> biases;
        for (std::size_t i = 0; i < sums.outputs(); ++i) {
            scales.push_back(static_cast<float>(sums.factors[i]));
            steps.push_back(scales.back() * input.scale);
            biases.push_back(static_cast<std::int32_t>(std::lround(sums.biases[i] / (sums.factors[i] * input.scale))));
        }
        const std::vector<std::int8_t> weights(sums.weights.begin(), sums.weights.end());
        const std::vector<std::int8_t> zeros(sums.outputs());
        const std::string weight = sums.name + ".weight";
        const std::string bias = sums.name + ".bias";
        Factors factors;
        factors.weights = node("DequantizeLinear", weight,
                               {numbers(weight + ".bytes", extents, std::span(weights)),
                                channels(weight + ".scale", scales), channels(weight + ".zero", zeros)},
                               {{"axis", std::int64_t{0}}});
        if (sums.has_bias)
            factors.biases =
                node("DequantizeLinear", bias, {channels(bias + ".whole", biases), channels(bias + ".scale", steps)},
                     {{"axis", std::int64_t{0}}});
        return factors;
    }

    Value flattened(const Value& value) {
        if (value.flat) return value;
        const Value flat = {node("Flatten", value.name + ".flat", {value.name}, {{"axis", std::int64_t{1}}}), true};
        return value.grid ? rounded(flat, *value.grid) : flat;
    }

    std::string product(const WeightedSums& sums, const std::string& output, const Value& input) {
        const auto outputs = static_cast<std::int64_t>(sums.outputs());
        const auto inputs = static_cast<std::int64_t>(sums.weights.size()) / outputs;
        const Factors by = factors(sums, {outputs, inputs}, input);
        return node("Gemm", output, {input.name, by.weights, by.biases}, {{"transB", std::int64_t{1}}});
    }

    Value add(const DenseSpec&, const InferenceLayer& layer, const Value& value) {
        return {product(layer.sums[0], layer.name, flattened(value)), true};
    }

    template <class Convolution>
    Value convolution(const Convolution& conv, const InferenceLayer& layer, const Value& value, int groups) {
        const Extents filters = {layer.output.channels, layer.input.channels / groups, conv.kernel, conv.kernel};
        const Factors by = factors(layer.sums[0], filters, value);
        const auto padding = static_cast<std::int64_t>(conv.padding);
        return {node("Conv", layer.name, {value.name, by.weights, by.biases},
                     {{"kernel_shape", square(conv.kernel)},
                      {"strides", square(conv.stride)},
                      {"pads", Extents{padding, padding, padding, padding}},
                      {"group", std::int64_t{groups}}})};
    }

    Value add(const Conv2dSpec& conv, const InferenceLayer& layer, const Value& value) {
        return convolution(conv, layer, value, 1);
    }

    Value add(const DepthwiseConv2dSpec& conv, const InferenceLayer& layer, const Value& value) {
        return convolution(conv, layer, value, layer.input.channels);
    }

    /// The gates come of vectors, as images of one pixel where they scale images, and in floats in a quantized network.
    Value add(const SqueezeExcitationSpec&, const InferenceLayer& layer, const Value& value) {
        Value means{value.name, true};
        if (!value.flat) means = flattened({node("GlobalAveragePool", layer.name + ".means", {value.name})});
        std::string gates = node("Relu", layer.name + ".relu", {product(layer.sums[0], layer.sums[0].name, means)});
        gates = product(layer.sums[1], layer.sums[1].name, {gates, true});
        gates = node("Sigmoid", layer.name + ".gates", {gates});
        if (!value.flat)
            gates = node("Unsqueeze", layer.name + ".planes", {gates, channels(layer.name + ".axes", Extents{2, 3})});
        return {node("Mul", layer.name, {value.name, gates}), value.flat};
    }

    Value add(const BatchNormSpec& norm, const InferenceLayer& layer, const Value& value) {
        const NormTensors& from = layer.norm;
        return {node("BatchNormalization", layer.name,
                     {value.name, channels(layer.name + ".weight", from.weight),
                      channels(layer.name + ".bias", from.bias), channels(layer.name + ".running_mean", from.mean),
                      channels(layer.name + ".running_var", from.variance)},
                     {{"epsilon", norm.eps}}),
                value.flat};
    }

    Value add(const ActivationSpec& activation, const InferenceLayer& layer, const Value& value) {
        return {std::visit([&](const auto& kind) { return activate(kind, layer.name, value.name); }, activation.kind),
                value.flat};
    }

    // Names and meanings as in kernels/activation.h.
    std::string activate(const activation::Relu&, const std::string& to, const std::string& x) {
        return node("Relu", to, {x});
    }
    std::string activate(const activation::LeakyRelu& kind, const std::string& to, const std::string& x) {
        return node("LeakyRelu", to, {x}, {{"alpha", kind.alpha}});
    }
    std::string activate(const activation::Elu& kind, const std::string& to, const std::string& x) {
        return node("Elu", to, {x}, {{"alpha", kind.alpha}});
    }
    std::string activate(const activation::Selu& kind, const std::string& to, const std::string& x) {
        return node("Selu", to, {x},
                    {{"alpha", static_cast<float>(kind.kAlpha)}, {"gamma", static_cast<float>(kind.kScale)}});
    }
    // ONNX has it from opset 20 on.
    std::string activate(const activation::Gelu&, const std::string& to, const std::string& x) {
        const std::string scaled = node("Div", to + ".scaled", {x, scalar(to + ".root", std::numbers::sqrt2_v<float>)});
        const std::string error = node("Erf", to + ".erf", {scaled});
        const std::string twice = node("Add", to + ".twice", {error, scalar(to + ".one", 1)});
        return node("Mul", to, {x, node("Mul", to + ".below", {twice, scalar(to + ".half", 0.5f)})});
    }
    std::string activate(const activation::Silu&, const std::string& to, const std::string& x) {
        return node("Mul", to, {x, node("Sigmoid", to + ".gate", {x})});
    }
    // ONNX has it from opset 18 on.
    std::string activate(const activation::Mish&, const std::string& to, const std::string& x) {
        return node("Mul", to, {x, node("Tanh", to + ".gate", {node("Softplus", to + ".softplus", {x})})});
    }
    std::string activate(const activation::Tanh&, const std::string& to, const std::string& x) {
        return node("Tanh", to, {x});
    }
    std::string activate(const activation::Sigmoid&, const std::string& to, const std::string& x) {
        return node("Sigmoid", to, {x});
    }
    std::string activate(const activation::HardSwish&, const std::string& to, const std::string& x) {
        return node("HardSwish", to, {x});
    }
    std::string activate(const activation::Softplus&, const std::string& to, const std::string& x) {
        return node("Softplus", to, {x});
    }

    // A vector is an image of one pixel, which pools leave as it is.
    Value add(const MaxPool2dSpec& pool, const InferenceLayer& layer, const Value& value) {
        return value.flat ? value : Value{window("MaxPool", pool, layer, value)};
    }
    Value add(const AvgPool2dSpec& pool, const InferenceLayer& layer, const Value& value) {
        return value.flat ? value : Value{window("AveragePool", pool, layer, value)};
    }
    Value add(const GlobalAvgPoolSpec&, const InferenceLayer& layer, const Value& value) {
        return value.flat ? value : Value{node("GlobalAveragePool", layer.name, {value.name})};
    }

    template <class Pool>
    std::string window(const char* operation, const Pool& pool, const InferenceLayer& layer, const Value& value) {
        return node(operation, layer.name, {value.name},
                    {{"kernel_shape", square(pool.kernel)}, {"strides", square(pool.stride)}});
    }

    static Value add(const DropoutSpec&, const InferenceLayer&, const Value& value) { return value; }
    Value add(const FlattenSpec&, const InferenceLayer&, const Value& value) { return flattened(value); }

    Value add(const ResidualSpec&, const InferenceLayer& layer, const Value& value) {
        Value body = sequence(layer.body, value);
        Value beside = sequence(layer.shortcut, value);
        if (body.flat != beside.flat) {
            body = flattened(body);
            beside = flattened(beside);
        }
        return {node("Add", layer.name, {body.name, beside.name}), body.flat};
    }

    onnx::GraphProto& graph_;
};

void describe(onnx::ValueInfoProto& info, const char* name, onnx::TensorProto::DataType type, const Extents& extents) {
    info.set_name(name);
    onnx::TypeProto::Tensor& tensor = *info.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(type);
    tensor.mutable_shape()->add_dim()->set_dim_param("N");
    for (const std::int64_t extent : extents) tensor.mutable_shape()->add_dim()->set_dim_value(extent);
}

void add_metadata(onnx::ModelProto& file, const Model& model, const OnnxOptions& options) {
    const auto add = [&](const char* key, const std::string& value) {
        onnx::StringStringEntryProto& entry = *file.add_metadata_props();
        entry.set_key(key);
        entry.set_value(value);
    };
    add("classes", json(model.class_names).dump(-1, ' ', false, json::error_handler_t::replace));
    add("split", model.split);
    add("recipe", to_toml(model.recipe));
    add("normalization", json({model.normalization.mean, model.normalization.deviation}).dump());
    add("temperature", json(model.temperature).dump());
    if (!options.card.empty()) add("card", options.card);
    if (options.quantized != nullptr)
        add("quantization", json({{"kind", "int8"}, {"calibration_images", options.quantized->calibrated_on}}).dump());
}

}  // namespace

bool has_onnx() { return true; }

void save_onnx(const std::filesystem::path& path, const Model& model, const OnnxOptions& options) {
    if (const std::size_t bytes = model.parameters.size() * sizeof(float); bytes > kMostBytes)
        throw failed("{}: the network's weights take {} bytes, and ONNX files hold up to {}", path.string(), bytes,
                     kMostBytes);
    onnx::ModelProto file;
    file.set_ir_version(kIrVersion);
    file.set_producer_name("inkling");
    file.set_producer_version(options.version);
    onnx::OperatorSetIdProto& operators = *file.add_opset_import();
    operators.set_domain("");
    operators.set_version(kOpset);
    onnx::GraphProto& graph = *file.mutable_graph();
    graph.set_name(model.recipe.name.empty() ? "inkling" : model.recipe.name);

    const Shape input = model.recipe.network.input;
    describe(*graph.add_input(), "image", options.bytes ? onnx::TensorProto::UINT8 : onnx::TensorProto::FLOAT,
             {input.channels, input.height, input.width});
    describe(*graph.add_output(), "logits", onnx::TensorProto::FLOAT, {model.classes()});
    GraphWriter writer(graph);
    const Value image = writer.normalized(model.normalization, options.bytes);
    if (options.quantized != nullptr)
        writer.sequence(options.quantized->layers, writer.rounded(image, options.quantized->image));
    else
        writer.sequence(inference_layers(model, options.fold ? Norms::kFolded : Norms::kKept), image);
    graph.mutable_node(graph.node_size() - 1)->set_output(0, "logits");
    if (options.probabilities) {
        describe(*graph.add_output(), "probabilities", onnx::TensorProto::FLOAT, {model.classes()});
        writer.node("Softmax", "probabilities", {"logits"}, {{"axis", std::int64_t{1}}});
    }
    add_metadata(file, model, options);
    std::string bytes;
    if (!file.SerializeToString(&bytes)) throw failed("{}: the network cannot be put into ONNX's form", path.string());
    write_file(path, bytes);
}

}  // namespace inkling
