#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace inkling {

/// A file of the official archive.
struct OfficialFile {
    std::string_view name;
    std::string_view sha256;
    std::uint64_t size;  // bytes
};

/// The images and labels of the six official splits.
std::span<const OfficialFile> official_files();

}  // namespace inkling
