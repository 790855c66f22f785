#pragma once

#include <cstddef>
#include <vector>

#include "kernels/update_rules.h"
#include "nn/cpu/compile.h"

namespace inkling {

/// Gradients that are added up over the processes at once, neighbours in their block: those of some neighbouring
/// stages' weights, or of all biases and norms.
struct GradientPiece {
    /// A part of a dense layer's gradient by its weights.
    struct DensePart {
        DenseStage* stage = nullptr;
        int part = 0;
    };

    ParameterRange range;         // whole tensors of the block
    std::size_t first_stage = 0;  // when the backward pass is through with it, so it is with the piece
    // What is left to do then.
    std::vector<DensePart> dense_parts = {};
    std::vector<std::size_t> slice_parts = {};  // of the sums over slices
};

/// A network's gradients in pieces, those that the backward pass has done first before the others. All are one piece
/// where there is nothing to gain by more: where no processes share batches, or reproducibly, which adds them up one
/// after another. `regularized_count` is the layout's: so many gradients of weights, first in the block.
std::vector<GradientPiece> gradient_pieces(CompiledNetwork& network, std::size_t regularized_count);

}  // namespace inkling
