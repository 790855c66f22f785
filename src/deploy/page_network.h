#pragma once

#include <nlohmann/json_fwd.hpp>

#include "deploy/rounded_weights.h"
#include "train/model.h"

namespace inkling {

/// A trained network as the pad's script runs it (page/network.js): "layers" with their shapes, without dropout and
/// flatten, batch norm worked into the layer before it where that multiplies by weights, else as "scale_shift"; and
/// "weights", all numbers in the order in which the layers read them, gzipped, in base64: first "floats" little-endian
/// floats - of each output of a layer its row's scale, then of each its bias - and then the rows in the format.
nlohmann::ordered_json page_network(const Model& model, WeightFormat format);

}  // namespace inkling
