#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace inkling {

using EmnistImage = std::array<std::uint8_t, 28 * 28>;

/// Makes an image of EMNIST's kind from a picture of one character, ink bright on black, as the paper describes it
/// (G. Cohen et al., arXiv:1702.05373, section II): a Gaussian blur of sigma 1; cut to the ink's bounding box; centred
/// in a square, the aspect ratio kept, with a border of 2 pixels; bicubic to 28x28; scaled to 0..255.
///
/// Ink is what is at least half as bright as the brightest pixel after the blur; the soft edge around its box stays.
/// The longer side of the box becomes 24 pixels. Where that shrinks the picture by more than 2, for which sigma 1 is
/// too sharp, the bicubic kernel is widened in proportion. The kernel is Keys's, a = -0.5. A blank picture stays blank.
///
/// `pixels` is (height, width), both 1 or more.
EmnistImage convert_to_emnist(std::span<const std::uint8_t> pixels, int width, int height);

}  // namespace inkling
