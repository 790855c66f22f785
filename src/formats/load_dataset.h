#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace inkling {

/// Whether a split has this part. No folder, as in load_dataset(), is where split `synthetic` is whole. Throws Error
/// (bad data) where there is no such split.
bool has_part(const std::filesystem::path& folder, const std::string& split, Part part);

/// The parts that a split has, training first. Throws Error (bad data) likewise.
std::vector<Part> parts_of(const std::filesystem::path& folder, const std::string& split);

/// "split balanced in DIR", for people; says of synthetic images what they are.
std::string describe_source(const std::filesystem::path& folder, const std::string& split);

/// Reads one part of a split from a folder, or from a file that holds it, in any layout that formats() lists; without a
/// folder, split `synthetic` is made in memory (data/synthetic.h). Throws Error (bad data) naming the file, what was
/// found and what was expected.
///
/// `stored`: how the images are stored, if somebody said so or another part told. Else the layout has a usual way, as
/// official splits are transposed and MNIST's files are not; or the training part's ink tells.
///
/// Classes are those of the mapping file, or of a list of names beside the data; else those that the files name
/// themselves; without either, an official split's by its name, else those of the official split whose labels have
/// exactly the range of the training part's, else the numbers of that range.
///
/// Where nothing says which images are for training and which for tests, a sixth of each class is the test part, chosen
/// by a seed that does not change.
Dataset load_dataset(const std::filesystem::path& folder, const std::string& split, Part part,
                     std::optional<Orientation> stored = {});

/// The same of several parts: the first tells how the others' images are stored. What parts are made of is read once.
std::vector<Dataset> load_parts(const std::filesystem::path& folder, const std::string& split,
                                std::span<const Part> parts, std::optional<Orientation> stored = {});

}  // namespace inkling
