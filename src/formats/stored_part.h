#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/catalogue.h"
#include "data/dataset.h"

namespace inkling {

/// One part of a split as a reader of its files gives it: all that they say, and nothing guessed.
struct StoredPart {
    std::vector<std::uint8_t> images;         // (size, 28, 28), as stored
    std::vector<std::uint8_t> labels;         // (size), as stored
    std::vector<std::uint32_t> writers = {};  // (size); empty where the files do not say
    std::optional<Mapping> mapping = {};      // where the files themselves name the classes
    std::vector<DataFile> files;
    std::string images_name;  // of the file, for messages
    std::string labels_name;
    std::string details = {};                // how the file was found to be laid out, for people
    std::vector<std::string> left_out = {};  // what was not read of what is there, a clause each
};

}  // namespace inkling
