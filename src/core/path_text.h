#pragma once

#include <filesystem>
#include <string>

namespace inkling {

/// A path as records, stores and JSON keep it: as it is where that is UTF-8; else, for a name may be any bytes, the
/// absolute path as a file URI (RFC 8089), "file:///home/daten-%FC".
std::string path_text(const std::filesystem::path& path);

/// The path that path_text() made the text of.
std::filesystem::path path_from_text(const std::string& text);

}  // namespace inkling
