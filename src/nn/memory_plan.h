#pragma once

#include <cstddef>
#include <vector>

#include "core/aligned_buffer.h"

namespace inkling {

/// A tensor in a MemoryPlan.
using TensorId = int;
inline constexpr TensorId kNoTensor = -1;

/// Lays out a network's activations and gradients once. While the network is compiled, tensors are acquired, held and
/// released in the order in which they will be used; what was released may serve again. After allocate() each has its
/// place for good.
class MemoryPlan {
  public:
    /// A tensor of `floats` values that is held once.
    TensorId acquire(std::size_t floats) {
        // The smallest free one that suffices, else the largest, which grows.
        TensorId best = kNoTensor;
        for (TensorId id = 0; id < static_cast<TensorId>(tensors_.size()); ++id) {
            if (tensors_[id].holds != 0) continue;
            const std::size_t size = tensors_[id].size;
            const std::size_t best_size = best == kNoTensor ? 0 : tensors_[best].size;
            if (best == kNoTensor || (best_size < floats ? size > best_size : size >= floats && size < best_size))
                best = id;
        }
        if (best == kNoTensor) {
            best = static_cast<TensorId>(tensors_.size());
            tensors_.emplace_back();
        }
        tensors_[best].size = std::max(tensors_[best].size, floats);
        tensors_[best].holds = 1;
        return best;
    }

    void hold(TensorId id) { ++tensors_[id].holds; }
    void release(TensorId id) { --tensors_[id].holds; }

    /// Gives every tensor its memory, zero at first, each on a cache line's boundary.
    void allocate() {
        std::size_t total = 0;
        for (Tensor& tensor : tensors_) {
            tensor.offset = total;
            total += (tensor.size + kLine - 1) / kLine * kLine;
        }
        memory_ = AlignedBuffer<float>(total);
    }

    float* operator[](TensorId id) { return memory_.data() + tensors_[id].offset; }

  private:
    static constexpr std::size_t kLine = 16;  // floats of a cache line

    struct Tensor {
        std::size_t size = 0;
        std::size_t offset = 0;
        int holds = 0;
    };
    std::vector<Tensor> tensors_;
    AlignedBuffer<float> memory_;
};

}  // namespace inkling
