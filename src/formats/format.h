#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/split_files.h"
#include "formats/stored_part.h"

namespace inkling {

/// What stands where data are looked for, by name.
struct Listing {
    std::filesystem::path where;
    std::vector<std::filesystem::path> files;    // and all else; plain ones before gzipped ones of the same name
    std::vector<std::filesystem::path> folders;  // none where `where` is a file
    bool is_file = false;                        // then `files` is that file
};

/// A folder's own name, also of "." and with a slash behind it; `otherwise` where that is no text.
std::string folder_name(const std::filesystem::path& folder, const std::string& otherwise);

/// One layout of data that people have.
struct Format {
    std::string_view name;  // for people, as in "split mnist: MNIST's IDX files"
    /// The splits that are there in this layout, known by the names of their files.
    std::vector<SplitFiles> (*find)(const Listing& listing);
    /// Reads a part whose files are all there. Throws Error (bad data) that says file, place, what was found and what
    /// was expected.
    StoredPart (*read)(const SplitFiles& split, Part part);
};

/// Every layout that Inkling reads: a new one is a row here, and a file with its two functions.
std::span<const Format> formats();

}  // namespace inkling
