#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "core/aligned_buffer.h"
#include "kernels/update_rules.h"
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

    /// The parts by which adding up the tensors that begin in `range` of the gradients is shared out.
    std::vector<std::size_t> parts_of(const ParameterRange& range) const {
        std::vector<std::size_t> parts;
        for (std::size_t part = 0; part * kPart < stride_; ++part) {
            bool has_some = false;
            for_each_of(part, range, [&](const Piece&, std::size_t, std::size_t) { has_some = true; });
            if (has_some) parts.push_back(part);
        }
        return parts;
    }

    /// A part of the sums; the slices' own values are used up.
    void add_up(std::size_t part, const ParameterRange& range, std::span<float> gradients) {
        for_each_of(part, range, [&](const Piece& piece, std::size_t begin, std::size_t end) {
            add_up(begin, end - begin, &gradients[piece.offset + (begin - piece.begin)]);
        });
    }

  private:
    static constexpr std::size_t kPart = 1 << 14;

    struct Piece {
        std::size_t offset = 0;  // in the gradients
        std::size_t size = 0;
        std::size_t begin = 0;  // in a slice's
    };

    /// Calls body(piece, begin, end) with what a part has of each piece that begins in `range`.
    template <class Body>
    void for_each_of(std::size_t part, const ParameterRange& range, Body&& body) const {
        const std::size_t from = part * kPart;
        for (const Piece& piece : pieces_) {
            const std::size_t begin = std::max(from, piece.begin);
            const std::size_t end = std::min(from + kPart, piece.begin + piece.size);
            if (begin < end && range.holds(piece.offset)) body(piece, begin, end);
        }
    }

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
