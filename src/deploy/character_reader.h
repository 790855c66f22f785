#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/emnist_conversion.h"
#include "nn/network.h"
#include "train/model.h"

namespace inkling {

/// The classes that may be read, in rising order: "digits", "letters", or those whose names are characters of
/// `charset`. Empty means all. Throws Error (wrong usage) where a character is no class, or no class is left.
std::vector<std::size_t> find_charset(std::string_view charset, const std::vector<std::string>& class_names);

/// A class, and how probable the network takes it to be.
struct ReadClass {
    std::size_t label = 0;
    double probability = 0;
};

/// The classes of `charset` by their probabilities among all classes, the likeliest first. They then add up to 1: they
/// are those of an image that is known to be of one of these classes.
std::vector<ReadClass> ranked(std::span<const float> probabilities, std::span<const std::size_t> charset);

/// Reads single characters with a trained network.
class CharacterReader {
  public:
    /// `charset`: as find_charset() gives it. `batch_size`: images that are computed together, however few there are.
    /// Throws Error (bad data) where the model reads no images of 28x28.
    CharacterReader(const Model& model, std::vector<std::size_t> charset, int batch_size = 64);

    /// The probabilities of all classes, whatever the charset: (images, classes).
    std::vector<float> probabilities(std::span<const EmnistImage> images);

    /// For each image the classes of the charset, ranked().
    std::vector<std::vector<ReadClass>> read(std::span<const EmnistImage> images);

    /// The probability of one class for each image.
    std::vector<double> probabilities_of(std::size_t label, std::span<const EmnistImage> images);

  private:
    Normalization normalization_;
    std::size_t classes_;
    std::vector<std::size_t> charset_;
    std::size_t batch_size_;
    Network network_;
};

/// Those of `classes`, which are the likeliest first, in a set that holds the true one at the rate of `sets`. Where
/// only a charset may be read, probabilities are no smaller than without it, so that the set is no smaller either.
std::vector<ReadClass> set_of(const std::vector<ReadClass>& classes, const ConformalSets& sets);

}  // namespace inkling
