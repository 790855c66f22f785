#include "data/synthetic.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "core/error.h"
#include "core/hash.h"
#include "core/threads.h"
#include "data/catalogue.h"
#include "data/idx.h"
#include "handwriting/handwriting.h"

namespace inkling {
namespace {

constexpr std::uint32_t kClasses = 47;

std::uint32_t part_number(Part part) { return part == Part::kTrain ? 0 : 1; }

/// Which class comes where among a writer's images.
int label_of(std::uint64_t seed, std::uint32_t writer, std::uint32_t place) {
    std::array<std::uint8_t, kClasses> order{};
    std::iota(order.begin(), order.end(), std::uint8_t{0});
    shuffle(order, RandomStream(seed, Purpose::kWriters, writer, 1 + kClasses));
    return order[place];
}

}  // namespace

std::uint32_t synthetic_writer(Part part, std::uint32_t index, std::uint32_t per_writer) {
    return index / kClasses / per_writer * 2 + part_number(part);
}

int synthetic_label(std::uint64_t seed, Part part, std::uint32_t index, std::uint32_t per_writer) {
    return label_of(seed, synthetic_writer(part, index, per_writer), index % kClasses);
}

SyntheticImage make_synthetic_image(std::uint64_t seed, Part part, std::uint32_t index, std::uint32_t per_writer) {
    const std::uint32_t number = synthetic_writer(part, index, per_writer);
    const int label = synthetic_label(seed, part, index, per_writer);
    const Writer writer = make_writer(seed, number);
    RandomStream random(seed, Purpose::kHandwriting, index, part_number(part));
    Paper paper;
    for (const InkStroke& stroke : write_character(writer, label, random)) paper.draw(stroke);
    return {.pixels = convert_to_emnist(paper.scan(random, 0.3f), kPaperSize, kPaperSize), .label = label};
}

Dataset make_synthetic(Part part, std::size_t count, std::uint64_t seed, std::uint32_t per_writer) {
    if (count > kMostSynthetic) throw wrong_usage("{} synthetic images, expected {} at most", count, kMostSynthetic);
    Dataset data;
    data.split = kSyntheticSplit;
    data.part = part;
    data.shape = kIdxImageShape;
    data.class_names = official_mapping(*find_official_split("balanced")).class_names;
    data.images.resize(count * data.shape.pixels());
    data.labels.resize(count);
    data.writers.resize(count);
    parallel_for(count, kClasses, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t i = begin; i < end; ++i) {
            const SyntheticImage image = make_synthetic_image(seed, part, static_cast<std::uint32_t>(i), per_writer);
            std::copy(image.pixels.begin(), image.pixels.end(),
                      data.images.begin() + static_cast<std::ptrdiff_t>(i * image.pixels.size()));
            data.labels[i] = static_cast<std::uint8_t>(image.label);
            data.writers[i] = synthetic_writer(part, static_cast<std::uint32_t>(i), per_writer);
        }
    });
    const std::string hashes =
        sha256(std::as_bytes(std::span(data.images))) + sha256(std::as_bytes(std::span(data.labels)));
    data.files.push_back({fmt::format("synthetic handwriting, generator {}, seed {}, {} part of {} images{}",
                                      kSyntheticVersion, seed, part_name(part), count,
                                      per_writer == 1 ? "" : fmt::format(", {} of each class a writer", per_writer)),
                          sha256(std::as_bytes(std::span(hashes)))});
    return data;
}

bool made_in_memory(const std::filesystem::path& folder, const std::string& split) {
    return folder.empty() && split == kSyntheticSplit;
}

}  // namespace inkling
