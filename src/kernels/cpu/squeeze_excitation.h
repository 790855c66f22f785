#pragma once

#include "kernels/cpu/values.h"
#include "kernels/geometry.h"

namespace inkling::kernels {

// Squeeze and excitation of `samples` images in channel blocks (layout.h), on the calling thread.

/// The two dense layers, in PyTorch's layouts: (squeezed, C), (squeezed), (C, squeezed), (C).
template <class Float>
struct SqueezeParameters {
    Float* squeeze_weight = nullptr;
    Float* squeeze_bias = nullptr;
    Float* excite_weight = nullptr;
    Float* excite_bias = nullptr;
};

/// What the way back needs of each sample: squeeze_notes_size() floats of the channels' means, the hidden values and
/// the gates.
std::size_t squeeze_notes_size(const SqueezeGeometry& geometry);

/// Writes the output's channel blocks from `first` to before `end`; reads all of the input's.
void squeeze_forward(const SqueezeGeometry& geometry, int samples, const SqueezeParameters<const float>& parameters,
                     const ConstValues& input, int first, int end, const Values& output, float* notes);

/// Writes the gradient by the input, and by the parameters, summed over the samples. `scratch`: squeeze_notes_size()
/// floats.
void squeeze_backward(const SqueezeGeometry& geometry, int samples, const SqueezeParameters<const float>& parameters,
                      const ConstValues& input, const float* notes, const ConstValues& output_gradient,
                      const Values& input_gradient, const SqueezeParameters<float>& gradients, float* scratch);

}  // namespace inkling::kernels
