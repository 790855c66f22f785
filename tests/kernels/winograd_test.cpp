#include "kernels/cpu/winograd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/cpu/layout.h"
#include "kernels/cpu/transpose.h"
#include "kernels/cpu/winograd_product.h"
#include "kernels/reference/conv2d.h"
#include "random_values.h"

namespace inkling {
namespace {

using kernels::ConvolutionGeometry;
using kernels::Winograd;

/// In channel blocks whose other lanes hold `filling`.
AlignedBuffer<float> blocked(const std::vector<float>& plain, int batch, const Shape& shape, float filling = 1e6f) {
    AlignedBuffer<float> result(batch * kernels::blocked_size(shape));
    kernels::block_channels(plain.data(), batch, shape, shape.size(), result.data());
    for (std::size_t i = 0; i < result.size(); ++i) {
        const std::size_t block = i / (shape.pixels() * kernels::kLanes) % kernels::channel_blocks(shape.channels);
        if (block * kernels::kLanes + i % kernels::kLanes >= static_cast<std::size_t>(shape.channels))
            result.data()[i] = filling;
    }
    return result;
}

std::vector<float> plain(const AlignedBuffer<float>& values, int batch, const Shape& shape) {
    std::vector<float> result(batch * shape.size());
    kernels::unblock_channels(values.data(), batch, shape, shape.size(), result.data());
    return result;
}

/// What a geometry is tried on: the same numbers whenever it is made.
struct Problem {
    explicit Problem(const ConvolutionGeometry& of) : geometry(of) {}

    std::size_t weight_count() const { return std::size_t{9} * geometry.filters * geometry.input.channels; }

    ConvolutionGeometry geometry;
    Shape output_shape = geometry.output();
    std::vector<float> input = random_values(geometry.batch * geometry.input.size(), 1);
    std::vector<float> weights = random_values(weight_count(), 2);
    std::vector<float> bias = random_values(geometry.filters, 3);
    std::vector<float> output_gradient = random_values(geometry.batch * output_shape.size(), 4);
};

struct Results {
    std::vector<float> output, input_gradient, weight_gradient, bias_gradient;

    bool operator==(const Results&) const = default;
};

/// Of all passes, in slices of so many images, of which the last gives the gradients of weights.
Results results(const Problem& problem, int slice, float filling = 1e6f) {
    const ConvolutionGeometry& geometry = problem.geometry;
    Winograd winograd(geometry);
    winograd.enable_backward_data();
    winograd.prepare(problem.weights.data(), geometry.bias ? problem.bias.data() : nullptr);
    AlignedBuffer<float> scratch(winograd.scratch_size());
    std::fill_n(scratch.data(), scratch.size(), std::numeric_limits<float>::quiet_NaN());

    const std::size_t input_size = kernels::blocked_size(geometry.input);
    const std::size_t output_size = kernels::blocked_size(problem.output_shape);
    const auto input = blocked(problem.input, geometry.batch, geometry.input, filling);
    const auto output_gradient = blocked(problem.output_gradient, geometry.batch, problem.output_shape, filling);
    AlignedBuffer<float> output(geometry.batch * output_size), input_gradient(geometry.batch * input_size);
    Results made;
    made.weight_gradient.assign(problem.weight_count(), 7);
    made.bias_gradient.assign(geometry.bias ? geometry.filters : 0, 7);
    for (int image = 0; image < geometry.batch; image += slice) {
        const int images = std::min(slice, geometry.batch - image);
        const float* const own_input = input.data() + image * input_size;
        const float* const own_gradient = output_gradient.data() + image * output_size;
        winograd.forward(images, own_input, output.data() + image * output_size, scratch.span());
        winograd.backward_data(images, own_gradient, input_gradient.data() + image * input_size, scratch.span());
        winograd.backward_weights(images, own_input, own_gradient, made.weight_gradient.data(),
                                  geometry.bias ? made.bias_gradient.data() : nullptr, scratch.span());
    }
    made.output = plain(output, geometry.batch, problem.output_shape);
    made.input_gradient = plain(input_gradient, geometry.batch, geometry.input);
    return made;
}

/// To 1e-5 of the largest value.
void expect_near(const std::vector<float>& actual, const std::vector<double>& expected, const char* what) {
    ASSERT_EQ(actual.size(), expected.size()) << what;
    double largest = 0, error = 0;
    for (std::size_t i = 0; i < actual.size(); ++i) {
        ASSERT_TRUE(std::isfinite(actual[i])) << what << " " << i;
        largest = std::max(largest, std::abs(expected[i]));
        error = std::max(error, std::abs(actual[i] - expected[i]));
    }
    EXPECT_LE(error, 1e-5 * largest) << what;
}

void expect_as_reference(const ConvolutionGeometry& geometry) {
    SCOPED_TRACE(testing::Message() << geometry.input.channels << " to " << geometry.filters << " channels, "
                                    << geometry.input.height << " x " << geometry.input.width << ", padding "
                                    << geometry.padding << ", images " << geometry.batch);
    ASSERT_TRUE(geometry.suits_winograd());
    const Problem problem(geometry);
    const Results made = results(problem, geometry.batch);
    std::vector<double> output(made.output.size()), input_gradient(made.input_gradient.size()),
        weight_gradient(made.weight_gradient.size()), bias_gradient(made.bias_gradient.size());
    const std::vector<double> input = doubles(problem.input), weights = doubles(problem.weights);
    reference::conv2d_forward(geometry, input, weights, geometry.bias ? doubles(problem.bias) : std::vector<double>{},
                              output);
    reference::conv2d_backward(geometry, input, weights, doubles(problem.output_gradient), input_gradient,
                               weight_gradient, bias_gradient);
    expect_near(made.output, output, "output");
    expect_near(made.input_gradient, input_gradient, "input gradient");
    expect_near(made.weight_gradient, weight_gradient, "weight gradient");
    expect_near(made.bias_gradient, bias_gradient, "bias gradient");
}

TEST(Winograd, IsTheReferencesForImagesOfEverySize) {
    for (const int padding : {0, 1, 2})
        for (int side = 1; side <= 14; ++side)
            if (side + 2 * padding >= 3)
                expect_as_reference({.batch = 2, .input = {3, side, 18 - side}, .filters = 4, .padding = padding});
}

TEST(Winograd, IsTheReferencesForEveryNumberOfBlocksOfChannels) {
    for (const int channels : {1, 5, 8, 16, 17, 40})
        for (const int filters : {1, 8, 19, 32, 50, 64, 80, 112})
            expect_as_reference({.batch = 2, .input = {channels, 9, 7}, .filters = filters});
}

TEST(Winograd, IsTheReferencesForLayersOfNetworks) {
    expect_as_reference({.batch = 9, .input = {32, 28, 28}, .filters = 32});
    expect_as_reference({.batch = 5, .input = {32, 14, 14}, .filters = 64});
    expect_as_reference({.batch = 12, .input = {64, 7, 7}, .filters = 128, .bias = false});
}

TEST(Winograd, IsTheReferencesWhereABlockIsSmallerThanAnImageOrTheWeights) {
    expect_as_reference({.batch = 2, .input = {4, 40, 150}, .filters = 4});
    expect_as_reference({.batch = 3, .input = {128, 5, 3}, .filters = 128});
    expect_as_reference({.batch = 2, .input = {256, 3, 4}, .filters = 250});
}

TEST(Winograd, MakesEveryNumberOfImagesAlike) {
    for (const Shape& input : {Shape{32, 14, 14}, Shape{5, 9, 11}}) {
        const Problem problem({.batch = 7, .input = input, .filters = 19});
        const Results together = results(problem, 7), apart = results(problem, 3);
        EXPECT_EQ(together.output, apart.output);
        EXPECT_EQ(together.input_gradient, apart.input_gradient);
    }
}

TEST(Winograd, DoesNotDependOnLanesWithoutAChannel) {
    const Problem problem({.batch = 2, .input = {5, 9, 11}, .filters = 19});
    EXPECT_EQ(results(problem, 2, 0), results(problem, 2, 1e30f));
}

TEST(Winograd, SuitsConvolutionsOfThreeByThreeInFloatsWithoutStride) {
    const ConvolutionGeometry good{.batch = 1, .input = {4, 8, 8}, .filters = 4};
    EXPECT_TRUE(good.suits_winograd());
    const auto suits = [&](auto&& change) {
        ConvolutionGeometry geometry = good;
        change(geometry);
        return geometry.suits_winograd();
    };
    EXPECT_FALSE(suits([](auto& geometry) { geometry.kernel = 5; }));
    EXPECT_FALSE(suits([](auto& geometry) { geometry.stride = 2; }));
    EXPECT_FALSE(suits([](auto& geometry) { geometry.padding = 3; }));
    EXPECT_FALSE(suits([](auto& geometry) { geometry.plain_input = true; }));
    EXPECT_FALSE(suits([](auto& geometry) { geometry.precision = Precision::kBfloat16; }));
}

template <int kTile>
void expect_tile_correlates() {
    using kernels::winograd::Tile;
    const auto values = doubles(random_values(2 * kTile + 5, kTile));
    double d[kTile + 2], g[3], dy[kTile];
    std::copy_n(values.begin(), kTile + 2, d);
    std::copy_n(values.begin() + kTile + 2, 3, g);
    std::copy_n(values.begin() + kTile + 5, kTile, dy);

    double v[kTile + 2], u[kernels::winograd::kPoints], m[kTile + 2], y[kTile], z[kTile + 2];
    Tile<kTile>::transform_input(d, v);
    kernels::winograd::transform_kernel(g, u);
    for (int i = 0; i < kTile + 2; ++i) m[i] = u[Tile<kTile>::kPointsOf[i]] * v[i];
    Tile<kTile>::transform_output(m, y);
    for (int i = 0; i < kTile; ++i)
        EXPECT_NEAR(y[i], d[i] * g[0] + d[i + 1] * g[1] + d[i + 2] * g[2], 1e-13) << kTile << " " << i;

    Tile<kTile>::transform_output_gradient(dy, z);
    double du[kernels::winograd::kPoints]{}, dg[3];
    for (int i = 0; i < kTile + 2; ++i) du[Tile<kTile>::kPointsOf[i]] = v[i] * z[i];
    kernels::winograd::transform_kernel_gradient(du, dg);
    for (int tap = 0; tap < 3; ++tap) {
        double expected = 0;
        for (int i = 0; i < kTile; ++i) expected += dy[i] * d[i + tap];
        EXPECT_NEAR(dg[tap], expected, 1e-13) << kTile << " " << tap;
    }
}

TEST(WinogradTransforms, CorrelateInOneDimension) {
    expect_tile_correlates<2>();
    expect_tile_correlates<3>();
    expect_tile_correlates<4>();
}

TEST(Transpose, ExchangesRowsAndColumns) {
    kernels::Lanes rows[kernels::kLanes];
    for (int i = 0; i < kernels::kLanes; ++i)
        for (int j = 0; j < kernels::kLanes; ++j) rows[i][j] = static_cast<float>(100 * i + j);
    kernels::transpose(rows);
    for (int i = 0; i < kernels::kLanes; ++i)
        for (int j = 0; j < kernels::kLanes; ++j) EXPECT_EQ(rows[i][j], 100 * j + i);
}

TEST(WinogradTiling, CoversASideWithFewMultiplications) {
    using kernels::winograd::Cut;
    using kernels::winograd::fewest_points;
    const auto expect = [](int outputs, int tile, int count, int last) {
        const Cut cut = fewest_points(outputs);
        EXPECT_EQ(cut.tile, tile) << outputs;
        EXPECT_EQ(cut.count, count) << outputs;
        EXPECT_EQ(cut.last, last) << outputs;
    };
    expect(28, 4, 7, 0);
    expect(14, 4, 3, 2);
    expect(7, 4, 1, 3);
    expect(9, 3, 3, 0);
    expect(13, 3, 3, 4);
    for (int outputs = 1; outputs <= 100; ++outputs) {
        const Cut cut = fewest_points(outputs);
        EXPECT_GE(cut.covered(), outputs);
        EXPECT_LE(cut.covered(), outputs + 1);
    }
}

}  // namespace
}  // namespace inkling
