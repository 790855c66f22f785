#pragma once

#include <cstddef>

namespace inkling {

/// Forgets the allocations of the calling thread until now.
void reset_largest_allocation();

/// The most bytes that the calling thread asked operator new for at once since the last reset.
std::size_t largest_allocation();

}  // namespace inkling
