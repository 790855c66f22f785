#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "core/aligned_buffer.h"
#include "kernels/cpu/values.h"

namespace inkling {

/// A tensor in a MemoryPlan.
using TensorId = int;
inline constexpr TensorId kNoTensor = -1;

/// Lays out a network's activations and gradients once. While the network is compiled, tensors are acquired, held and
/// released in the order in which they will be used; what was released may serve again. After allocate() each has its
/// place for good.
class MemoryPlan {
  public:
    /// A tensor of `count` values that is held once.
    TensorId acquire(std::size_t count, Precision precision) {
        // The smallest free one that suffices, else the largest, which grows. Never one of another precision: what a
        // lane without a channel is left with must stay finite.
        TensorId best = kNoTensor;
        for (TensorId id = 0; id < static_cast<TensorId>(tensors_.size()); ++id) {
            if (tensors_[id].holds != 0 || tensors_[id].precision != precision) continue;
            const std::size_t size = tensors_[id].size;
            const std::size_t best_size = best == kNoTensor ? 0 : tensors_[best].size;
            if (best == kNoTensor || (best_size < count ? size > best_size : size >= count && size < best_size))
                best = id;
        }
        if (best == kNoTensor) {
            best = static_cast<TensorId>(tensors_.size());
            tensors_.push_back({.precision = precision});
        }
        tensors_[best].size = std::max(tensors_[best].size, count);
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
            const std::size_t bytes = tensor.size * kernels::bytes_of(tensor.precision);
            total += (bytes + kLine - 1) / kLine * kLine;
        }
        memory_ = AlignedBuffer<std::byte>(total);
    }

    kernels::Values operator[](TensorId id) {
        kernels::Values values;
        values.data = memory_.data() + tensors_[id].offset;
        values.precision = tensors_[id].precision;
        return values;
    }

    Precision precision(TensorId id) const { return tensors_[id].precision; }

  private:
    static constexpr std::size_t kLine = 64;  // bytes of a cache line

    struct Tensor {
        Precision precision = Precision::kFloat32;
        std::size_t size = 0;    // values
        std::size_t offset = 0;  // bytes
        int holds = 0;
    };
    std::vector<Tensor> tensors_;
    AlignedBuffer<std::byte> memory_;
};

}  // namespace inkling
