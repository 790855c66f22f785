#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "deploy/rounded_weights.h"
#include "train/model.h"

namespace inkling {

enum class CodeLanguage { kC99, kCpp17 };

/// What the code of a network takes of a machine.
struct CodeNeeds {
    std::size_t constant_bytes = 0;  // its numbers
    std::size_t work_bytes = 0;      // memory to write to
};

/// Writes the network as one source file that needs no library: a C++17 header with inkling_model::predict(image,
/// logits) and inkling_model::class_names, or a C99 file with inkling_model_predict() and inkling_model_class_names. An
/// image is (channels, height, width) bytes, upright, ink bright on black; normalisation and temperature are inside.
/// Takes no memory but what it names. The same network gives the same bytes; `version` is the program's. Throws Error
/// (failed) where the file cannot be written or a folded number is not finite.
CodeNeeds save_source(const std::filesystem::path& path, const Model& model, CodeLanguage language, WeightFormat format,
                      const std::string& version);

}  // namespace inkling
