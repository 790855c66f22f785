#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "core/files.h"
#include "formats/load_dataset.h"
#include "formats/split_files.h"
#include "idx_files.h"
#include "refusal.h"
#include "temporary_folder.h"

namespace inkling {

// The images of tools/make_format_fixtures.py: image i of `count` has `first` + i in pixel i, and 200 in pixel 30.

inline std::vector<std::uint8_t> tiny_images(std::size_t count, std::uint8_t first) {
    std::vector<std::uint8_t> pixels(count * kPixels);
    for (std::size_t i = 0; i < count; ++i) {
        pixels[i * kPixels + 30] = 200;
        pixels[i * kPixels + i] = static_cast<std::uint8_t>(first + i);
    }
    return pixels;
}

inline std::string format_fixture(const std::string& name) { return INKLING_FIXTURES "/formats/" + name; }

/// How the only split at a place is refused.
inline std::string split_refusal(const std::filesystem::path& where, Part part = Part::kTrain) {
    return data_refusal([&] { load_dataset(where, find_splits(where).at(0).name, part); });
}

}  // namespace inkling
