#pragma once

#include <filesystem>
#include <string>

#include "train/model.h"

namespace inkling {

/// What a state dict does not say of its network.
struct StateDictContext {
    Recipe recipe;
    std::string split = {};       // an official one, whose classes it reads; empty: classes are named by their numbers
    Normalization normalization;  // that images of 0 to 1 got before it: mean 0 and deviation 1 for none
};

/// Reads a PyTorch state dict, as safetensors, of the recipe's network: tensors under PyTorch's names, whatever they
/// all begin with ("module.", "model."). Batch norm's counts are passed over; the output layer's tensor says how many
/// classes there are. Throws Error (bad data) where a tensor is missing, has another shape or no place in the network,
/// or a value is not finite, (wrong usage) for a split that is not official.
Model import_state_dict(const std::filesystem::path& path, const StateDictContext& context);

}  // namespace inkling
