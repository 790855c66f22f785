#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/shape.h"
#include "data/orientation.h"

namespace inkling {

/// The two parts of a split.
enum class Part { kTrain, kTest };
const char* part_name(Part part);  // "train" or "test"

/// A file that a data set was read from, for a run's record.
struct DataFile {
    std::string name;
    std::string sha256;
};

/// One part of a split, as read: bytes, upright, row by row, ink bright on black. Labels are 0 .. classes-1 whatever
/// the file's first label is.
struct Dataset {
    std::string split;
    Part part = Part::kTrain;
    Shape shape{1, 28, 28};
    std::vector<std::uint8_t> images;         // (size, height, width)
    std::vector<std::uint8_t> labels;         // (size)
    std::vector<std::string> class_names;     // "0" .. "9", "A", ...; merged classes by their upper-case letter
    std::vector<std::uint32_t> writers = {};  // who wrote each, shape (size); empty: nobody knows
    std::vector<DataFile> files;
    std::optional<Orientation> stored = {};  // how the files have the images; empty: there are no files
    std::vector<std::string> assumed = {};   // what was guessed to read them, a clause each

    std::size_t size() const { return labels.size(); }
    int classes() const { return static_cast<int>(class_names.size()); }
    std::span<const std::uint8_t> image(std::size_t index) const {
        return std::span(images).subspan(index * shape.size(), shape.size());
    }
};

/// Mean and standard deviation of pixels scaled to 0..1.
struct Normalization {
    float mean = 0;
    float deviation = 1;
};

/// Over all pixels of the samples named by `indices`; all samples where it is empty. A data set without contrast has
/// deviation 1.
Normalization measure_normalization(const Dataset& data, std::span<const std::uint32_t> indices = {});

/// How many samples each class has, shape (classes).
std::vector<std::size_t> class_histogram(const Dataset& data);

/// The samples named by `indices`, in that order, as a data set of their own.
Dataset subset(const Dataset& data, std::span<const std::uint32_t> indices);

/// Whether a split has this part. No folder, as in load_dataset(), is where split `synthetic` is whole. Throws Error
/// (bad data) where there is no such split.
bool has_part(const std::filesystem::path& folder, const std::string& split, Part part);

/// "split balanced in DIR", for people; says of synthetic images what they are.
std::string describe_source(const std::filesystem::path& folder, const std::string& split);

/// What was guessed to read the data, in a line for people; empty where nothing was.
std::string describe_assumptions(const Dataset& data);

/// Reads one part of a split from a folder of IDX files, plain or gzipped; without a folder, split `synthetic` is made
/// in memory (data/synthetic.h). Throws Error (bad data) naming the file, what was found and what was expected.
///
/// `stored`: how the images are stored, if somebody said so or another part told. Else official splits are transposed,
/// and of others the training part's ink tells; where it does not, they are taken as transposed.
///
/// Classes are the mapping file's; without one, an official split's by its name, else those of the official split whose
/// labels have exactly the range of the training part's, else the numbers of that range.
Dataset load_dataset(const std::filesystem::path& folder, const std::string& split, Part part,
                     std::optional<Orientation> stored = {});

}  // namespace inkling
