#include "data/batches.h"

#include <algorithm>

#include "core/error.h"
#include "core/random.h"
#include "core/threads.h"

namespace inkling {
namespace {

/// Each sample once, in order.
void draw_all(std::span<const std::uint32_t> samples, std::vector<Draw>& draws) {
    std::transform(samples.begin(), samples.end(), draws.begin(), [](std::uint32_t sample) { return Draw{sample}; });
}

}  // namespace

Batches::Batches(const Dataset& data, std::vector<std::uint32_t> samples, int batch_size, Normalization normalization,
                 const AugmentationSpec& augmentation)
    : data_(data),
      samples_(std::move(samples)),
      order_(samples_.size()),
      batch_size_(batch_size),
      threads_(thread_count()),
      augmentation_(augmentation),
      pixel_values_(256) {
    draw_all(samples_, order_);
    if (augmentation.distorts()) distort(augmentation);
    if (augmentation.mixes()) {
        partners_labels_.resize(static_cast<std::size_t>(batch_size));
        shares_.resize(static_cast<std::size_t>(batch_size));
    }
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
    if (class_shares_.empty())
        draw_all(samples_, order_);
    else
        order_ = draw_by_class(data_, samples_, class_shares_, RandomStream(seed, Purpose::kShuffle, epoch, 1));
    seed_ = seed;
    epoch_ = epoch;
    inkling::shuffle(order_, RandomStream(seed, Purpose::kShuffle, epoch));
}

void Batches::take_part(int part, int parts) {
    if (batch_size_ % parts != 0)
        throw wrong_usage("a batch of {} images has no {} equal parts; set training.batch_size to a multiple of {}",
                          batch_size_, parts, parts);
    part_ = part;
    parts_ = parts;
    if (augmentation_.mixes() && parts > 1)
        partners_images_.resize(static_cast<std::size_t>(batch_size_ / parts) * data_.shape.size());
}

void Batches::load_images(const Run& run, std::span<float> images, std::span<std::int32_t> labels) {
    const std::size_t pixels = data_.shape.size();
    const Greys greys{.black = pixel_values_.front(), .white = pixel_values_.back()};
    const bool moves = placement_ ? placement_->moves() : distortion_.has_value();
    const std::size_t scratch_size = scratch_.size() / static_cast<std::size_t>(threads_);
    parallel_for(run.count, 32, [&](std::size_t begin, std::size_t end, int worker) {
        const auto scratch = std::span(scratch_).subspan(worker * scratch_size, scratch_size);
        for (std::size_t i = begin; i < end; ++i) {
            const auto [sample, repeat] = order_[run.first + i];
            labels[i] = data_.labels[sample];
            const auto bytes = data_.image(sample);
            const auto image = images.subspan(i * pixels, pixels);
            const auto values = moves ? scratch.first(pixels) : image;
            for (std::size_t p = 0; p < pixels; ++p) values[p] = pixel_values_[bytes[p]];
            if (!moves) continue;
            const auto distortion_key = static_cast<std::uint32_t>(sample + repeat * data_.size());
            if (placement_)
                distortion_->place(values, greys, *placement_, scratch.subspan(pixels), image.data());
            else
                distortion_->apply(values, greys, RandomStream(seed_, Purpose::kAugmentation, epoch_, distortion_key),
                                   scratch.subspan(pixels), image.data());
        }
    });
}

int Batches::load(std::size_t index, std::span<float> images, std::span<std::int32_t> labels) {
    if (thread_count() != threads_)
        throw failed("batches made for {} threads cannot be loaded with {}", threads_, thread_count());
    const auto size = static_cast<std::size_t>(batch_size_);
    const auto part_size = static_cast<std::size_t>(batch_size_ / parts_);
    const Run batch{.first = index * size, .count = std::min(order_.size() - index * size, size)};
    const std::size_t skipped = std::min(static_cast<std::size_t>(part_) * part_size, batch.count);
    const Run own{.first = batch.first + skipped, .count = std::min(batch.count - skipped, part_size)};
    load_images(own, images, labels);
    mixed_ = 0;
    if (augmentation_.mixes() && !placement_)
        mix_partners(draw_mix(augmentation_, data_.shape,
                              RandomStream(seed_, Purpose::kMixing, epoch_, static_cast<std::uint32_t>(index))),
                     batch, own, images, labels.first(own.count));
    return static_cast<int>(own.count);
}

/// A batch's first image's partner is the last one, and so on: each is mixed into the other at once. Images whose
/// partners are not loaded with them are mixed with a copy.
void Batches::mix_partners(const Mix& mix, const Run& batch, const Run& own, std::span<float> images,
                           std::span<const std::int32_t> labels) {
    if (mix.share == 1) return;
    const std::size_t pixels = data_.shape.size();
    // Those of the own run, last first.
    const Run partners{.first = 2 * batch.first + batch.count - own.first - own.count, .count = own.count};
    if (partners.first == own.first) {
        parallel_for(own.count / 2, 32, [&](std::size_t begin, std::size_t end, int) {
            for (std::size_t i = begin; i < end; ++i)
                mix_images(mix, data_.shape, images.subspan(i * pixels, pixels),
                           images.subspan((own.count - 1 - i) * pixels, pixels));
        });
        std::reverse_copy(labels.begin(), labels.end(), partners_labels_.begin());
    } else {
        load_images(partners, partners_images_, partners_labels_);
        std::reverse(partners_labels_.begin(), partners_labels_.begin() + static_cast<std::ptrdiff_t>(own.count));
        parallel_for(own.count, 32, [&](std::size_t begin, std::size_t end, int) {
            for (std::size_t i = begin; i < end; ++i) {
                const auto image = images.subspan(i * pixels, pixels);
                const auto partner = std::span(partners_images_).subspan((own.count - 1 - i) * pixels, pixels);
                const std::size_t place = own.first - batch.first + i;
                const std::size_t mirrored = batch.count - 1 - place;
                if (place < mirrored) mix_images(mix, data_.shape, image, partner);
                if (place > mirrored) mix_images(mix, data_.shape, partner, image);
            }
        });
    }
    std::fill_n(shares_.begin(), own.count, mix.share);
    mixed_ = own.count;
}

Mixture Batches::mixture() const {
    return {.labels = std::span(partners_labels_).first(mixed_), .shares = std::span(shares_).first(mixed_)};
}

}  // namespace inkling
