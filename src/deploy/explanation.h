#pragma once

#include <array>
#include <filesystem>
#include <span>
#include <string>

#include "pictures/character.h"

namespace inkling {

/// One picture, what the network saw of it, and where it looked.
struct Explanation {
    std::string caption;  // under the picture
    GreyPicture picture;  // shrunk() by `factor`, so that many can be kept
    int factor = 1;
    CharacterImage character;
    std::string reading;                 // under what the network saw
    std::array<float, 28 * 28> falls{};  // measure_occlusion()
};

/// The factor by which a picture is to be shrunk for its explanation.
int explained_factor(const GreyPicture& picture);

/// Writes a PNG file with a row for each: the picture with the box around its ink, the 28x28 as ink on paper, and the
/// same in colours: red where covering it makes the reading less probable, blue where more. Throws Error (failed).
void draw_explanations(const std::filesystem::path& path, std::span<const Explanation> explanations);

}  // namespace inkling
