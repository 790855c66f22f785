#pragma once

#include "core/shape.h"
#include "kernels/precision.h"

namespace inkling::kernels {

/// A 2-D convolution: cross-correlation, as in PyTorch, of `batch` images with square kernels, the same stride and zero
/// padding in both directions.
struct ConvolutionGeometry {
    int batch = 0;
    Shape input;
    int filters = 0;
    int kernel = 3;
    int stride = 1;
    int padding = 1;
    bool bias = true;
    bool plain_input = false;                   // the input is (batch, C, H, W) as it stands, not as an engine keeps it
    Precision precision = Precision::kFloat32;  // of input, output and their gradients

    Shape output() const {
        return {filters, (input.height + 2 * padding - kernel) / stride + 1,
                (input.width + 2 * padding - kernel) / stride + 1};
    }

    /// Whether Winograd's algorithm can do it: in floats, 3x3, without stride, with padding up to 2, of an input as
    /// engines keep it.
    bool suits_winograd() const {
        return precision == Precision::kFloat32 && !plain_input && kernel == 3 && stride == 1 && padding <= 2;
    }
};

/// The most channels of a network's input that convolutions read as it stands: for so few, oneDNN has kernels.
inline constexpr int kMostPlainChannels = 3;

/// A depthwise convolution: as ConvolutionGeometry, but each channel of the input has one filter, which reads it alone.
struct DepthwiseGeometry {
    Shape input;
    int kernel = 3;
    int stride = 1;
    int padding = 1;

    Shape output() const {
        return {input.channels, (input.height + 2 * padding - kernel) / stride + 1,
                (input.width + 2 * padding - kernel) / stride + 1};
    }
};

/// Squeeze and excitation: output = input * sigmoid(W2 relu(W1 mean + b1) + b2), where mean is each channel's and W1
/// makes `squeezed` of the channels. J. Hu et al., "Squeeze-and-excitation networks", 2018.
struct SqueezeGeometry {
    Shape shape;
    int squeezed = 1;
};

/// output = input weight^T + bias, on `batch` rows of features.
struct DenseGeometry {
    int batch = 0;
    int inputs = 0;
    int units = 0;
    int input_stride = 0;  // values from one sample to the next
    int output_stride = 0;
    bool bias = true;
    Precision precision = Precision::kBfloat16;         // of input, its gradient, and what is multiplied
    Precision output_precision = Precision::kBfloat16;  // of output and its gradient
};

}  // namespace inkling::kernels
