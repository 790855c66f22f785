#include "nn/families.h"

#include <algorithm>
#include <array>

#include "core/config_keys.h"

namespace inkling {
namespace {

constexpr std::size_t kMaxHidden = 64;
constexpr std::size_t kMaxBlocks = 16;
constexpr Range kConvolutionsRange{1, 8};
constexpr Range kSqueezeRange{0, 256};  // channels for one squeezed; 0: no squeeze and excitation

constexpr std::array kSharedKeys{"activation", "batch_norm"};  // and those of activations
constexpr std::array kMlpKeys{"hidden", "bias", "dropout"};
constexpr std::array kCnnKeys{
    "filters", "kernel",     "convolutions_per_block", "pool",          "conv_bias",         "conv_dropout", "head",
    "dense",   "dense_bias", "dense_batch_norm",       "dense_dropout", "squeeze_excitation"};

/// Layers in the order of writing, each with its place.
class Builder {
  public:
    Builder(Config& network, ActivationSpec activation) : network_(network), activation_(activation) {}

    void add(LayerSpec::Kind kind, const char* key) { layers_.push_back({std::move(kind), network_.origin(key)}); }

    void add_norm_and_activation(bool batch_norm, const char* key) {
        if (batch_norm) add(BatchNormSpec{}, key);
        add(activation_, key);
    }

    void add_dropout(double p, const char* key) {
        if (p > 0) add(DropoutSpec{static_cast<float>(p)}, key);
    }

    std::vector<LayerSpec> take() { return std::move(layers_); }

  private:
    Config& network_;
    ActivationSpec activation_;
    std::vector<LayerSpec> layers_;
};

ActivationSpec read_family_activation(Config& network) {
    ActivationSpec activation{choose_kind(network, "activation", Activation())};
    read_kind(network, "activation", activation.kind);
    return activation;
}

/// A dropout for each of `count` parts, from a list; a single number is for each, or for the last where `once`.
std::vector<double> read_dropout(Config& network, const char* key, std::size_t count, bool once) {
    if (network.is_array(key)) {
        std::vector<double> dropout = network.numbers(key, {}, kFraction, kMaxHidden);
        if (dropout.size() != count)
            throw network.error(key,
                                fmt::format("is a list of {}, expected a number or a list of {}, one for each part",
                                            dropout.size(), count));
        return dropout;
    }
    const double p = network.number(key, 0, kFraction);
    std::vector<double> dropout(count, once ? 0.0 : p);
    if (count > 0) dropout.back() = p;
    return dropout;
}

struct DensePart {
    const char* units_key;
    const char* bias_key;
    const char* norm_key;
    const char* dropout_key;
    std::vector<int> default_units;
    bool default_norm;
};

void add_dense_part(Builder& builder, Config& network, const DensePart& part) {
    const std::vector<int> units = network.integers(part.units_key, part.default_units, kFeatureRange, kMaxHidden);
    const bool bias = network.boolean(part.bias_key, true);
    const bool batch_norm = network.boolean(part.norm_key, part.default_norm);
    const std::vector<double> dropout = read_dropout(network, part.dropout_key, units.size(), false);
    for (std::size_t i = 0; i < units.size(); ++i) {
        builder.add(DenseSpec{units[i], bias}, part.units_key);
        builder.add_norm_and_activation(batch_norm, part.units_key);
        builder.add_dropout(dropout[i], part.dropout_key);
    }
}

std::vector<LayerSpec> read_mlp(Config& network) {
    Builder builder(network, read_family_activation(network));
    builder.add(FlattenSpec{}, "hidden");
    add_dense_part(builder, network, {"hidden", "bias", "batch_norm", "dropout", {512, 256, 128}, true});
    return builder.take();
}

std::vector<LayerSpec> read_cnn(Config& network) {
    Builder builder(network, read_family_activation(network));
    const std::vector<int> filters = network.integers("filters", {32, 64, 128}, kFeatureRange, kMaxBlocks);
    const int kernel = static_cast<int>(network.integer("kernel", 3, kKernelRange));
    const std::int64_t convolutions = network.integer("convolutions_per_block", 1, kConvolutionsRange);
    const std::size_t pool = network.choice("pool", 0, {"max", "avg", "none"});
    const bool bias = network.boolean("conv_bias", true);
    const bool batch_norm = network.boolean("batch_norm", true);
    const std::int64_t squeeze = network.integer("squeeze_excitation", 0, kSqueezeRange);
    const std::vector<double> dropout = read_dropout(network, "conv_dropout", filters.size(), true);
    for (std::size_t block = 0; block < filters.size(); ++block) {
        for (std::int64_t i = 0; i < convolutions; ++i) {
            builder.add(Conv2dSpec{filters[block], kernel, 1, kernel / 2, bias}, "filters");
            builder.add_norm_and_activation(batch_norm, "filters");
        }
        if (squeeze > 0)
            builder.add(SqueezeExcitationSpec{std::max(filters[block] / static_cast<int>(squeeze), 1)},
                        "squeeze_excitation");
        if (pool == 0) builder.add(MaxPool2dSpec{}, "filters");
        if (pool == 1) builder.add(AvgPool2dSpec{}, "filters");
        builder.add_dropout(dropout[block], "conv_dropout");
    }
    if (network.choice("head", 0, {"flatten", "global_average"}) == 1) builder.add(GlobalAvgPoolSpec{}, "head");
    builder.add(FlattenSpec{}, "head");
    add_dense_part(builder, network, {"dense", "dense_bias", "dense_batch_norm", "dense_dropout", {256}, false});
    return builder.take();
}

}  // namespace

std::vector<std::string> family_names() { return {"mlp", "cnn"}; }

std::vector<LayerSpec> read_family(Config& network) {
    network.refuse("layers", "family", "is a list of layers and stands in place of a family; take one of them away");
    if (network.choice("family", 0, family_names()) == 0) {
        for (const char* key : kCnnKeys) network.refuse(key, "family", "is not for the family mlp, only for cnn");
        return read_mlp(network);
    }
    for (const char* key : kMlpKeys) network.refuse(key, "family", "is not for the family cnn, only for mlp");
    return read_cnn(network);
}

std::vector<std::string> family_keys() {
    std::vector<std::string> keys{"family"};
    keys.insert(keys.end(), kSharedKeys.begin(), kSharedKeys.end());
    for (std::string& key : key_names<Activation>()) keys.push_back(std::move(key));
    keys.insert(keys.end(), kMlpKeys.begin(), kMlpKeys.end());
    keys.insert(keys.end(), kCnnKeys.begin(), kCnnKeys.end());
    return keys;
}

void refuse_family_keys(Config& network) {
    for (const std::string& key : family_keys())
        network.refuse(key, "layers", "is for a family, not for a list of layers");
}

}  // namespace inkling
