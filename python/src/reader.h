#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "train/model.h"

namespace inkling::python {

/// Reads a few images at a time by networks that it keeps, since compiling one takes longer than reading an image.
/// Threads may share it: each takes a network that nobody uses, or compiles one more. Refers to the model.
class Reader {
  public:
    /// The most images at a time.
    static constexpr std::size_t kMost = 64;

    explicit Reader(const Model& model) : model_(model) {}

    const Model& model() const { return model_; }

    /// Of (count, height, width) images, on thread_count() threads: (count, classes).
    std::vector<float> probabilities(std::span<const std::uint8_t> images);

  private:
    using Kind = std::pair<std::size_t, int>;  // batch size and threads

    Network take(const Kind& kind);
    void put_back(const Kind& kind, Network network);

    const Model& model_;
    std::mutex mutex_;
    std::map<Kind, std::vector<Network>> idle_;
};

}  // namespace inkling::python
