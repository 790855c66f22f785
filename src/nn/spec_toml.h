#pragma once

#include <string>
#include <vector>

#include "core/config.h"
#include "nn/spec.h"

namespace inkling {

/// Reads the section [network]: a family with its techniques (family = "mlp" or "cnn") or a list of layers
/// (network.layers). Every key and shape is checked; throws Error (wrong usage) with the place. recipes/README.md lists
/// the keys.
NetworkSpec read_network(Config& network);

/// The keys of the section [network].
std::vector<std::string> network_keys();

/// The section [network] as a list of layers with every value; read_network() of it gives the same network.
std::string to_toml(const NetworkSpec& spec);

}  // namespace inkling
