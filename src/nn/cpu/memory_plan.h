#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include "core/aligned_buffer.h"
#include "kernels/cpu/slice.h"
#include "kernels/cpu/values.h"

namespace inkling {

/// A tensor in a MemoryPlan.
using TensorId = int;
inline constexpr TensorId kNoTensor = -1;

/// Lays out a network's activations and gradients once. While the network is compiled, tensors are acquired, held and
/// released in the order in which they will be used, phase by phase; allocate() then gives each its place for good, and
/// those that are never needed at one time may share it.
///
/// Within a phase, each worker takes slices of the batch through all stages on its own. So what is needed in one phase
/// only stands in memory of the worker's, of a slice's size and warm in its cache; all else has room for the batch, and
/// may share it only with what is needed in other phases.
class MemoryPlan {
  public:
    /// A tensor of `sample_size` values a sample that is held once.
    TensorId acquire(std::size_t sample_size, Precision precision) {
        tensors_.push_back({.precision = precision,
                            .sample_bytes = sample_size * bytes_of(precision),
                            .first = clock_++,
                            .first_phase = phase_});
        return static_cast<TensorId>(tensors_.size()) - 1;
    }

    void hold(TensorId id) { ++tensors_[id].holds; }

    void release(TensorId id) {
        if (--tensors_[id].holds > 0) return;
        tensors_[id].last = clock_++;
        tensors_[id].last_phase = phase_;
    }

    /// What comes now begins only where all that came before is done for the whole batch.
    void next_phase() { ++phase_; }

    /// Gives every tensor its memory, zero at first, on a cache line's boundary.
    void allocate(int batch, int slice, int workers) {
        batch_ = AlignedBuffer<std::byte>(place(batch, false, [](const Tensor& a, const Tensor& b) {
            return a.first_phase <= b.last_phase && b.first_phase <= a.last_phase;
        }));
        const std::size_t size =
            place(slice, true, [](const Tensor& a, const Tensor& b) { return a.first <= b.last && b.first <= a.last; });
        workers_ = std::vector<AlignedBuffer<std::byte>>(static_cast<std::size_t>(workers));
        for (auto& memory : workers_) memory = AlignedBuffer<std::byte>(size);
    }

    /// Where a slice's part of it stands; the plan is constant, not what is in it.
    kernels::Values at(TensorId id, const kernels::Slice& slice, int worker) const {
        const Tensor& tensor = tensors_[id];
        if (tensor.is_workers())
            return values(tensor, workers_[static_cast<std::size_t>(worker)].data() + tensor.offset);
        return values(tensor,
                      batch_.data() + tensor.offset + tensor.sample_bytes * static_cast<std::size_t>(slice.first));
    }

    /// The same of the whole batch, for what is needed in more than one phase.
    kernels::Values of_batch(TensorId id) const { return at(id, {}, 0); }

    Precision precision(TensorId id) const { return tensors_[id].precision; }

  private:
    static constexpr std::size_t kLine = 64;  // bytes of a cache line
    static constexpr int kNever = std::numeric_limits<int>::max();

    struct Tensor {
        Precision precision = Precision::kFloat32;
        std::size_t sample_bytes = 0;
        int first = 0;  // when it is needed: these two and all between
        int last = kNever;
        int first_phase = 0;
        int last_phase = kNever;
        int holds = 1;
        std::size_t offset = 0;

        bool is_workers() const { return first_phase == last_phase; }
    };

    static std::size_t next_line(std::size_t offset) { return (offset + kLine - 1) / kLine * kLine; }

    static kernels::Values values(const Tensor& tensor, const std::byte* data) {
        kernels::Values values;
        values.data = const_cast<std::byte*>(data);
        values.precision = tensor.precision;
        return values;
    }

    /// Gives the workers' own tensors, or all others, their places in one piece of memory, the largest first, each at
    /// the lowest place that is free for as long as it is needed; returns the memory's size. Tensors of another
    /// precision never share: what a lane without a channel is left with must stay finite.
    template <class Meets>
    std::size_t place(int samples, bool workers, Meets&& meet) {
        const auto bytes = [&](const Tensor& tensor) {
            return tensor.sample_bytes * static_cast<std::size_t>(samples);
        };
        std::vector<Tensor*> order;
        for (Tensor& tensor : tensors_)
            if (tensor.is_workers() == workers) order.push_back(&tensor);
        std::stable_sort(order.begin(), order.end(),
                         [](auto* a, auto* b) { return a->sample_bytes > b->sample_bytes; });
        std::vector<Tensor*> placed;  // by offset
        std::size_t total = 0;
        for (Tensor* tensor : order) {
            for (const Tensor* other : placed)
                if ((tensor->precision != other->precision || meet(*tensor, *other)) &&
                    other->offset < tensor->offset + bytes(*tensor))
                    tensor->offset = std::max(tensor->offset, next_line(other->offset + bytes(*other)));
            placed.insert(std::upper_bound(placed.begin(), placed.end(), tensor,
                                           [](auto* a, auto* b) { return a->offset < b->offset; }),
                          tensor);
            total = std::max(total, tensor->offset + bytes(*tensor));
        }
        return total;
    }

    std::vector<Tensor> tensors_;
    int clock_ = 0;
    int phase_ = 0;
    AlignedBuffer<std::byte> batch_;
    std::vector<AlignedBuffer<std::byte>> workers_;
};

}  // namespace inkling
