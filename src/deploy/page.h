#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>

#include "deploy/rounded_weights.h"
#include "train/model.h"

namespace inkling {

/// A network for the pad, and how the page calls it.
struct PadNetwork {
    Model model;
    std::string name;  // empty: its recipe's
    WeightFormat format = WeightFormat::kInt8;
    std::optional<double> accuracy = {};  // of the network as the page has it, on `split`'s test part
};

/// What the pad - a surface to write on, and what networks read there - knows of its networks: their layers, weights,
/// classes, sets. Throws Error (bad data) where a network reads other images than EMNIST's.
nlohmann::ordered_json pad_networks(std::span<const PadNetwork> networks);

/// Writes the pad as one HTML file that works in any browser of 2023 or later, without a server or a network: nothing
/// in it asks for anything, which its Content-Security-Policy enforces, and no name becomes markup. Throws Error (bad
/// data) as pad_networks() does, (failed) where the file cannot be written.
void save_page(const std::filesystem::path& path, std::span<const PadNetwork> networks);

}  // namespace inkling
