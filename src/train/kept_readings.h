#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "train/recipe.h"

namespace inkling {

/// What networks read of images that they did not learn, in files of a folder, so that a cross-validation that was
/// stopped goes on. A reading's key is the hash of all that it comes of.
class KeptReadings {
  public:
    /// Of networks that learn from `data`. The folder is made when something is kept.
    KeptReadings(std::filesystem::path folder, const Dataset& data);

    /// Of the samples `read`, by a network of `recipe` that learned from `learned`. Throws Error (bad data) where a
    /// teacher's file cannot be read.
    std::string key(const Recipe& recipe, std::span<const std::uint32_t> learned,
                    std::span<const std::uint32_t> read) const;

    /// Probabilities, so many; nothing where there are none, or what is there is damaged.
    std::optional<std::vector<float>> find(const std::string& key, std::size_t count) const;

    /// May be called by several threads at a time. Throws Error (failed).
    void keep(const std::string& key, std::span<const float> probabilities) const;

    /// Removes them all.
    void clear() const;

    std::size_t count() const;  // of the files

  private:
    std::filesystem::path file_of(const std::string& key) const { return folder_ / (key + ".safetensors"); }

    std::filesystem::path folder_;
    std::string data_;  // hash of images, labels and class names
};

}  // namespace inkling
