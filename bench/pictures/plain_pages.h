#pragma once

#include <string>
#include <vector>

#include "deploy/character_reader.h"
#include "pictures/grey_picture.h"

namespace inkling {

/// A page read as tutorials do it: what is darker than one threshold, its connected parts in rows, each a character,
/// whose box is resized to 28x28.
std::string read_plainly(const GreyPicture& picture, CharacterReader& reader,
                         const std::vector<std::string>& class_names);

/// The picture's pixels, dark ones for ink, averaged over a grid of 28x28: no more.
EmnistImage resized(const GreyPicture& picture);

}  // namespace inkling
