#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "formats/format.h"

namespace inkling {

/// CSV as Kaggle has EMNIST and MNIST, plain or gzipped: a row an image, with its label and 784 pixels, 0 to 255. Files
/// whose names end with "train" and "test" are the parts of one split (emnist-balanced-train.csv, mnist_train.csv); one
/// that is named itself, or stands alone, is a split of its own, whose parts are made.
std::vector<SplitFiles> find_csv(const Listing& listing);

StoredPart read_csv(const SplitFiles& split, Part part);

/// What a file says. A first row whose fields all differ is its heading, for no image has 784 different pixels; the
/// column that it calls label or class has the labels, else the first one. Labels are numbers from 0 to 255, or
/// classes' names where one of them is no number. Fields may stand in quotes. Throws Error (bad data) with `name`, line
/// and column; also where the labels seem to stand in the last column and no heading says so.
StoredPart parse_csv(std::span<const std::byte> file, const std::string& name);

}  // namespace inkling
