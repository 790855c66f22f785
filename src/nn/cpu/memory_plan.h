#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include "core/aligned_buffer.h"
#include "kernels/cpu/values.h"

namespace inkling {

/// A tensor in a MemoryPlan.
using TensorId = int;
inline constexpr TensorId kNoTensor = -1;

/// Lays out a network's activations and gradients once. While the network is compiled, tensors are acquired, held and
/// released in the order in which they will be used; allocate() then gives each its place for good, and those that are
/// never needed at one time may share it.
class MemoryPlan {
  public:
    /// A tensor of `count` values that is held once.
    TensorId acquire(std::size_t count, Precision precision) {
        tensors_.push_back({.precision = precision, .bytes = count * bytes_of(precision), .first = clock_++});
        return static_cast<TensorId>(tensors_.size()) - 1;
    }

    void hold(TensorId id) { ++tensors_[id].holds; }

    void release(TensorId id) {
        if (--tensors_[id].holds == 0) tensors_[id].last = clock_++;
    }

    /// Gives every tensor its memory, zero at first, on a cache line's boundary: the largest first, each at the lowest
    /// place that is free for as long as it is needed.
    void allocate() {
        std::vector<Tensor*> order;
        for (Tensor& tensor : tensors_) order.push_back(&tensor);
        std::stable_sort(order.begin(), order.end(), [](auto* a, auto* b) { return a->bytes > b->bytes; });
        std::vector<Tensor*> placed;  // by offset
        std::size_t total = 0;
        for (Tensor* tensor : order) {
            for (const Tensor* other : placed)
                if (are_apart(*tensor, *other) && other->offset < tensor->offset + tensor->bytes)
                    tensor->offset = std::max(tensor->offset, next_line(other->offset + other->bytes));
            placed.insert(std::upper_bound(placed.begin(), placed.end(), tensor,
                                           [](auto* a, auto* b) { return a->offset < b->offset; }),
                          tensor);
            total = std::max(total, tensor->offset + tensor->bytes);
        }
        memory_ = AlignedBuffer<std::byte>(total);
    }

    /// Where it stands; the plan is constant, not what is in it.
    kernels::Values operator[](TensorId id) const {
        kernels::Values values;
        values.data = const_cast<std::byte*>(memory_.data()) + tensors_[id].offset;
        values.precision = tensors_[id].precision;
        return values;
    }

    Precision precision(TensorId id) const { return tensors_[id].precision; }

  private:
    static constexpr std::size_t kLine = 64;  // bytes of a cache line

    struct Tensor {
        Precision precision = Precision::kFloat32;
        std::size_t bytes = 0;
        int first = 0;  // when it is needed: these two and all between
        int last = std::numeric_limits<int>::max();
        int holds = 1;
        std::size_t offset = 0;
    };

    static std::size_t next_line(std::size_t offset) { return (offset + kLine - 1) / kLine * kLine; }

    /// Whether two tensors must not share memory. Those of another precision never do: what a lane without a channel is
    /// left with must stay finite.
    static bool are_apart(const Tensor& a, const Tensor& b) {
        return a.precision != b.precision || (a.first <= b.last && b.first <= a.last);
    }

    std::vector<Tensor> tensors_;
    int clock_ = 0;
    AlignedBuffer<std::byte> memory_;
};

}  // namespace inkling
