#include "nn/spec_toml.h"

#include <algorithm>

#include "core/config_keys.h"
#include "nn/families.h"

namespace inkling {
namespace {

constexpr std::size_t kMaxLayers = 1024;
constexpr int kMaxDepth = 8;

std::vector<LayerSpec> read_layers(Config& config, std::size_t& room, int depth);

// What a layer takes from other keys where its own are lacking.
void set_defaults(Config& config, Conv2dSpec& conv) {
    conv.padding = static_cast<int>(config.integer("kernel", conv.kernel, kKernelRange)) / 2;
}
void set_defaults(Config& config, DepthwiseConv2dSpec& conv) {
    conv.padding = static_cast<int>(config.integer("kernel", conv.kernel, kKernelRange)) / 2;
}
void set_defaults(Config& config, MaxPool2dSpec& pool) {
    pool.stride = static_cast<int>(config.integer("kernel", pool.kernel, kKernelRange));
}
void set_defaults(Config& config, AvgPool2dSpec& pool) {
    pool.stride = static_cast<int>(config.integer("kernel", pool.kernel, kKernelRange));
}
template <class Layer>
void set_defaults(Config&, Layer&) {}

template <class Layer>
void read_layer(Config& config, Layer& layer, std::size_t&, int) {
    set_defaults(config, layer);
    read_keys(config, keys_of<Layer>(), layer);
}

void read_layer(Config& config, ActivationSpec& layer, std::size_t&, int) {
    config.require("kind");
    layer.kind = choose_kind(config, "kind", layer.kind);
    read_kind(config, "kind", layer.kind);
}

void read_layer(Config& config, ResidualSpec& layer, std::size_t& room, int depth) {
    if (depth == kMaxDepth) throw config.error("layers", fmt::format("nests deeper than {} residuals", kMaxDepth));
    config.require("layers");
    layer.body = read_layers(config, room, depth + 1);
    read_keys(config, keys_of<ResidualSpec>(), layer);
}

LayerSpec read_layer(Config& config, std::size_t& room, int depth) {
    // An activation is written by its own name, or as "activation" with a `kind`.
    std::vector<std::string> types = kind_names<LayerSpec::Kind>();
    const std::size_t layer_types = types.size();
    const std::vector<std::string> activations = kind_names<Activation>();
    types.insert(types.end(), activations.begin(), activations.end());
    if (!config.has("type")) throw config.error("type", fmt::format("is missing, one of {}", fmt::join(types, ", ")));

    const std::size_t type = config.choice("type", 0, types);
    LayerSpec layer{{}, config.origin()};
    if (type < layer_types) {
        layer.kind = kind_at<LayerSpec::Kind>(type);
        std::visit([&](auto& kind) { read_layer(config, kind, room, depth); }, layer.kind);
    } else {
        auto activation = kind_at<Activation>(type - layer_types);
        read_kind(config, "type", activation);
        layer.kind = ActivationSpec{activation};
    }
    config.finish();
    return layer;
}

std::vector<LayerSpec> read_layers(Config& config, std::size_t& room, int depth) {
    std::vector<Config> tables = config.tables("layers", room);
    room -= tables.size();
    std::vector<LayerSpec> layers;
    layers.reserve(tables.size());
    for (Config& table : tables) layers.push_back(read_layer(table, room, depth));
    return layers;
}

Shape read_input(Config& network) {
    const Shape usual = NetworkSpec().input;
    const std::vector<int> extents =
        network.integers("input", {usual.channels, usual.height, usual.width}, kFeatureRange, 3);
    if (extents.size() != 3) throw network.error("input", "is too short, expected [channels, height, width]");
    return {extents[0], extents[1], extents[2]};
}

Initialization read_initialization(Config& network) {
    std::vector<std::string> names;
    for (int i = 0; i <= static_cast<int>(Initialization::kWhitened); ++i)
        names.emplace_back(initialization_name(static_cast<Initialization>(i)));
    return static_cast<Initialization>(network.choice("initialization", 0, names));
}

void append_layers(std::string& text, const std::vector<LayerSpec>& layers, const std::string& indent);

/// The layer's keys, as they stand within its braces.
template <class Layer>
std::string layer_text(const Layer& layer, const std::string&) {
    std::vector<std::string> entries{fmt::format("type = \"{}\"", Layer::kName)};
    for (std::string& entry : write_keys(keys_of<Layer>(), layer)) entries.push_back(std::move(entry));
    return fmt::format("{}", fmt::join(entries, ", "));
}

std::string layer_text(const ActivationSpec& layer, const std::string&) {
    std::vector<std::string> entries{fmt::format("type = \"{}\"", name_of(layer.kind))};
    for (std::string& entry : write_kind(layer.kind)) entries.push_back(std::move(entry));
    return fmt::format("{}", fmt::join(entries, ", "));
}

std::string layer_text(const ResidualSpec& layer, const std::string& indent) {
    std::string text =
        fmt::format("type = \"residual\", {}, layers = ", fmt::join(write_keys(keys_of<ResidualSpec>(), layer), ", "));
    append_layers(text, layer.body, indent);
    return text;
}

void append_layers(std::string& text, const std::vector<LayerSpec>& layers, const std::string& indent) {
    const std::string inner = indent + "    ";
    text += "[\n";
    for (const LayerSpec& layer : layers) {
        const auto write = [&](const auto& kind) { return layer_text(kind, inner); };
        text += fmt::format("{}{{ {} }},\n", inner, std::visit(write, layer.kind));
    }
    text += indent + "]";
}

}  // namespace

NetworkSpec read_network(Config& network) {
    NetworkSpec spec;
    spec.input = read_input(network);
    spec.initialization = read_initialization(network);
    const bool layers_replace_family = network.overridden("layers") && !network.overridden("family");
    if (network.has("layers") && (!network.has("family") || layers_replace_family)) {
        refuse_family_keys(network);
        std::size_t room = kMaxLayers;
        spec.layers = read_layers(network, room, 0);
    } else if (network.has("family")) {
        spec.layers = read_family(network);
    } else {
        throw network.error("family", fmt::format("is missing: one of {}, or a list of layers under network.layers",
                                                  fmt::join(family_names(), ", ")));
    }
    network.finish();
    // With the smallest output layer; data tell the number of classes later.
    complete_layers(spec, 1);
    return spec;
}

std::vector<std::string> network_keys() {
    std::vector<std::string> keys{"input", "initialization", "layers"};
    for (std::string& key : family_keys()) keys.push_back(std::move(key));
    return keys;
}

std::string to_toml(const NetworkSpec& spec) {
    std::string text = "[network]\n";
    if (spec.input != NetworkSpec().input)
        text += fmt::format("input = [{}, {}, {}]\n", spec.input.channels, spec.input.height, spec.input.width);
    text += fmt::format("initialization = \"{}\"\nlayers = ", initialization_name(spec.initialization));
    append_layers(text, spec.layers, "");
    return text + "\n";
}

}  // namespace inkling
