#include "data/batches.h"

#include <algorithm>

#include "core/error.h"
#include "core/random.h"
#include "core/threads.h"

namespace inkling {

Batches::Batches(const Dataset& data, std::vector<std::uint32_t> samples, int batch_size, Normalization normalization,
                 const AugmentationSpec& augmentation)
    : data_(data),
      samples_(std::move(samples)),
      order_(samples_),
      batch_size_(batch_size),
      threads_(thread_count()),
      pixel_values_(256) {
    if (augmentation.active()) distort(augmentation);
    for (std::size_t byte = 0; byte < pixel_values_.size(); ++byte)
        pixel_values_[byte] = (static_cast<float>(byte) / 255.0f - normalization.mean) / normalization.deviation;
}

void Batches::distort(const AugmentationSpec& augmentation) {
    distortion_.emplace(augmentation, data_.shape);
    scratch_.resize(static_cast<std::size_t>(threads_) * (data_.shape.size() + distortion_->scratch_size()));
}

void Batches::place(const Placement& placement) {
    placement_ = placement;
    if (placement.moves() && !distortion_) distort({});
}

std::size_t Batches::count() const {
    const auto size = static_cast<std::size_t>(batch_size_);
    return (samples_.size() + size - 1) / size;
}

std::size_t Batches::whole_count() const {
    return std::max<std::size_t>(samples_.size() / static_cast<std::size_t>(batch_size_), 1);
}

void Batches::shuffle(std::uint64_t seed, std::uint32_t epoch) {
    std::copy(samples_.begin(), samples_.end(), order_.begin());
    seed_ = seed;
    epoch_ = epoch;
    inkling::shuffle(order_, RandomStream(seed, Purpose::kShuffle, epoch));
}

int Batches::load(std::size_t index, std::span<float> images, std::span<std::int32_t> labels) {
    if (thread_count() != threads_)
        throw failed("batches made for {} threads cannot be loaded with {}", threads_, thread_count());
    const std::size_t first = index * static_cast<std::size_t>(batch_size_);
    const std::size_t samples = std::min(order_.size() - first, static_cast<std::size_t>(batch_size_));
    const std::size_t pixels = data_.shape.size();
    const bool moves = placement_ ? placement_->moves() : distortion_.has_value();
    const std::size_t scratch_size = scratch_.size() / static_cast<std::size_t>(threads_);
    parallel_for(samples, 32, [&](std::size_t begin, std::size_t end, int worker) {
        const auto scratch = std::span(scratch_).subspan(worker * scratch_size, scratch_size);
        for (std::size_t i = begin; i < end; ++i) {
            const std::uint32_t sample = order_[first + i];
            labels[i] = data_.labels[sample];
            const auto bytes = data_.image(sample);
            const auto image = images.subspan(i * pixels, pixels);
            const auto values = moves ? scratch.first(pixels) : image;
            for (std::size_t p = 0; p < pixels; ++p) values[p] = pixel_values_[bytes[p]];
            if (!moves) continue;
            if (placement_)
                distortion_->place(values, pixel_values_[0], *placement_, scratch.subspan(pixels), image.data());
            else
                distortion_->apply(values, pixel_values_[0],
                                   RandomStream(seed_, Purpose::kAugmentation, epoch_, sample), scratch.subspan(pixels),
                                   image.data());
        }
    });
    return static_cast<int>(samples);
}

}  // namespace inkling
