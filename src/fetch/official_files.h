#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace inkling {

/// Where NIST publishes EMNIST: one zip archive of 536 MiB.
constexpr std::string_view kOfficialArchive = "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip";

/// A file of the official archive.
struct OfficialFile {
    std::string_view name;
    std::string_view sha256;
    std::uint64_t size;  // bytes
};

/// The images and labels of the six official splits.
std::span<const OfficialFile> official_files();

}  // namespace inkling
