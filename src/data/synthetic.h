#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "data/dataset.h"
#include "data/emnist_conversion.h"

namespace inkling {

/// The split that Inkling makes itself: handwriting from stroke skeletons (data/glyphs.h), in the 47 classes of EMNIST
/// Balanced, in EMNIST's form. It is no EMNIST, and an accuracy on it is none on EMNIST.
constexpr const char* kSyntheticSplit = "synthetic";

/// What people and records are told of it.
constexpr const char* kSyntheticNote = "handwriting made by Inkling, not EMNIST";

/// Goes up whenever a seed gives other images.
constexpr int kSyntheticVersion = 1;

/// What is made in memory, and where nothing else is said.
struct SyntheticSize {
    std::size_t train = 47'000;  // a thousand of each class
    std::size_t test = 9'400;
};
constexpr std::uint64_t kSyntheticSeed = 0;
constexpr std::size_t kMostSynthetic = 10'000'000;  // images of a part: 7.3 GiB

struct SyntheticImage {
    EmnistImage pixels;
    int label = 0;  // of EMNIST Balanced's classes
};

// Each 47 images in a row have one of each class, and so many such rows, `per_writer`, are one writer's.

/// Who wrote an image; no writer is in both parts.
std::uint32_t synthetic_writer(Part part, std::uint32_t index, std::uint32_t per_writer = 1);

/// The class of image `index` of a part.
int synthetic_label(std::uint64_t seed, Part part, std::uint32_t index, std::uint32_t per_writer = 1);

/// Image `index` of a part: the same for a seed wherever, in whatever order and beside how many others it is made.
SyntheticImage make_synthetic_image(std::uint64_t seed, Part part, std::uint32_t index, std::uint32_t per_writer = 1);

/// The first `count` images of a part, on all threads. The data set's one file names generator, seed, count and what a
/// writer wrote, and the hash of images and labels. Throws Error (wrong usage) for more than kMostSynthetic.
Dataset make_synthetic(Part part, std::size_t count, std::uint64_t seed = kSyntheticSeed, std::uint32_t per_writer = 1);

/// Whether a split is made rather than read: `synthetic` in no folder.
bool made_in_memory(const std::filesystem::path& folder, const std::string& split);

}  // namespace inkling
