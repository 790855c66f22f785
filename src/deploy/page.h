#pragma once

#include <filesystem>
#include <span>

#include "deploy/pad_network.h"

namespace inkling {

/// Writes the pad as one HTML file that works in any browser of 2023 or later, without a server or a network: nothing
/// in it asks for anything, which its Content-Security-Policy enforces, and no name becomes markup. Throws Error (bad
/// data) where a network reads other images than EMNIST's, (failed) where the file cannot be written.
void save_page(const std::filesystem::path& path, std::span<const PadNetwork> networks);

}  // namespace inkling
