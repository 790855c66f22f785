#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/random.h"
#include "handwriting/rasterizer.h"

namespace inkling {

/// What stays the same while one person writes. Lengths are in hundredths of a capital's height unless said.
struct Writer {
    std::uint64_t seed = 0;    // of all writers
    std::uint32_t number = 0;  // among them
    float size = 50;           // of a capital, in pixels
    float width = 1;           // of letters, to the usual one
    float slant = 0;           // to the right, as a tangent
    float waist = 0;           // how much lower bowls begin: size of upper to lower loops
    float bend = 0;            // of stems
    float roundness = 2;       // sigma along the pen's way, from speed
    float tremor = 0;          // of the hand
    float sloppiness = 0.05f;  // deviation of knots, to the extent of a letter
    float pen = 5;             // thickness in pixels
    float nib = 0;             // how much thicker in one direction than across it, to the thickness
    float nib_angle = 0;
    float pressure = 0.1f;  // deviation of thickness along a stroke
    float taper = 0;        // how much thinner strokes end
    float joining = 0;      // chance that a pen is not lifted between two strokes
    float overshoot = 0;    // of strokes
    float habit = 0.8f;     // chance that a class is written in the writer's usual form
};

/// Writer `number` of a seed.
Writer make_writer(std::uint64_t seed, std::uint32_t number);

/// One character of a class of EMNIST Balanced, as a writer's pen leaves it on paper of kPaperSize pixels.
std::vector<InkStroke> write_character(const Writer& writer, int label, RandomStream& random);

}  // namespace inkling
