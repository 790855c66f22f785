#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "deploy/character_reader.h"
#include "train/model.h"

namespace inkling::serve {

/// The most images that are computed together.
inline constexpr std::size_t kBatchImages = 64;

/// A model as it is served: one reading of its file, compiled for several sizes of batch, so that few images do not
/// take the time of many.
class ServedModel {
  public:
    /// `loading`: how often the file was read, from 1. Throws Error (bad data) where it reads other images than
    /// EMNIST's. Whoever computes needs the same thread_count() as whoever made it.
    ServedModel(std::string name, Model model, std::uint64_t loading);

    const std::string& name() const { return name_; }
    const Model& model() const { return model_; }
    std::uint64_t loading() const { return loading_; }

    /// The probabilities of all classes, (images, classes), of at most kBatchImages images. One thread at a time.
    std::vector<NetworkOutput> outputs(std::span<const EmnistImage> images);

  private:
    std::string name_;
    Model model_;
    std::uint64_t loading_;
    std::deque<CharacterReader> readers_;  // by kSizes
};

}  // namespace inkling::serve
