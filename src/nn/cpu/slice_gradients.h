#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "core/aligned_buffer.h"
#include "nn/cpu/tree_sum.h"

namespace inkling {

/// What each slice of a batch adds to the gradients of some tensors: every slice's stands by itself and they are added
/// up in the slices' order, or neighbours first, so that the sum does not depend on who worked on which slice.
class SliceGradients {
  public:
    /// Makes room for `size` values that stand from `offset` on in the gradients; returns where in a slice's.
    std::size_t add(std::size_t offset, std::size_t size) {
        pieces_.push_back({.offset = offset, .size = size, .begin = stride_});
        stride_ += size;
        return pieces_.back().begin;
    }

    void allocate(std::size_t slices, bool as_tree) {
        slices_ = slices;
        as_tree_ = as_tree;
        values_ = AlignedBuffer<float>(slices * stride_);
    }

    float* of_slice(std::size_t slice, std::size_t begin) { return values_.data() + slice * stride_ + begin; }

    /// Into how many parts adding up is shared out.
    std::size_t parts() const { return (stride_ + kPart - 1) / kPart; }

    /// A part of the sums; the slices' own values are used up.
    void add_up(std::size_t part, std::span<float> gradients) {
        const std::size_t from = part * kPart;
        const std::size_t to = std::min(from + kPart, stride_);
        for (const Piece& piece : pieces_) {
            const std::size_t begin = std::max(from, piece.begin);
            const std::size_t end = std::min(to, piece.begin + piece.size);
            if (begin < end) add_up(begin, end - begin, &gradients[piece.offset + (begin - piece.begin)]);
        }
    }

  private:
    static constexpr std::size_t kPart = 1 << 14;

    struct Piece {
        std::size_t offset = 0;  // in the gradients
        std::size_t size = 0;
        std::size_t begin = 0;  // in a slice's
    };

    void add_up(std::size_t begin, std::size_t count, float* sums) {
        const auto add = [&](float* to, std::size_t slice) {
            const float* const values = of_slice(slice, begin);
            for (std::size_t i = 0; i < count; ++i) to[i] += values[i];
        };
        if (as_tree_) add_as_tree(slices_, [&](std::size_t to, std::size_t from) { add(of_slice(to, begin), from); });
        std::copy_n(of_slice(0, begin), count, sums);
        for (std::size_t slice = 1; slice < slices_ && !as_tree_; ++slice) add(sums, slice);
    }

    std::vector<Piece> pieces_;
    std::size_t stride_ = 0;  // values of a slice
    std::size_t slices_ = 0;
    bool as_tree_ = false;
    AlignedBuffer<float> values_;
};

}  // namespace inkling
