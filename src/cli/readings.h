#pragma once

#include <optional>
#include <string>

#include "deploy/picture_reading.h"

namespace inkling::cli {

/// "7 98.1%  1 1.2%", the `top` likeliest, after "no character, else " where it is none; or "no ink".
std::string text_of(const PictureReading& picture, const Model& model, int top);

/// The classes in the set of a reading, "0 or O"; empty where there are no sets.
std::string set_text(const Reading& reading, const Model& model, const std::optional<ConformalSets>& sets);

}  // namespace inkling::cli
