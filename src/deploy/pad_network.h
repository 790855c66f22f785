#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "data/dataset.h"
#include "deploy/rounded_weights.h"
#include "train/model.h"

namespace inkling {

/// A network for the pad - a surface to write on, and what networks read there - and how the pad calls it.
struct PadNetwork {
    Model model;
    std::string name;  // empty: its recipe's
    WeightFormat format = WeightFormat::kInt8;
    std::optional<double> accuracy = {};  // on its test part, with the weights that the pad has
};

/// What smaller weights may cost before larger ones are taken, as a share of the test images.
inline constexpr double kMostLost = 0.0005;

/// The network with weights of 8 bits or, where `test` is read by more than kMostLost worse than `accuracy` with those,
/// of 16; its accuracy is measured. `on_progress` hears as evaluate()'s does.
PadNetwork smallest_pad_network(const Model& model, std::string name, double accuracy, const Dataset& test,
                                const std::function<void(std::size_t)>& on_progress = {});

/// What the pad knows of a network: its layers, weights, classes, sets, strangeness. Throws Error (bad data) where it
/// reads other images than EMNIST's.
nlohmann::ordered_json to_json(const PadNetwork& network);

}  // namespace inkling
