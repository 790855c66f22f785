#pragma once

#include <cstddef>

namespace inkling {

/// How often operator new was called since the start, on any thread, by code that is not oneDNN's: that library makes
/// small lists of its arguments at each call.
std::size_t own_allocations();

}  // namespace inkling
