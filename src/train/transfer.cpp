#include "train/transfer.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.h"

namespace inkling {
namespace {

/// Copies every tensor of equal name and shape. The output layer may differ.
void copy_tensors(const std::vector<TensorInfo>& to_infos, std::span<float> to,
                  const std::vector<TensorInfo>& from_infos, std::span<const float> from, const std::string& source) {
    for (const TensorInfo& info : to_infos) {
        const auto same = std::find_if(from_infos.begin(), from_infos.end(), [&](const TensorInfo& other) {
            return other.name == info.name && other.shape == info.shape;
        });
        if (same != from_infos.end())
            std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(same->offset), info.size,
                        to.begin() + static_cast<std::ptrdiff_t>(info.offset));
        else if (!info.is_output)
            throw wrong_usage("{}: no tensor {} of shape {}, expected the same network but for its output layer",
                              source, info.name, fmt::join(info.shape, "x"));
    }
}

}  // namespace

std::filesystem::path weights_file(const std::filesystem::path& path) {
    return std::filesystem::is_directory(path) ? path / "model.safetensors" : path;
}

void start_from(Network& network, const Model& model, const std::string& source) {
    const ParameterLayout trained = parameter_layout(model.recipe.network, model.classes());
    const ParameterLayout& own = network.layout();
    copy_tensors(own.parameters, network.parameters(), trained.parameters, model.parameters, source);
    copy_tensors(own.statistics, network.statistics(), trained.statistics, model.statistics, source);
    network.parameters_changed();
}

}  // namespace inkling
