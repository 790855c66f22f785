#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fetch/web_file.h"

namespace inkling {

/// A zip archive on a web server, read by libzip: only its directory and the members that are asked for. Keeps a
/// reference to the file. Methods throw SourceError (bad data) for an unsound archive, and what WebFile throws.
class ZipArchive {
  public:
    /// `name` is the archive's, for errors.
    ZipArchive(WebFile& file, std::string name);
    ~ZipArchive();
    ZipArchive(const ZipArchive&) = delete;
    ZipArchive& operator=(const ZipArchive&) = delete;

    /// A member's contents, in whatever folder of the archive it is; empty if there is none of this name. Refuses one
    /// that is larger than `limit` bytes before it takes memory for it.
    std::optional<std::vector<std::byte>> read(const std::string& file_name, std::uint64_t limit);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace inkling
