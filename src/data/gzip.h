#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace inkling {

/// The bytes as a gzip stream of one member, made on all threads. The same bytes give the same stream on any number of
/// threads. Throws Error (failed).
std::vector<std::byte> gzip_compressed(std::span<const std::byte> contents);

}  // namespace inkling
