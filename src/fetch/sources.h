#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace inkling {

/// A place on the web that has EMNIST: a zip archive as NIST publishes it, or a folder with the archive's files one by
/// one, whose address ends with a slash.
struct Source {
    std::string url;

    bool is_folder() const;
    /// The address of a file in a folder.
    std::string file_url(std::string_view name) const;
};

/// The known sources of an official split, in the order in which they are to be tried: first NIST's archive.
std::vector<Source> known_sources(std::string_view split);

/// Throws Error (wrong usage) for an address that is not of http:// or https://.
Source source_at(const std::string& url);

}  // namespace inkling
