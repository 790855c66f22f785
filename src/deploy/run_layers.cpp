#include "deploy/run_layers.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/reference/activation.h"

namespace inkling {
namespace {

using Values = std::vector<Together>;

constexpr double kMostSteps = 255;

void add_product(Together& sum, double factor, const Together& value) {
    for (std::size_t i = 0; i < kTogether; ++i) sum[i] += factor * value[i];
}

/// Those of a window's taps, [first, last), that lie on the image; `place` is where the window begins.
struct Taps {
    Taps(int place, int kernel, int extent) : first(std::max(0, -place)), last(std::min(kernel, extent - place)) {}
    int first;
    int last;
};

class Runner {
  public:
    explicit Runner(const LayerWatch& watch) : watch_(watch) {}

    Values sequence(std::span<const InferenceLayer> layers, Values values) const {
        for (const InferenceLayer& layer : layers) {
            values = std::visit([&](const auto& kind) { return apply(kind, layer, values); }, layer.kind);
            if (watch_) watch_(layer, values);
            if (layer.grid) round_to(*layer.grid, values);
        }
        return values;
    }

  private:
    static std::size_t pixel(const Shape& shape, int channel, int y, int x) {
        return (static_cast<std::size_t>(channel) * shape.height + y) * shape.width + x;
    }

    static Values product(const WeightedSums& sums, const Values& values) {
        Values output(sums.outputs());
        for (std::size_t i = 0; i < output.size(); ++i) {
            Together sum{};
            const auto row = sums.row(i);
            for (std::size_t j = 0; j < row.size(); ++j) add_product(sum, row[j], values[j]);
            output[i].fill(sums.biases[i]);
            add_product(output[i], sums.factors[i], sum);
        }
        return output;
    }

    template <class Convolution>
    static Values convolution(const Convolution& conv, const InferenceLayer& layer, const Values& values, int groups) {
        const WeightedSums& sums = layer.sums[0];
        const Shape in = layer.input;
        const int channels = in.channels / groups;
        const int filters = layer.output.channels / groups;  // of a group
        Values output(layer.output.size());
        for (int filter = 0; filter < layer.output.channels; ++filter) {
            const auto row = sums.row(static_cast<std::size_t>(filter));
            const double factor = sums.factors[static_cast<std::size_t>(filter)];
            for (int out_y = 0; out_y < layer.output.height; ++out_y)
                for (int out_x = 0; out_x < layer.output.width; ++out_x) {
                    const int y = out_y * conv.stride - conv.padding;
                    const int x = out_x * conv.stride - conv.padding;
                    const Taps rows(y, conv.kernel, in.height);
                    const Taps columns(x, conv.kernel, in.width);
                    Together sum{};
                    for (int c = 0; c < channels; ++c)
                        for (int ky = rows.first; ky < rows.last; ++ky)
                            for (int kx = columns.first; kx < columns.last; ++kx)
                                add_product(sum, row[pixel({1, conv.kernel, conv.kernel}, c, ky, kx)],
                                            values[pixel(in, filter / filters * channels + c, y + ky, x + kx)]);
                    Together& to = output[pixel(layer.output, filter, out_y, out_x)];
                    to.fill(sums.biases[static_cast<std::size_t>(filter)]);
                    add_product(to, factor, sum);
                }
        }
        return output;
    }

    /// What `join` makes of the values of each window, from the first one on, divided by `divisor`.
    template <class Join>
    static Values windows(const InferenceLayer& layer, const Values& values, Shape window, int stride, double divisor,
                          Join join) {
        Values output(layer.output.size());
        for (int c = 0; c < layer.output.channels; ++c)
            for (int out_y = 0; out_y < layer.output.height; ++out_y)
                for (int out_x = 0; out_x < layer.output.width; ++out_x) {
                    Together& to = output[pixel(layer.output, c, out_y, out_x)];
                    to = values[pixel(layer.input, c, out_y * stride, out_x * stride)];
                    for (int tap = 1; tap < window.height * window.width; ++tap) {
                        const Together& from = values[pixel(layer.input, c, out_y * stride + tap / window.width,
                                                            out_x * stride + tap % window.width)];
                        for (std::size_t i = 0; i < kTogether; ++i) to[i] = join(to[i], from[i]);
                    }
                    for (double& value : to) value /= divisor;
                }
        return output;
    }

    static Values means(const InferenceLayer& layer, const Values& values, Shape window, int stride) {
        return windows(layer, values, window, stride, window.height * window.width, std::plus<>());
    }

    Values apply(const DenseSpec&, const InferenceLayer& layer, const Values& values) const {
        return product(layer.sums[0], values);
    }
    Values apply(const Conv2dSpec& conv, const InferenceLayer& layer, const Values& values) const {
        return convolution(conv, layer, values, 1);
    }
    Values apply(const DepthwiseConv2dSpec& conv, const InferenceLayer& layer, const Values& values) const {
        return convolution(conv, layer, values, layer.input.channels);
    }

    Values apply(const SqueezeExcitationSpec&, const InferenceLayer& layer, Values values) const {
        const auto activate_all = [](const Activation& kind, Values&& all) {
            for (Together& each : all)
                for (double& value : each) value = reference::activate(kind, value).value;
            return std::move(all);
        };
        const InferenceLayer pool{
            .name = {}, .kind = GlobalAvgPoolSpec{}, .input = layer.input, .output = {layer.input.channels, 1, 1}};
        Values gates = product(layer.sums[0], means(pool, values, layer.input, 1));
        gates = product(layer.sums[1], activate_all(activation::Relu{}, std::move(gates)));
        gates = activate_all(activation::Sigmoid{}, std::move(gates));
        for (std::size_t i = 0; i < values.size(); ++i)
            for (std::size_t j = 0; j < kTogether; ++j) values[i][j] *= gates[i / layer.input.pixels()][j];
        return values;
    }

    Values apply(const BatchNormSpec& norm, const InferenceLayer& layer, const Values& values) const {
        const ScaleShift by = scale_shift(norm, layer.norm);
        Values output(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            const std::size_t channel = i / layer.input.pixels();
            output[i].fill(by.shifts[channel]);
            add_product(output[i], by.factors[channel], values[i]);
        }
        return output;
    }

    Values apply(const ActivationSpec& activation, const InferenceLayer&, Values values) const {
        for (Together& each : values)
            for (double& value : each) value = reference::activate(activation.kind, value).value;
        return values;
    }

    Values apply(const MaxPool2dSpec& pool, const InferenceLayer& layer, const Values& values) const {
        return windows(layer, values, {1, pool.kernel, pool.kernel}, pool.stride, 1,
                       [](double a, double b) { return std::max(a, b); });
    }
    Values apply(const AvgPool2dSpec& pool, const InferenceLayer& layer, const Values& values) const {
        return means(layer, values, {1, pool.kernel, pool.kernel}, pool.stride);
    }
    Values apply(const GlobalAvgPoolSpec&, const InferenceLayer& layer, const Values& values) const {
        return means(layer, values, layer.input, 1);
    }

    Values apply(const DropoutSpec&, const InferenceLayer&, Values values) const { return values; }
    Values apply(const FlattenSpec&, const InferenceLayer&, Values values) const { return values; }

    Values apply(const ResidualSpec&, const InferenceLayer& layer, const Values& values) const {
        Values sum = sequence(layer.body, values);
        const Values beside = sequence(layer.shortcut, values);
        for (std::size_t i = 0; i < sum.size(); ++i) add_product(sum[i], 1, beside[i]);
        return sum;
    }

    const LayerWatch& watch_;
};

}  // namespace

std::vector<Together> normalized_together(std::span<const std::uint8_t> images, std::size_t pixels,
                                          const Normalization& normalization) {
    const std::size_t last = images.size() / pixels - 1;
    Values values(pixels);
    for (std::size_t i = 0; i < kTogether; ++i)
        for (std::size_t p = 0; p < pixels; ++p) {
            const float share = static_cast<float>(images[std::min(i, last) * pixels + p]) / 255;
            values[p][i] = (share - normalization.mean) / normalization.deviation;
        }
    return values;
}

void round_to(const ByteGrid& grid, std::span<Together> values) {
    const double scale = grid.scale;
    const double zero = grid.zero;
    for (Together& each : values)
        for (double& value : each)
            value = scale * (std::clamp(std::nearbyint(value / scale) + zero, 0.0, kMostSteps) - zero);
}

std::vector<Together> run_layers(std::span<const InferenceLayer> layers, std::vector<Together> values,
                                 const LayerWatch& watch) {
    return Runner(watch).sequence(layers, std::move(values));
}

}  // namespace inkling
