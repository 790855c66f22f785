#pragma once

#include <cstddef>

namespace inkling {

/// Throws std::bad_alloc where the process may not take so many bytes more, as under `ulimit -v`. For what comes before
/// a call into a library that ends the process where memory is short.
void require_headroom(std::size_t bytes);

}  // namespace inkling
