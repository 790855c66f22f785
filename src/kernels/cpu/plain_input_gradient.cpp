#include "kernels/cpu/plain_input_gradient.h"

#include <algorithm>

#include "kernels/cpu/layout.h"

namespace inkling::kernels {
namespace {

/// One image's share of a channel block's gradients, added to those of the images before it.
struct ImageGradient {
    const ConvolutionGeometry& geometry;
    Shape output;
    const float* output_gradient;  // the block's plane
    int first_filter;
    float* weight_gradient;
    float* bias_gradient;

    int filters() const { return std::min(kChannelBlock, geometry.filters - first_filter); }

    void add_bias() const {
        Lanes total{};
        for (std::size_t i = 0; i < output.pixels(); ++i) total += load(output_gradient + i * kChannelBlock);
        for (int i = 0; i < filters(); ++i) bias_gradient[first_filter + i] += total[i];
    }

    void add_channel(int channel, const float* plane) const {
        for (int ky = 0; ky < geometry.kernel; ++ky) {
            int kx = 0;
            for (; kx + 3 <= geometry.kernel; kx += 3) add_taps<3>(channel, plane, ky, kx);
            for (; kx < geometry.kernel; ++kx) add_taps<1>(channel, plane, ky, kx);
        }
    }

  private:
    /// Gradients of the weights at row `ky` of the kernel and kTaps columns from `kx` on.
    template <int kTaps>
    void add_taps(int channel, const float* plane, int ky, int kx) const {
        const int width = geometry.input.width, stride = geometry.stride;
        const int shift = kx - geometry.padding;  // the first tap's column for an output column of 0
        // Output columns whose taps all lie in the image.
        const int begin = std::min(shift < 0 ? (-shift + stride - 1) / stride : 0, output.width);
        const int room = width - kTaps - shift;
        const int end = std::max(begin, std::min(room < 0 ? 0 : room / stride + 1, output.width));
        Lanes totals[kTaps]{};
        for (int y = 0; y < output.height; ++y) {
            const int row = y * stride + ky - geometry.padding;
            if (row < 0 || row >= geometry.input.height) continue;
            const float* const pixels = plane + static_cast<std::ptrdiff_t>(row) * width;
            const float* const gradients = output_gradient + static_cast<std::size_t>(y) * output.width * kChannelBlock;
            const auto add_checked = [&](int from, int to) {
                for (int x = from; x < to; ++x)
                    for (int tap = 0; tap < kTaps; ++tap) {
                        const int column = x * stride + shift + tap;
                        if (column >= 0 && column < width)
                            totals[tap] += load(gradients + x * kChannelBlock) * pixels[column];
                    }
            };
            add_checked(0, begin);
            for (int x = begin; x < end; ++x) {
                const Lanes gradient = load(gradients + x * kChannelBlock);
                for (int tap = 0; tap < kTaps; ++tap) totals[tap] += gradient * pixels[x * stride + shift + tap];
            }
            add_checked(end, output.width);
        }
        const int kernel = geometry.kernel;
        for (int i = 0; i < filters(); ++i)
            for (int tap = 0; tap < kTaps; ++tap)
                weight_gradient[(((first_filter + i) * geometry.input.channels + channel) * kernel + ky) * kernel + kx +
                                tap] += totals[tap][i];
    }
};

}  // namespace

void plain_input_weight_gradient(const ConvolutionGeometry& geometry, const float* input, const float* output_gradient,
                                 float* weight_gradient, float* bias_gradient) {
    const std::size_t filter_size =
        static_cast<std::size_t>(geometry.input.channels) * geometry.kernel * geometry.kernel;
    std::fill_n(weight_gradient, filter_size * geometry.filters, 0.0f);
    if (geometry.bias) std::fill_n(bias_gradient, geometry.filters, 0.0f);
    const Shape output = geometry.output();
    const int blocks = channel_blocks(geometry.filters);
    for (int block = 0; block < blocks; ++block)
        for (int n = 0; n < geometry.batch; ++n) {
            const ImageGradient image{
                geometry,
                output,
                output_gradient + (std::size_t(n) * blocks + block) * output.pixels() * kChannelBlock,
                block * kChannelBlock,
                weight_gradient,
                bias_gradient};
            if (geometry.bias) image.add_bias();
            for (int channel = 0; channel < geometry.input.channels; ++channel)
                image.add_channel(
                    channel, input + (std::size_t(n) * geometry.input.channels + channel) * geometry.input.pixels());
        }
}

}  // namespace inkling::kernels
