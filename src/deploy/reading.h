#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "deploy/character_reader.h"
#include "pictures/character.h"
#include "train/model.h"

namespace inkling {

/// What a network reads in a picture of a character, or why the picture could not be read.
struct Reading {
    std::string file;  // as JSON names the picture
    std::string error = {};
    CharacterImage character = {};
    std::vector<ReadClass> classes = {};  // the likeliest first; none without ink
    std::vector<ReadClass> set = {};      // none where the model was not calibrated

    bool has_ink() const { return error.empty() && !character.box.empty(); }
};

/// The model's sets of that coverage, written as "0.95"; none where it has none.
std::optional<ConformalSets> find_sets(const Model& model, const std::string& coverage);

/// Readings for machines: "coverage", where there are sets, and "pictures", of which each has its "file" and either
/// "error" or "characters" with "box", "classes" and "set". File names that are not UTF-8 need path_text() before.
nlohmann::ordered_json to_json(std::span<const Reading> readings, const std::vector<std::string>& class_names,
                               const std::optional<ConformalSets>& sets);

}  // namespace inkling
