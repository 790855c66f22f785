#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "deploy/pad_network.h"

namespace inkling {

/// The pad as one HTML file that works in any browser of 2023 or later, without a server or a network: nothing in it
/// asks for anything, which its Content-Security-Policy enforces, and no name becomes markup. Throws Error (bad data)
/// where a network reads other images than EMNIST's.
std::string page_html(std::span<const PadNetwork> networks);

/// Writes the pad. Throws Error as page_html() does, (failed) where the file cannot be written.
void save_page(const std::filesystem::path& path, std::span<const PadNetwork> networks);

}  // namespace inkling
