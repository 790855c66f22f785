#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/files.h"

namespace inkling {

inline nlohmann::json read_json(const std::filesystem::path& path) { return nlohmann::json::parse(read_text(path)); }

}  // namespace inkling
