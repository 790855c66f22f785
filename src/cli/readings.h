#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "deploy/page_reader.h"
#include "pictures/character.h"

namespace inkling::cli {

/// What was read in a picture, or why it could not be read.
struct ReadPicture {
    std::string file;
    std::string error = {};
    CharacterImage image = {};             // where it was taken for one character
    std::optional<Reading> reading = {};   // of that; none without ink
    std::optional<PageReading> page = {};  // where it was taken for a page
};

/// "7 98.1%  1 1.2%", the `top` likeliest, after "no character, else " where it is none; or "no ink".
std::string text_of(const ReadPicture& picture, const Model& model, int top);

/// The classes in the set of a reading, "0 or O"; empty where there are no sets.
std::string set_text(const Reading& reading, const Model& model, const std::optional<ConformalSets>& sets);

/// What docs/pictures.md says of --json.
nlohmann::ordered_json to_json(const std::vector<ReadPicture>& pictures, const Model& model,
                               const std::optional<ConformalSets>& sets);

}  // namespace inkling::cli
