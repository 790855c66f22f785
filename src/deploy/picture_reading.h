#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>

#include "deploy/page_reader.h"
#include "pictures/character.h"

namespace inkling {

/// What was read in a picture, or why it could not be read.
struct PictureReading {
    std::string file;
    std::string error = {};
    CharacterImage image = {};             // where it was taken for one character
    std::optional<Reading> reading = {};   // of that; none without ink
    std::optional<PageReading> page = {};  // where it was taken for a page
};

/// The model's sets of that coverage, written as "0.95"; none where it has none.
std::optional<ConformalSets> find_sets(const Model& model, const std::string& coverage);

/// What docs/pictures.md says of `inkling predict --json`; of each character the `top` likeliest classes.
nlohmann::ordered_json to_json(std::span<const PictureReading> pictures, const Model& model,
                               const std::optional<ConformalSets>& sets, std::size_t top = 256);

}  // namespace inkling
