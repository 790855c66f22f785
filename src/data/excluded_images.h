#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/folds.h"

namespace inkling {

// Images of a training part that nobody is to learn from, as indices from 0 in rising order.

/// A list of them as a file has it: each line begins with an index, and what a comma parts from it is not looked at;
/// the first line may be a heading, "image". So it reads what an audit writes. `images` is the training part's size,
/// `name` the file's for messages. Throws Error (bad data) that names the line.
std::vector<std::uint32_t> parse_excluded_images(std::string_view contents, const std::string& name,
                                                 std::size_t images);

/// The same of a list for `data`, the training part. Where the heading is "image,given", as an audit writes it, the
/// second column has each image's class. Throws Error (bad data) that names the line also where it is another in
/// `data`.
std::vector<std::uint32_t> parse_excluded_images(std::string_view contents, const std::string& name,
                                                 const Dataset& data);

/// The same of a file.
std::vector<std::uint32_t> read_excluded_images(const std::filesystem::path& path, const Dataset& data);

/// The list as text that parse_excluded_images() reads.
std::string excluded_images_text(std::span<const std::uint32_t> excluded);

/// Takes them from what is learned from. What is held out stays, so that trainings with and without are judged by the
/// same images. Throws Error (wrong usage) where a class of `data` that had images to learn from has none any more.
Holdout without_excluded(Holdout holdout, const Dataset& data, std::span<const std::uint32_t> excluded);

}  // namespace inkling
