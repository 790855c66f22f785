#include "train/transfer.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.h"

namespace inkling {
namespace {

/// "11" of "11.weight": the layer's number.
std::string layer_of(const TensorInfo& info) { return info.name.substr(0, info.name.rfind('.')); }

/// The layer that makes the logits is the last to have parameters; biases of one layer stand behind all weights.
std::string last_layer(const std::vector<TensorInfo>& infos) {
    const auto later = [](const TensorInfo& a, const TensorInfo& b) {
        const std::string left = layer_of(a);
        const std::string right = layer_of(b);
        return left.size() != right.size() ? left.size() < right.size() : left < right;
    };
    return layer_of(*std::max_element(infos.begin(), infos.end(), later));
}

void copy_tensors(const std::vector<TensorInfo>& to_infos, std::span<float> to,
                  const std::vector<TensorInfo>& from_infos, std::span<const float> from, const std::string& may_differ,
                  const std::string& source) {
    for (const TensorInfo& info : to_infos) {
        const auto same = std::find_if(from_infos.begin(), from_infos.end(), [&](const TensorInfo& other) {
            return other.name == info.name && other.shape == info.shape;
        });
        if (same != from_infos.end())
            std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(same->offset), info.size,
                        to.begin() + static_cast<std::ptrdiff_t>(info.offset));
        else if (layer_of(info) != may_differ)
            throw wrong_usage("{}: no tensor {} of shape {}, expected the same network but for its last layer", source,
                              info.name, fmt::join(info.shape, "x"));
    }
}

}  // namespace

std::filesystem::path weights_file(const std::filesystem::path& path) {
    return std::filesystem::is_directory(path) ? path / "model.safetensors" : path;
}

void start_from(Network& network, const Model& model, const std::string& source) {
    const Network trained(model.recipe.network, model.classes(), 1, Network::Mode::kInfer);
    const std::string last = last_layer(network.parameter_infos());
    copy_tensors(network.parameter_infos(), network.parameters(), trained.parameter_infos(), model.parameters, last,
                 source);
    copy_tensors(network.statistics_infos(), network.statistics(), trained.statistics_infos(), model.statistics, last,
                 source);
    network.parameters_changed();
}

}  // namespace inkling
