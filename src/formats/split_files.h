#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace inkling {

struct Format;

/// The files of one part; an empty path where there is none. Where one file holds all, it stands in each place.
struct PartFiles {
    std::filesystem::path images;
    std::filesystem::path labels;
    std::filesystem::path writers = {};

    bool any() const { return !images.empty() || !labels.empty(); }
    bool whole() const { return !images.empty() && !labels.empty(); }
};

/// How a split's files store images, unless somebody says otherwise.
struct UsualOrientation {
    Orientation orientation = Orientation::kUpright;
    bool measured = false;  // the ink decides, if it can
};

/// The files of one split.
struct SplitFiles {
    std::string name;
    PartFiles train;
    PartFiles test;
    std::filesystem::path classes = {};  // a mapping, or a list of names; empty: there is none
    const Format* format = nullptr;
    std::optional<UsualOrientation> usual = {};  // empty: pictures, which are upright as they are seen
    bool official = false;                       // one of the six splits under its own name, whose classes are known
    bool dealt = false;                          // both parts are to be made of the same images, which stand in each

    const PartFiles& part(Part which) const { return which == Part::kTrain ? train : test; }
};

/// The splits that are in a folder, or in a file that was named itself, by name. Throws Error (bad data) if there is no
/// such place or it cannot be read.
std::vector<SplitFiles> find_splits(const std::filesystem::path& where);

/// One split. Throws Error (bad data) that names what was found and the nearest name, or says how to get data; and
/// where files of two kinds have that name.
SplitFiles find_split(const std::filesystem::path& where, const std::string& split);

}  // namespace inkling
