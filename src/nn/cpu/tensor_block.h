#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "core/aligned_buffer.h"
#include "core/error.h"
#include "nn/parameter_layout.h"

namespace inkling {

/// The memory of named tensors that lie in one block: a network's parameters and their gradients, or its statistics.
class TensorBlock {
  public:
    TensorBlock() = default;

    /// `copies` blocks (values, gradients) of `count` values each, zero at first.
    TensorBlock(std::vector<TensorInfo> tensors, std::size_t count, int copies) : tensors_(std::move(tensors)) {
        for (int copy = 0; copy < copies; ++copy) blocks_.emplace_back(count);
    }

    /// The number by which a tensor is asked for.
    int number(const std::string& name) const {
        const auto found =
            std::find_if(tensors_.begin(), tensors_.end(), [&](const TensorInfo& info) { return info.name == name; });
        if (found == tensors_.end()) throw failed("no tensor {} in the network's layout", name);
        return static_cast<int>(found - tensors_.begin());
    }

    /// Where a tensor stands in the block.
    std::size_t offset(int number) const { return tensors_[number].offset; }

    std::span<float> block(int copy = 0) { return blocks_[copy].span(); }
    std::span<const float> block(int copy = 0) const { return blocks_[copy].span(); }

    std::span<float> tensor(int number, int copy = 0) {
        return block(copy).subspan(tensors_[number].offset, tensors_[number].size);
    }

  private:
    std::vector<TensorInfo> tensors_;
    std::vector<AlignedBuffer<float>> blocks_;
};

}  // namespace inkling
