#pragma once

#include <functional>

#include "core/shape.h"

namespace inkling::peers {

// oneDNN's own primitives for what the library has kernels of its own for. Each call makes one, with memory of random
// values, and gives what runs it to the end. Activations are laid out in channel blocks, as the library's are.

using Run = std::function<void()>;

/// Why there are none where all of these give nothing.
inline constexpr const char* kMissing = "needs oneDNN 2";

/// Batch statistics, norm and ReLU.
Run batch_norm_relu_forward(int batch, const Shape& shape);
Run batch_norm_relu_backward(int batch, const Shape& shape);

Run relu_forward(int batch, const Shape& shape);
Run gelu_forward(int batch, const Shape& shape);

/// 2x2, stride 2, for training.
Run max_pool_forward(int batch, const Shape& shape);
Run max_pool_backward(int batch, const Shape& shape);

Run softmax(int batch, int classes);

/// A dense layer's, with weights in the layout that oneDNN likes best.
Run inner_product_forward(int batch, int inputs, int units);
Run inner_product_backward_weights(int batch, int inputs, int units);
Run inner_product_backward_data(int batch, int inputs, int units);

}  // namespace inkling::peers
