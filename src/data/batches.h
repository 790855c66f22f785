#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "data/augmentation.h"
#include "data/class_draws.h"
#include "data/dataset.h"
#include "data/mixing.h"

namespace inkling {

/// What images of a batch have of others.
struct Mixture {
    std::span<const std::int32_t> labels;  // each image's partner's; empty: they are not mixed
    std::span<const float> shares;         // each image's own in what it is now, the rest being its partner's
};

/// Feeds samples of a data set to a network: picks, shuffles, normalises, distorts, mixes. Keeps a view of the data
/// set, which must outlive it. Allocates nothing after construction and the first placement, but for epochs that draw
/// classes.
class Batches {
  public:
    /// `samples`: indices into `data`, the ones that batches are made from. For thread_count() threads.
    Batches(const Dataset& data, std::vector<std::uint32_t> samples, int batch_size, Normalization normalization,
            const AugmentationSpec& augmentation = {});

    /// Loads from now on only part `part` of `parts` of each batch, neighbouring samples; every sample is distorted and
    /// mixed as in the whole batch. Throws Error (wrong usage) where a batch has not so many equal parts.
    void take_part(int part, int parts);

    std::size_t sample_count() const { return samples_.size(); }

    /// Batches an epoch, the last one possibly short.
    std::size_t count() const;

    /// Whole batches an epoch: what training uses, so that every step weighs the same. At least one.
    std::size_t whole_count() const;

    /// From the next shuffle on, classes come in `shares` (classes), in as many draws as there are samples: see
    /// draw_by_class(). A sample that comes twice in an epoch is distorted anew.
    void draw_classes(std::vector<double> shares) { class_shares_ = std::move(shares); }

    /// Chooses the order of an epoch, and how its samples are distorted and mixed: functions of seed and epoch alone.
    /// Before the first call, samples come in order.
    void shuffle(std::uint64_t seed, std::uint32_t epoch);

    /// Moves all images that are loaded from now on alike, in place of what the augmentation says.
    void place(const Placement& placement);

    /// Writes batch `index`, or its part, into `images`, (samples, channels, height, width), normalised, and `labels`.
    /// A short last batch leaves the rest of both untouched. Returns the number of samples written, 0 where it has none
    /// of the part. Throws Error (failed) under another thread_count() than the batches were made for.
    int load(std::size_t index, std::span<float> images, std::span<std::int32_t> labels);

    /// Of the batch that was loaded last.
    Mixture mixture() const;

    /// The sample that image `place` of a batch is, or is a part of.
    std::uint32_t sample(std::size_t index, std::size_t place) const {
        return order_[index * static_cast<std::size_t>(batch_size_) + place].sample;
    }

  private:
    /// Neighbouring samples in the order of an epoch.
    struct Run {
        std::size_t first = 0;
        std::size_t count = 0;
    };

    void distort(const AugmentationSpec& augmentation);
    void load_images(const Run& run, std::span<float> images, std::span<std::int32_t> labels);
    void mix_partners(const Mix& mix, const Run& batch, const Run& own, std::span<float> images,
                      std::span<const std::int32_t> labels);

    const Dataset& data_;
    std::vector<std::uint32_t> samples_;
    std::vector<Draw> order_;
    std::vector<double> class_shares_;  // in which they are drawn; empty: as they come
    int batch_size_;
    int part_ = 0;  // of each batch, that is loaded
    int parts_ = 1;
    int threads_;
    AugmentationSpec augmentation_;
    std::vector<float> pixel_values_;       // normalised value of each of the 256 bytes
    std::optional<Distortion> distortion_;  // none where nothing is distorted
    std::optional<Placement> placement_;
    std::uint64_t seed_ = 0;
    std::uint32_t epoch_ = 0;
    std::vector<float> scratch_;          // an image and distortion's own, for each worker
    std::vector<float> partners_images_;  // where those are not in the part that is loaded
    std::vector<std::int32_t> partners_labels_;
    std::vector<float> shares_;
    std::size_t mixed_ = 0;  // images of the last batch
};

}  // namespace inkling
