#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "data/dataset.h"
#include "deploy/inference_layers.h"

namespace inkling {

/// A value of images that are computed together. In double precision, sums of products of whole numbers of 8 bits are
/// exact.
inline constexpr std::size_t kTogether = 16;
using Together = std::array<double, kTogether>;

/// Images, (count <= kTogether, pixels), as a network's first layer reads them; places without an image repeat the
/// last.
std::vector<Together> normalized_together(std::span<const std::uint8_t> images, std::size_t pixels,
                                          const Normalization& normalization);

/// Rounds to the nearest value of the grid, ties to even, as ONNX's QuantizeLinear does.
void round_to(const ByteGrid& grid, std::span<Together> values);

/// Hears what a layer makes, before it is rounded.
using LayerWatch = std::function<void(const InferenceLayer& layer, std::span<const Together> output)>;

/// What the layers make of `values`, on the calling thread: the obvious arithmetic, with values rounded where a layer
/// has a grid. For networks that the engine cannot run; that one is faster.
std::vector<Together> run_layers(std::span<const InferenceLayer> layers, std::vector<Together> values,
                                 const LayerWatch& watch = {});

}  // namespace inkling
