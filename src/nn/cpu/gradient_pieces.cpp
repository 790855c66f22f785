#include "nn/cpu/gradient_pieces.h"

#include <optional>

namespace inkling {
namespace {

// Values, 256 KiB: where a sum takes about as long for what it sends as for going to and fro.
constexpr std::size_t kLeastPiece = 1 << 16;

/// The number of a stage's first tensor among the weights, if it has any.
std::optional<int> first_weight(const Stage& stage) {
    return std::visit(
        []<class Kind>(const Kind& kind) -> std::optional<int> {
            if constexpr (requires { kind.weight; }) return kind.weight;
            if constexpr (requires { kind.squeeze_weight; }) return kind.squeeze_weight.number;
            return std::nullopt;
        },
        stage.kind);
}

/// The block's ranges, and the stages with which they are done.
std::vector<GradientPiece> cut(const CompiledNetwork& network, std::size_t regularized_count) {
    const TensorBlock& parameters = network.memory.parameters;
    const Sharing& sharing = network.memory.sharing;
    const std::size_t count = parameters.block().size();
    std::vector<GradientPiece> pieces;
    std::size_t end = regularized_count;
    for (std::size_t i = network.stages.size(); i-- > 0 && sharing.exchange != nullptr && !sharing.reproducible;) {
        const std::optional<int> weight = first_weight(network.stages[i]);
        if (!weight || end - parameters.offset(*weight) < kLeastPiece) continue;
        pieces.push_back({.range = {parameters.offset(*weight), end}, .first_stage = i});
        end = parameters.offset(*weight);
    }
    if (pieces.empty()) return {{.range = {0, count}}};
    if (end > 0) pieces.push_back({.range = {0, end}});
    if (count > regularized_count) pieces.push_back({.range = {regularized_count, count}});
    return pieces;
}

}  // namespace

std::vector<GradientPiece> gradient_pieces(CompiledNetwork& network, std::size_t regularized_count) {
    NetworkMemory& memory = network.memory;
    std::vector<GradientPiece> pieces = cut(network, regularized_count);
    for (GradientPiece& piece : pieces) {
        for (Stage& stage : network.stages) {
            auto* const dense = std::get_if<DenseStage>(&stage.kind);
            if (dense == nullptr || memory.sharing.reproducible ||
                !piece.range.holds(memory.parameters.offset(dense->weight)))
                continue;
            for (int part = 0; part < dense->weight_product->parts(); ++part)
                piece.dense_parts.push_back({dense, part});
        }
        piece.slice_parts = memory.slice_gradients.parts_of(piece.range);
    }
    return pieces;
}

}  // namespace inkling
