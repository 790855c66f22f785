#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/dataset.h"

namespace inkling {

/// One of the six official splits of EMNIST. G. Cohen, S. Afshar, J. Tapson, A. van Schaik, "EMNIST: an extension of
/// MNIST to handwritten letters", 2017, arXiv:1702.05373.
struct OfficialSplit {
    std::string_view name;
    std::uint32_t train_images;
    std::uint32_t test_images;
    int first_label;               // 1 in letters, else 0
    std::string_view class_names;  // one character a class
};

/// In the paper's order.
std::span<const OfficialSplit> official_splits();

/// nullptr if `name` is not an official split.
const OfficialSplit* find_official_split(std::string_view name);

/// The classes of a split and the label of the first in its files; the others follow.
struct Mapping {
    std::vector<std::string> class_names;
    int first_label = 0;
};

/// Reads a mapping: one line a class in rising order, `<label> <code of the upper-case character>[ <code of the
/// lower-case one>]`, no class twice. Throws Error (bad data) with file `name` and line.
Mapping parse_mapping(std::string_view contents, const std::string& name);

Mapping official_mapping(const OfficialSplit& split);

/// The official split whose labels go exactly from `first` to `last`: 0 to 61 byclass, 0 to 46 balanced (bymerge has
/// the same classes), 1 to 26 letters, 0 to 9 mnist (digits has the same classes). nullptr for any other range.
const OfficialSplit* find_official_range(int first, int last);

/// Classes that nobody named: their labels' numbers, from `first` to `last`.
Mapping numbered_mapping(int first, int last);

}  // namespace inkling
