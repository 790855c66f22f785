#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "fixtures.h"
#include "kind_fixtures.h"
#include "nn/network.h"

namespace inkling {

/// The layers of a fixture that tools/make_layer_fixtures.py wrote.
inline std::vector<LayerSpec> fixture_layers(const nlohmann::json& layers);

inline LayerSpec fixture_layer(const nlohmann::json& layer) {
    const std::string type = layer.at("type");
    if (type == "residual") return {ResidualSpec{fixture_layers(layer.at("body"))}};
    if (kinds_missing_in<Activation>({type}).size() < std::variant_size_v<Activation>)
        return {ActivationSpec{fixture_kind<Activation>(type, layer)}};
    return {fixture_kind<LayerSpec::Kind>(type, layer)};
}

inline std::vector<LayerSpec> fixture_layers(const nlohmann::json& layers) {
    std::vector<LayerSpec> result;
    for (const auto& layer : layers) result.push_back(fixture_layer(layer));
    return result;
}

inline NetworkSpec fixture_spec(const nlohmann::json& fixture) {
    const auto& shape = fixture.at("input_shape");
    return {.input = {shape[0], shape[1], shape[2]}, .layers = fixture_layers(fixture.at("layers"))};
}

/// The part of parameters(), gradients() or statistics() that `info` describes.
template <class T>
std::span<T> tensor(std::span<T> block, const TensorInfo& info) {
    return block.subspan(info.offset, info.size);
}

/// Copies a fixture's tensors into parameters or statistics, and expects them to be the same ones, of the same shapes.
inline void set_tensors(std::span<float> block, const std::vector<TensorInfo>& infos, const nlohmann::json& fixture) {
    ASSERT_EQ(infos.size(), fixture.size());
    for (const TensorInfo& info : infos) {
        ASSERT_TRUE(fixture.contains(info.name)) << info.name;
        EXPECT_EQ(info.shape, fixture.at(info.name).at("shape").get<std::vector<int>>()) << info.name;
        const std::vector<float> values = floats(fixture.at(info.name).at("values"));
        ASSERT_EQ(values.size(), info.size) << info.name;
        std::copy(values.begin(), values.end(), tensor(block, info).begin());
    }
}

/// A network with the fixture's parameters and statistics.
inline Network fixture_network(const nlohmann::json& fixture, int classes, Network::Mode mode) {
    Network network(fixture_spec(fixture), classes, fixture.at("batch_size"), mode);
    set_tensors(network.parameters(), network.layout().parameters, fixture.at("parameters"));
    set_tensors(network.statistics(), network.layout().statistics, fixture.at("statistics"));
    network.parameters_changed();
    return network;
}

/// Expects each tensor to be the fixture's one of the same name. A tensor that is zero but for rounding, for instance
/// the gradient of a bias in front of a batch norm, is measured by the largest value of the whole block.
inline void expect_close_tensors(std::span<const float> block, const std::vector<TensorInfo>& infos,
                                 const nlohmann::json& fixture, double tolerance) {
    double largest = 0;
    for (const auto& values : fixture) largest = std::max(largest, largest_magnitude<float>(floats(values)));
    for (const TensorInfo& info : infos) {
        const std::vector<float> expected = floats(fixture.at(info.name));
        const double own = largest_magnitude<float>(expected);
        EXPECT_TRUE(close(tensor(block, info), expected, tolerance, own < 1e-6 * largest ? largest : own)) << info.name;
    }
}

}  // namespace inkling
