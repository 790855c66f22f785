#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pictures/grey_picture.h"

namespace inkling {

/// How a character is put on paper and photographed. Greys are 0 to 1.
struct Condition {
    const char* name;
    int size = 120;       // pixels of the picture's shorter side
    double paper = 0.92;  // grey
    double ink = 0.15;    // grey
    double shade = 0;     // share of the light that is gone in the darkest corner
    double shadow = 0;    // share of the light that is gone behind an edge through the picture
    double noise = 0;     // deviation of a pixel's grey
    double lines = 0;     // share of the light that the lines of squared paper take
    bool off_centre = true;
};

/// The conditions that pictures are tried under.
std::span<const Condition> conditions();

/// A picture of a character, 28x28 with ink bright on black, chosen by `seed` where a condition leaves it open.
GreyPicture render(std::span<const std::uint8_t> character, const Condition& condition, std::uint32_t seed);

}  // namespace inkling
