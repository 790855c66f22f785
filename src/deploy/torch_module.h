#pragma once

#include <filesystem>
#include <string>

#include "train/model.h"

namespace inkling {

/// Writes the network as a Python file with an nn.Module of it, Network, and load(), which reads the model's
/// safetensors file. It takes images (N, channels, height, width) of floats 0 to 1, upright, ink bright on black, and
/// gives logits (N, classes); normalisation is inside. `version` is the program's. Throws Error (failed).
void save_torch_module(const std::filesystem::path& path, const Model& model, const std::string& version);

}  // namespace inkling
