#pragma once

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <vector>

#include "core/random.h"
#include "nn/network.h"
#include "random_values.h"

namespace inkling {

inline std::vector<std::int32_t> random_labels(std::size_t count, int classes, std::uint64_t seed) {
    RandomStream random(seed, Purpose::kBenchmark);
    std::vector<std::int32_t> labels(count);
    for (std::int32_t& label : labels) label = static_cast<std::int32_t>(random.below(classes));
    return labels;
}

/// Layers one after another.
inline NetworkSpec network_of(Shape input, std::initializer_list<LayerSpec::Kind> kinds) {
    NetworkSpec spec{.input = input, .layers = {}};
    for (const LayerSpec::Kind& kind : kinds) spec.layers.push_back({kind});
    return spec;
}

// Smooth activations: at a kink, rounding alone would decide between two gradients.
inline constexpr ActivationSpec kTanh{activation::Tanh{}};
inline constexpr ActivationSpec kGelu{activation::Gelu{}};

/// A network whose every parameter and statistic is drawn anew: weights of ordinary size, batch norms that are not the
/// identity, biases that are not zero. What is drawn does not depend on batch size and mode.
inline Network random_network(const NetworkSpec& spec, int classes, int batch_size, Network::Mode mode,
                              std::uint64_t seed = 1, Precision precision = Precision::kFloat32) {
    Network network(spec, classes, batch_size, mode, precision);
    for (const TensorInfo& info : network.layout().parameters) {
        const float fan_in = static_cast<float>(info.size) / static_cast<float>(info.shape[0]);
        const float bound = info.shape.size() > 1 ? std::sqrt(3 / fan_in) : 1.0f;
        const auto values = random_values(info.size, seed++, -bound, bound);
        std::copy(values.begin(), values.end(), network.parameters().begin() + info.offset);
    }
    for (const TensorInfo& info : network.layout().statistics) {
        const auto values = random_values(info.size, seed++, 0.5f, 1.5f);
        std::copy(values.begin(), values.end(), network.statistics().begin() + info.offset);
    }
    network.parameters_changed();
    return network;
}

/// Puts values into the network's input, as many as it takes.
inline void set_input(Network& network, std::span<const float> values) {
    std::copy_n(values.begin(), network.input().size(), network.input().begin());
}

/// The values now in a span, to compare with later ones.
inline std::vector<float> copy(std::span<const float> values) { return {values.begin(), values.end()}; }

}  // namespace inkling
