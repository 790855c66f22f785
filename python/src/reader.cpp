#include "reader.h"

#include <algorithm>
#include <array>

#include "core/threads.h"

namespace inkling::python {
namespace {

// Networks compute all places of their batch, taken or not.
constexpr std::array<std::size_t, 4> kBatchSizes = {1, 4, 16, Reader::kMost};

}  // namespace

std::vector<float> Reader::probabilities(std::span<const std::uint8_t> images) {
    const std::size_t count = images.size() / model_.recipe.network.input.size();
    const auto classes = static_cast<std::size_t>(model_.classes());
    const Kind kind = {*std::ranges::lower_bound(kBatchSizes, count), thread_count()};
    Network network = take(kind);
    const Normalization& normalization = model_.normalization;
    std::ranges::transform(images, network.input().begin(), [&](std::uint8_t pixel) {
        return (static_cast<float>(pixel) / 255.0f - normalization.mean) / normalization.deviation;
    });
    network.forward({});
    std::vector<float> probabilities(kind.first * classes);
    network.probabilities(probabilities);
    put_back(kind, std::move(network));
    probabilities.resize(count * classes);
    return probabilities;
}

Network Reader::take(const Kind& kind) {
    {
        const std::lock_guard held(mutex_);
        if (std::vector<Network>& idle = idle_[kind]; !idle.empty()) {
            Network network = std::move(idle.back());
            idle.pop_back();
            return network;
        }
    }
    return make_network(model_, static_cast<int>(kind.first));
}

void Reader::put_back(const Kind& kind, Network network) {
    const std::lock_guard held(mutex_);
    idle_[kind].push_back(std::move(network));
}

}  // namespace inkling::python
