#pragma once

#include <string>
#include <vector>

#include "core/config.h"
#include "nn/spec.h"

namespace inkling {

/// The families' names: "mlp", "cnn".
std::vector<std::string> family_names();

/// The layers of the family that [network] names, from its keys:
/// - mlp: flatten, and for each of `hidden` dense, batch norm, activation, dropout;
/// - cnn: for each of `filters` a block of convolutions, each with batch norm and activation, and a pool; dropout;
///   flatten or global average pool; for each of `dense` dense, batch norm, activation, dropout.
/// Parts that are switched off are left out. Throws Error (wrong usage).
std::vector<LayerSpec> read_family(Config& network);

/// The keys of [network] that are for a family.
std::vector<std::string> family_keys();

/// Refuses the families' keys where [network] is a list of layers.
void refuse_family_keys(Config& network);

}  // namespace inkling
