#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "nn/network.h"
#include "train/conformal.h"
#include "train/recipe.h"
#include "train/strangeness.h"

namespace inkling {

/// A trained network as a value, with all that is needed to use it: what model.safetensors holds.
struct Model {
    Recipe recipe;      // its network.input is the images' shape
    std::string split;  // that it learned from
    std::vector<std::string> class_names;
    Normalization normalization;           // of the images that it learned from
    std::vector<double> shares = {};       // of the classes among them
    std::vector<double> prior = {};        // the shares that it assumes; both empty where an older file does not say
    double temperature = 1;                // by which its logits were divided to calibrate it
    std::vector<ConformalSets> sets = {};  // where it was calibrated; of what it assumes now
    std::optional<Strangeness> strangeness = {};  // likewise
    std::vector<float> parameters;                // as Network lays them out
    std::vector<float> statistics;

    int classes() const { return static_cast<int>(class_names.size()); }
};

/// Writes the model as safetensors: tensors under PyTorch's names, all else in the metadata. The same model gives the
/// same bytes. Throws Error (failed).
void save_model(const std::filesystem::path& path, const Model& model);

/// Reads what save_model() wrote. Throws Error (bad data).
Model load_model(const std::filesystem::path& path);

/// The model compiled to run, for a batch of so many images.
Network make_network(const Model& model, int batch_size, Network::Mode mode = Network::Mode::kInfer,
                     const Sharing& sharing = {});

}  // namespace inkling
