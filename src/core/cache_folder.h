#pragma once

#include <filesystem>

namespace inkling {

/// The folder for files that can be fetched again: $XDG_CACHE_HOME/inkling, else ~/.cache/inkling. Throws Error
/// (failed) where neither variable is set.
std::filesystem::path cache_folder();

}  // namespace inkling
