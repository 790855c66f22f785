#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "data/augmentation.h"
#include "data/dataset.h"

namespace inkling {

/// Feeds samples of a data set to a network: picks, shuffles, normalises, distorts. Keeps a view of the data set, which
/// must outlive it. Allocates nothing after construction and the first placement.
class Batches {
  public:
    /// `samples`: indices into `data`, the ones that batches are made from. For thread_count() threads.
    Batches(const Dataset& data, std::vector<std::uint32_t> samples, int batch_size, Normalization normalization,
            const AugmentationSpec& augmentation = {});

    std::size_t sample_count() const { return samples_.size(); }

    /// Batches an epoch, the last one possibly short.
    std::size_t count() const;

    /// Whole batches an epoch: what training uses, so that every step weighs the same. At least one.
    std::size_t whole_count() const;

    /// Chooses the order of an epoch, and how each of its samples is distorted: functions of seed and epoch alone.
    /// Before the first call, samples come in order.
    void shuffle(std::uint64_t seed, std::uint32_t epoch);

    /// Moves all images that are loaded from now on alike, in place of what the augmentation says.
    void place(const Placement& placement);

    /// Writes batch `index` into `images`, (batch_size, channels, height, width), normalised, and `labels`. A short
    /// last batch leaves the rest of both untouched. Returns the number of samples written. Throws Error (failed) under
    /// another thread_count() than the batches were made for.
    int load(std::size_t index, std::span<float> images, std::span<std::int32_t> labels);

  private:
    void distort(const AugmentationSpec& augmentation);

    const Dataset& data_;
    std::vector<std::uint32_t> samples_;
    std::vector<std::uint32_t> order_;
    int batch_size_;
    int threads_;
    std::vector<float> pixel_values_;       // normalised value of each of the 256 bytes
    std::optional<Distortion> distortion_;  // none where nothing is distorted
    std::optional<Placement> placement_;
    std::uint64_t seed_ = 0;
    std::uint32_t epoch_ = 0;
    std::vector<float> scratch_;  // an image and distortion's own, for each worker
};

}  // namespace inkling
