#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace inkling {

/// SHA-256 in lower-case hexadecimal digits.
std::string sha256(std::span<const std::byte> contents);

}  // namespace inkling
