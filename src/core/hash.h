#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>

namespace inkling {

/// SHA-256.
std::array<std::byte, 32> sha256_digest(std::span<const std::byte> contents);

/// The same in lower-case hexadecimal digits.
std::string sha256(std::span<const std::byte> contents);

}  // namespace inkling
