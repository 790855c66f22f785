#pragma once

#include <cstdint>
#include <memory>
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
    std::vector<std::uint8_t> images;         // (size, height, width); empty where they are `shared`
    std::vector<std::uint8_t> labels;         // (size)
    std::vector<std::string> class_names;     // "0" .. "9", "A", ...; merged classes by their upper-case letter
    std::vector<std::uint32_t> writers = {};  // who wrote each, shape (size); empty: nobody knows
    std::vector<DataFile> files;
    std::optional<Orientation> stored = {};           // how the files have the images; empty: there are no files
    std::string read_as = {};                         // what the files are where they are not EMNIST's own, for people
    std::vector<std::string> assumed = {};            // what was guessed to read them, a clause each
    std::shared_ptr<const std::uint8_t> shared = {};  // the images, where processes have them in the same memory

    std::size_t size() const { return labels.size(); }
    int classes() const { return static_cast<int>(class_names.size()); }
    /// All images, shape (size, height, width).
    std::span<const std::uint8_t> pixels() const {
        return shared ? std::span(shared.get(), size() * shape.size()) : std::span(images);
    }
    std::span<const std::uint8_t> image(std::size_t index) const {
        return pixels().subspan(index * shape.size(), shape.size());
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

/// What the data were found to be and what was guessed to read them, in a line for people; empty where they are
/// EMNIST's own files and nothing was.
std::string describe_assumptions(const Dataset& data);

}  // namespace inkling
