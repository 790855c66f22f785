#pragma once

#include "pictures/pix.h"

namespace inkling {

/// Takes rules out of a page's ink, 8 bits, bright on black: what is straight, level or upright, and goes across three
/// fifths of the page or more. Where ink stands on both sides of a rule, what lies between stays.
Pix without_ruled_lines(const Pix& ink);

}  // namespace inkling
