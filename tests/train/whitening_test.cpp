#include "train/whitening.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/random.h"
#include "toy_data.h"

namespace inkling {
namespace {

constexpr int kFilters = 24;
constexpr std::size_t kKernel = 3;
constexpr std::size_t kPatch = kKernel * kKernel;

/// Images whose neighbouring pixels are alike.
Dataset smooth_images(std::size_t count, int side) {
    Dataset data;
    data.shape = {1, side, side};
    data.class_names = {"a", "b"};
    RandomStream random(3, Purpose::kInitialization, 0);
    for (std::size_t i = 0; i < count; ++i) {
        data.labels.push_back(i % 2);
        double value = 128;
        for (std::size_t pixel = 0; pixel < data.shape.size(); ++pixel) {
            value = std::clamp(0.9 * value + 12.8 + 25 * random.normal(), 0.0, 255.0);
            data.images.push_back(static_cast<std::uint8_t>(value));
        }
    }
    return data;
}

Network network_of(Initialization initialization, Shape input, int filters = kFilters, int kernel = kKernel) {
    NetworkSpec spec;
    spec.input = input;
    spec.initialization = initialization;
    for (LayerSpec::Kind kind :
         std::vector<LayerSpec::Kind>{Conv2dSpec{.filters = filters, .kernel = kernel, .padding = kernel / 2},
                                      ActivationSpec{}, FlattenSpec{}, DenseSpec{.units = 5}, ActivationSpec{}})
        spec.layers.push_back({.kind = kind});
    return {spec, /*classes=*/2, /*batch_size=*/4, Network::Mode::kTrain};
}

std::vector<float> begin(Network network, const Dataset& data) {
    std::vector<std::uint32_t> samples(data.size());
    std::iota(samples.begin(), samples.end(), 0u);
    initialize_for(network, 1, data, samples, measure_normalization(data));
    const auto parameters = network.parameters();
    return {parameters.begin(), parameters.end()};
}

/// The covariance of what the filters make of all patches, (filters, filters).
std::vector<double> response_covariance(const std::vector<float>& weights, const Dataset& data) {
    const Normalization normalization = measure_normalization(data);
    const auto side = static_cast<std::size_t>(data.shape.width);
    std::vector<double> sums(kFilters);
    std::vector<double> products(kFilters * kFilters);
    double count = 0;
    for (std::size_t i = 0; i < data.size(); ++i)
        for (std::size_t top = 0; top + kKernel <= side; ++top)
            for (std::size_t left = 0; left + kKernel <= side; ++left) {
                std::vector<double> responses(kFilters);
                for (std::size_t f = 0; f < kFilters; ++f)
                    for (std::size_t k = 0; k < kPatch; ++k) {
                        const double pixel = data.image(i)[(top + k / kKernel) * side + left + k % kKernel] / 255.0;
                        responses[f] +=
                            weights[f * kPatch + k] * (pixel - normalization.mean) / normalization.deviation;
                    }
                for (std::size_t a = 0; a < kFilters; ++a) {
                    sums[a] += responses[a];
                    for (std::size_t b = 0; b < kFilters; ++b)
                        products[a * kFilters + b] += responses[a] * responses[b];
                }
                ++count;
            }
    for (std::size_t a = 0; a < kFilters; ++a)
        for (std::size_t b = 0; b < kFilters; ++b)
            products[a * kFilters + b] = products[a * kFilters + b] / count - sums[a] / count * (sums[b] / count);
    return products;
}

TEST(Whitening, MakesWhatFiltersSayOfTheImagesUncorrelatedAndEquallyLarge) {
    const Dataset data = smooth_images(60, 12);
    const std::vector<float> weights = begin(network_of(Initialization::kWhitened, data.shape), data);
    const std::vector<double> covariance = response_covariance(weights, data);
    for (std::size_t a = 0; a < 2 * kPatch; ++a)
        for (std::size_t b = 0; b < 2 * kPatch; ++b) {
            const double expected = a / 2 != b / 2 ? 0 : (a == b ? 1 : -1);
            EXPECT_NEAR(covariance[a * kFilters + b], expected, 0.02) << a << ", " << b;
        }
    for (std::size_t f = 0; f < kPatch; ++f)
        for (std::size_t k = 0; k < kPatch; ++k)
            EXPECT_EQ(weights[2 * f * kPatch + k], -weights[(2 * f + 1) * kPatch + k]);
}

TEST(Whitening, TakesTheDirectionsOfTheLargestVarianceFirst) {
    const Dataset data = smooth_images(60, 12);
    const std::vector<float> weights = begin(network_of(Initialization::kWhitened, data.shape), data);
    const auto length = [&](std::size_t filter) {
        return std::inner_product(&weights[filter * kPatch], &weights[(filter + 1) * kPatch], &weights[filter * kPatch],
                                  0.0);
    };
    for (std::size_t f = 0; f + 2 < 2 * kPatch; f += 2) EXPECT_LE(length(f), length(f + 2)) << "1 by the variance";
    const std::vector<float> few = begin(network_of(Initialization::kWhitened, data.shape, 5), data);
    EXPECT_TRUE(std::equal(few.begin(), few.begin() + 5 * kPatch, weights.begin()));
}

TEST(Whitening, LeavesAllOtherWeightsAsTheyAreByThemselves) {
    const Dataset data = smooth_images(60, 12);
    const std::vector<float> whitened = begin(network_of(Initialization::kWhitened, data.shape), data);
    const std::vector<float> automatic = begin(network_of(Initialization::kAuto, data.shape), data);
    ASSERT_EQ(whitened.size(), automatic.size());
    constexpr std::size_t kSet = 2 * kPatch * kPatch;
    EXPECT_TRUE(std::equal(whitened.begin() + kSet, whitened.end(), automatic.begin() + kSet));
    EXPECT_FALSE(std::equal(whitened.begin(), whitened.begin() + kSet, automatic.begin()));
}

TEST(Whitening, LeavesFiltersThatNoPatchFills) {
    const Dataset data = smooth_images(10, 4);
    const auto weights = [&](Initialization initialization) {
        return begin(network_of(initialization, data.shape, 4, 5), data);
    };
    EXPECT_EQ(weights(Initialization::kWhitened), weights(Initialization::kAuto));
}

TEST(Whitening, StandsConstantImages) {
    Dataset data = smooth_images(10, 12);
    std::ranges::fill(data.images, std::uint8_t{7});
    for (const float weight : begin(network_of(Initialization::kWhitened, data.shape), data))
        EXPECT_TRUE(std::isfinite(weight));
}

}  // namespace
}  // namespace inkling
