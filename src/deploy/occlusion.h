#pragma once

#include <array>

#include "deploy/character_reader.h"

namespace inkling {

/// Where a network looked: for each of the 28x28 pixels how much the probability of class `label` falls, on average,
/// where a square of 5x5 pixels over it is made paper; below 0 where it rises. M. Zeiler, R. Fergus, "Visualizing and
/// understanding convolutional networks", 2014.
std::array<float, 28 * 28> measure_occlusion(CharacterReader& reader, const EmnistImage& image, std::size_t label);

}  // namespace inkling
