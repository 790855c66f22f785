#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/files.h"
#include "core/random.h"
#include "data/dataset.h"
#include "idx_files.h"

namespace inkling {

// Four classes that a small network soon tells apart: a tall stroke in one of four columns, amid noise.

inline constexpr int kToyClasses = 4;
inline const std::vector<std::string> kToyClassNames = {"0", "1", "2", "3"};

inline std::vector<std::uint8_t> toy_labels(std::size_t count) {
    std::vector<std::uint8_t> labels(count);
    for (std::size_t i = 0; i < count; ++i) labels[i] = static_cast<std::uint8_t>(i % kToyClasses);
    return labels;
}

/// The pictures of toy_labels(): upright, or as a file stores them.
inline std::vector<std::uint8_t> toy_images(std::size_t count, std::uint32_t seed, bool transposed) {
    std::vector<std::uint8_t> pixels(count * kPixels);
    for (std::size_t i = 0; i < count; ++i) {
        RandomStream random(seed, Purpose::kBenchmark, static_cast<std::uint32_t>(i));
        const std::size_t stroke = 3 + 6 * (i % kToyClasses) + random.below(4);
        for (std::size_t row = 0; row < kSide; ++row)
            for (std::size_t column = 0; column < kSide; ++column) {
                const bool ink = column == stroke && row > 2 && row < 25;
                const std::size_t at = transposed ? column * kSide + row : row * kSide + column;
                pixels[i * kPixels + at] = static_cast<std::uint8_t>(random.below(ink ? 255 : 60));
            }
    }
    return pixels;
}

inline Dataset toy_dataset(std::size_t size, Part part = Part::kTrain, std::uint32_t seed = 1) {
    return {.split = "toy",
            .part = part,
            .images = toy_images(size, seed, false),
            .labels = toy_labels(size),
            .class_names = kToyClassNames,
            .files = {}};
}

/// Writes the split "toy" as files: `train` and `test` images, no test part where it is 0.
inline void write_toy_split(const std::filesystem::path& folder, std::size_t train, std::size_t test) {
    write_file(folder / "emnist-toy-mapping.txt", "0 48\n1 49\n2 50\n3 51\n");
    write_part(folder, "toy", "train", toy_images(train, 1, true), toy_labels(train));
    if (test > 0) write_part(folder, "toy", "test", toy_images(test, 2, true), toy_labels(test));
}

/// A recipe with everything in it that a checkpoint must remember: dropout, batch norm, momenta.
inline const std::string kToyRecipe = R"(
[network]
family = "mlp"
hidden = [24]
batch_norm = true
dropout = 0.2

[training]
epochs = 3
batch_size = 32
validation_fraction = 0.2
clip_grad_norm = 1.0
seed = 5

[optimizer]
kind = "nadam"
learning_rate = 0.005
)";

}  // namespace inkling
