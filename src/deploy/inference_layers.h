#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "train/model.h"

namespace inkling {

/// A product of a layer's matrix or filters, or of one of the two in a squeeze and excitation. What it makes of its
/// inputs is, for each output, factor * sum(weight * input) + bias.
struct WeightedSums {
    std::string name;                // as in PyTorch's state_dict, without ".weight"
    std::span<const float> weights;  // (outputs, inputs)
    std::vector<double> factors;     // (outputs): 1, or what a batch norm behind it multiplies by
    std::vector<float> biases;       // (outputs): 0 where it has none
    bool has_bias = true;            // or a batch norm behind it that adds

    std::size_t outputs() const { return factors.size(); }
    std::span<const float> row(std::size_t output) const {
        const std::size_t inputs = weights.size() / outputs();
        return weights.subspan(output * inputs, inputs);
    }
};

/// A batch norm's tensors, (channels) each.
struct NormTensors {
    std::span<const float> weight;
    std::span<const float> bias;
    std::span<const float> mean;
    std::span<const float> variance;
};

/// What each channel is multiplied by and gets added, (channels) each.
struct ScaleShift {
    std::vector<double> factors;
    std::vector<double> shifts;
};
ScaleShift scale_shift(const BatchNormSpec& norm, const NormTensors& tensors);

/// What a value is rounded to that is kept in a byte: scale * (byte - zero).
struct ByteGrid {
    float scale = 1;
    std::uint8_t zero = 0;
};

/// A layer of a trained network with the shapes and numbers that whoever runs it needs.
struct InferenceLayer {
    std::string name;  // as in PyTorch's state_dict
    LayerSpec::Kind kind;
    Shape input;
    Shape output;
    std::vector<WeightedSums> sums = {};  // in the order in which they are made
    NormTensors norm = {};                // of a batch norm
    std::optional<ByteGrid> grid = {};    // that its output is rounded to, in a quantized network
    // Of a residual block; no shortcut: what it reads itself.
    std::vector<InferenceLayer> body = {};
    std::vector<InferenceLayer> shortcut = {};
};

enum class Norms {
    kKept,
    kFolded,  // worked into the layer before where that multiplies by weights, and gone from the list
};

/// The network's layers, the output layer included. Their numbers are the model's, which must outlive them.
std::vector<InferenceLayer> inference_layers(const Model& model, Norms norms);

}  // namespace inkling
