#pragma once

#include <filesystem>
#include <string>

#include "nn/network.h"
#include "train/model.h"

namespace inkling {

/// The file of weights that a path names: a run's model.safetensors, or the file itself.
std::filesystem::path weights_file(const std::filesystem::path& path);

/// Puts a trained model's weights and running statistics into an initialised network: every tensor of equal name and
/// shape. The output layer may differ, as it does where the classes do, and then keeps its initial values. Throws Error
/// (wrong usage) naming the first tensor that else differs; `source` names the model.
void start_from(Network& network, const Model& model, const std::string& source);

}  // namespace inkling
