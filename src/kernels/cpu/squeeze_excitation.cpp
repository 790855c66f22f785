#include "kernels/cpu/squeeze_excitation.h"

#include <algorithm>
#include <cmath>

#include "kernels/cpu/bfloat16.h"
#include "kernels/cpu/layout.h"

namespace inkling::kernels {
namespace {

struct Sizes {
    explicit Sizes(const SqueezeGeometry& geometry)
        : channels(static_cast<std::size_t>(geometry.shape.channels)),
          padded(static_cast<std::size_t>(padded_channels(geometry.shape.channels))),
          squeezed(static_cast<std::size_t>(geometry.squeezed)),
          pixels(geometry.shape.pixels()),
          plane(pixels * kChannelBlock) {}

    std::size_t channels, padded, squeezed, pixels, plane;
};

/// A sample's notes.
template <class Float>
struct Notes {
    Notes(const Sizes& sizes, Float* notes) : means(notes), gates(means + sizes.padded), hidden(gates + sizes.padded) {}

    Float* means;
    Float* gates;
    Float* hidden;
};

float dot(const float* a, const float* b, std::size_t count) {
    Lanes sums{};
    std::size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) sums += load(a + i) * load(b + i);
    float total = sum(sums);
    for (; i < count; ++i) total += a[i] * b[i];
    return total;
}

void add_multiple(float factor, const float* values, std::size_t count, float* sums) {
    for (std::size_t i = 0; i < count; ++i) sums[i] += factor * values[i];
}

template <class Value>
void forward_sample(const Sizes& sizes, const SqueezeParameters<const float>& parameters, const Value* input,
                    std::size_t first, std::size_t end, Value* output, const Notes<float>& notes) {
    for (std::size_t block = 0; block * kChannelBlock < sizes.padded; ++block) {
        Lanes total{};
        for (std::size_t i = 0; i < sizes.plane; i += kChannelBlock) total += load(input + block * sizes.plane + i);
        store(notes.means + block * kChannelBlock, total / static_cast<float>(sizes.pixels));
    }
    for (std::size_t s = 0; s < sizes.squeezed; ++s)
        notes.hidden[s] =
            std::max(0.0f, parameters.squeeze_bias[s] +
                               dot(parameters.squeeze_weight + s * sizes.channels, notes.means, sizes.channels));
    std::fill(notes.gates + sizes.channels, notes.gates + sizes.padded, 0.0f);
    for (std::size_t c = 0; c < sizes.channels; ++c) {
        const float logit = parameters.excite_bias[c] +
                            dot(parameters.excite_weight + c * sizes.squeezed, notes.hidden, sizes.squeezed);
        notes.gates[c] = 1 / (1 + std::exp(-logit));
    }
    for (std::size_t block = first; block < end; ++block) {
        const Lanes gate = load(notes.gates + block * kChannelBlock);
        for (std::size_t i = 0; i < sizes.plane; i += kChannelBlock)
            store(output + (block - first) * sizes.plane + i, gate * load(input + block * sizes.plane + i));
    }
}

/// Turns what `excited` holds, the gradient by the gates, into that by the means, in `by_means`, and adds to those by
/// the parameters.
void backward_dense(const Sizes& sizes, const SqueezeParameters<const float>& parameters,
                    const Notes<const float>& notes, const SqueezeParameters<float>& gradients, float* excited,
                    float* by_means, float* by_hidden) {
    std::fill_n(by_hidden, sizes.squeezed, 0.0f);
    for (std::size_t c = 0; c < sizes.channels; ++c) {
        excited[c] *= notes.gates[c] * (1 - notes.gates[c]);
        gradients.excite_bias[c] += excited[c];
        add_multiple(excited[c], notes.hidden, sizes.squeezed, gradients.excite_weight + c * sizes.squeezed);
        add_multiple(excited[c], parameters.excite_weight + c * sizes.squeezed, sizes.squeezed, by_hidden);
    }
    std::fill_n(by_means, sizes.padded, 0.0f);
    for (std::size_t s = 0; s < sizes.squeezed; ++s) {
        if (notes.hidden[s] <= 0) continue;
        gradients.squeeze_bias[s] += by_hidden[s];
        add_multiple(by_hidden[s], notes.means, sizes.channels, gradients.squeeze_weight + s * sizes.channels);
        add_multiple(by_hidden[s], parameters.squeeze_weight + s * sizes.channels, sizes.channels, by_means);
    }
}

}  // namespace

std::size_t squeeze_notes_size(const SqueezeGeometry& geometry) {
    const Sizes sizes(geometry);
    return 2 * sizes.padded + static_cast<std::size_t>(padded_channels(geometry.squeezed));
}

void squeeze_forward(const SqueezeGeometry& geometry, int samples, const SqueezeParameters<const float>& parameters,
                     const ConstValues& input, int first, int end, const Values& output, float* notes) {
    const Sizes sizes(geometry);
    const std::size_t of_sample = sizes.padded * sizes.pixels;
    with_type(input.precision, [&]<class Value>(Value) {
        for (std::size_t i = 0; i < static_cast<std::size_t>(samples); ++i)
            forward_sample(sizes, parameters, as<Value>(input) + i * of_sample, static_cast<std::size_t>(first),
                           static_cast<std::size_t>(end), as<Value>(output) + i * of_sample,
                           Notes<float>(sizes, notes + i * squeeze_notes_size(geometry)));
    });
}

void squeeze_backward(const SqueezeGeometry& geometry, int samples, const SqueezeParameters<const float>& parameters,
                      const ConstValues& input, const float* notes, const ConstValues& output_gradient,
                      const Values& input_gradient, const SqueezeParameters<float>& gradients, float* scratch) {
    const Sizes sizes(geometry);
    const std::size_t of_sample = sizes.padded * sizes.pixels;
    std::fill_n(gradients.squeeze_weight, sizes.squeezed * sizes.channels, 0.0f);
    std::fill_n(gradients.squeeze_bias, sizes.squeezed, 0.0f);
    std::fill_n(gradients.excite_weight, sizes.channels * sizes.squeezed, 0.0f);
    std::fill_n(gradients.excite_bias, sizes.channels, 0.0f);
    float* const excited = scratch;
    float* const by_means = excited + sizes.padded;
    float* const by_hidden = by_means + sizes.padded;
    with_type(input.precision, [&]<class Value>(Value) {
        for (std::size_t sample = 0; sample < static_cast<std::size_t>(samples); ++sample) {
            const Value* const values = as<Value>(input) + sample * of_sample;
            const Value* const gradient = as<Value>(output_gradient) + sample * of_sample;
            Value* const target = as<Value>(input_gradient) + sample * of_sample;
            const Notes<const float> own(sizes, notes + sample * squeeze_notes_size(geometry));
            for (std::size_t block = 0; block * kChannelBlock < sizes.padded; ++block) {
                Lanes total{};
                for (std::size_t i = 0; i < sizes.plane; i += kChannelBlock)
                    total += load(gradient + block * sizes.plane + i) * load(values + block * sizes.plane + i);
                store(excited + block * kChannelBlock, total);
            }
            backward_dense(sizes, parameters, own, gradients, excited, by_means, by_hidden);
            for (std::size_t block = 0; block * kChannelBlock < sizes.padded; ++block) {
                const Lanes gate = load(own.gates + block * kChannelBlock);
                const Lanes mean = load(by_means + block * kChannelBlock) / static_cast<float>(sizes.pixels);
                for (std::size_t i = 0; i < sizes.plane; i += kChannelBlock)
                    store(target + block * sizes.plane + i, gate * load(gradient + block * sizes.plane + i) + mean);
            }
        }
    });
}

}  // namespace inkling::kernels
