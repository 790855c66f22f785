#pragma once

#include <filesystem>
#include <string>

#include "deploy/quantized_network.h"
#include "train/model.h"

namespace inkling {

/// What an ONNX file is made like.
struct OnnxOptions {
    bool bytes = false;          // whether it reads bytes from 0 to 255, not floats from 0 to 1
    bool probabilities = false;  // whether it has their softmax beside the logits
    bool fold = false;           // whether batch norms are worked into the layers before them where they can be
    const QuantizedNetwork* quantized = nullptr;  // what quantize() made of the model, in its place
    std::string card = {};                        // where the model card is, for the metadata; empty: they name none
    std::string version = {};                     // the program's, for the metadata
};

/// Whether this build can write ONNX files: its headers were there.
bool has_onnx();

/// Writes the network for ONNX runtimes, opset 17: from `image` (N, channels, height, width), upright, ink bright, to
/// `logits` (N, classes) and, where asked for, `probabilities`; normalisation and temperature are inside. Tensors have
/// PyTorch's names. A quantized network's values pass a QuantizeLinear and a DequantizeLinear where they are rounded,
/// and its weights and biases a DequantizeLinear, which runtimes take for arithmetic in 8 bits. The metadata hold
/// "classes", a JSON list, and where the network comes from. The same network gives the same bytes.
/// https://github.com/onnx/onnx/blob/main/docs/IR.md. Throws Error (failed) where the file cannot be written, the
/// network is larger than such a file may be, or this build has no ONNX.
void save_onnx(const std::filesystem::path& path, const Model& model, const OnnxOptions& options);

}  // namespace inkling
