#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "data/dataset.h"
#include "deploy/inference_layers.h"

namespace inkling {

/// A network whose convolutions and dense layers multiply whole numbers of 8 bits. Batch norms are worked into the
/// layers before them where they can be. Every layer's output is rounded to 256 steps of its own, but where an
/// activation follows, which is rounded instead, and that of the last layer. Weights of an output are -127 to 127 times
/// a scale of its own, biases whole numbers times that scale and the input's. The two products of a squeeze and
/// excitation, which are small, stay in floats. B. Jacob et al., "Quantization and training of neural networks for
/// efficient integer-arithmetic-only inference", 2018. Holds numbers of the model that it was made of, which must
/// outlive it.
struct QuantizedNetwork {
    Normalization normalization;
    ByteGrid image;                      // of the normalised images
    std::vector<InferenceLayer> layers;  // those that multiply: weights are the whole numbers, factors their scales
    std::vector<std::vector<float>> whole_numbers;  // what these are views of
    std::size_t calibrated_on = 0;                  // images

    QuantizedNetwork() = default;
    QuantizedNetwork(QuantizedNetwork&&) = default;
    QuantizedNetwork& operator=(QuantizedNetwork&&) = default;
    ~QuantizedNetwork() = default;
};

/// The number of images of the training part that show what values there are between layers.
inline constexpr std::size_t kCalibrationImages = 1024;

/// Quantizes a network: each output's steps reach from the least to the largest value that the images give, `images` of
/// `training`, evenly spread, on thread_count() threads. The same for any number of threads. Throws Error (bad data)
/// where images are not of the network's size, (failed) where there are none or a sum could be larger than 32 bits
/// hold.
QuantizedNetwork quantize(const Model& model, const Dataset& training, std::size_t images = kCalibrationImages);

/// Its logits of images, (count, pixels), as bytes: (count, classes), on thread_count() threads. `on_progress` hears
/// from the calling thread how many images are done.
std::vector<float> quantized_logits(const QuantizedNetwork& network, std::span<const std::uint8_t> images,
                                    const std::function<void(std::size_t)>& on_progress = {});

/// The share of the images that it reads right.
double quantized_accuracy(const QuantizedNetwork& network, const Dataset& test,
                          const std::function<void(std::size_t)>& on_progress = {});

}  // namespace inkling
