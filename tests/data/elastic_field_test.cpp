#include "data/elastic_field.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace inkling {
namespace {

constexpr Shape kShape{1, 24, 30};  // not square, and no whole vectors

/// The displacements along x and y of every pixel, (2, height, width).
std::vector<float> drawn(const ElasticField& field, std::uint32_t sample) {
    RandomStream random(11, Purpose::kAugmentation, 0, sample);
    std::vector<float> scratch(field.scratch_size());
    field.draw(random, scratch);
    std::vector<float> displacements(2 * kShape.pixels());
    for (int y = 0; y < kShape.height; ++y) {
        std::vector<float> xs(ElasticField::padded_width(kShape.width)), ys(xs.size());
        field.add_row(y, scratch, xs.data(), ys.data());
        for (int x = 0; x < kShape.width; ++x) {
            displacements[y * kShape.width + x] = xs[x];
            displacements[kShape.pixels() + y * kShape.width + x] = ys[x];
        }
    }
    return displacements;
}

/// Mean of the product of the displacements of two pixels, over many fields and both axes.
double covariance(const std::vector<std::vector<float>>& fields, std::size_t one, std::size_t other) {
    double sum = 0;
    for (const auto& field : fields)
        for (const std::size_t axis : {std::size_t{0}, kShape.pixels()})
            sum += double{field[axis + one]} * field[axis + other];
    return sum / (2.0 * static_cast<double>(fields.size()));
}

std::size_t pixel(int x, int y) { return static_cast<std::size_t>(y) * kShape.width + x; }

TEST(ElasticField, HasTheDocumentedDeviationAndCorrelationEverywhere) {
    const float alpha = 34, sigma = 4;
    const ElasticField field(alpha, sigma, kShape);
    std::vector<std::vector<float>> fields;
    for (std::uint32_t sample = 0; sample < 4000; ++sample) fields.push_back(drawn(field, sample));
    const double deviation = alpha / (sigma * std::sqrt(12 * std::numbers::pi));
    EXPECT_NEAR(deviation, 1.38, 0.01);
    for (const std::size_t at : {pixel(0, 0), pixel(29, 23), pixel(15, 12), pixel(13, 0), pixel(0, 10)}) {
        EXPECT_NEAR(std::sqrt(covariance(fields, at, at)), deviation, 0.05 * deviation);
        double mean = 0;
        for (const auto& one : fields) mean += one[at] / static_cast<double>(fields.size());
        EXPECT_NEAR(mean, 0, 0.06 * deviation);
    }
    for (const int distance : {1, 3, 6, 10}) {
        const double expected = std::exp(-std::pow(distance / (2 * sigma), 2));
        const double variance = deviation * deviation;
        EXPECT_NEAR(covariance(fields, pixel(12, 9), pixel(12 + distance, 9)) / variance, expected, 0.05);
        EXPECT_NEAR(covariance(fields, pixel(12, 9), pixel(12, 9 + distance)) / variance, expected, 0.05);
    }
}

/// The weight of a node's Gaussian in each of `extent` pixels, all pixels' weights being vectors of length 1.
std::vector<std::vector<double>> unit_weights(int extent, double sigma) {
    const int nodes = static_cast<int>(std::ceil((extent - 1) / sigma)) + 7;
    std::vector<std::vector<double>> weights(nodes, std::vector<double>(extent));
    for (int at = 0; at < extent; ++at) {
        double squares = 0;
        for (int node = 0; node < nodes; ++node) {
            weights[node][at] = std::exp(-std::pow(at / sigma - (node - 3), 2) / 2);
            squares += std::pow(weights[node][at], 2);
        }
        for (int node = 0; node < nodes; ++node) weights[node][at] /= std::sqrt(squares);
    }
    return weights;
}

/// The same by its definition, in double and a node at a time.
std::vector<double> reference(double alpha, double sigma, RandomStream random) {
    const double amplitude = alpha / (2 * std::sqrt(std::numbers::pi) * sigma);
    std::vector<double> field(2 * kShape.pixels());
    for (const auto& row : unit_weights(kShape.height, sigma)) {
        for (const auto& column : unit_weights(kShape.width, sigma)) {
            const std::uint32_t bits = random.next_bits();
            const double toward_x = 2 * ((bits >> 16) + 0.5) / 65536 - 1;
            const double toward_y = 2 * ((bits & 0xFFFF) + 0.5) / 65536 - 1;
            for (int y = 0; y < kShape.height; ++y) {
                for (int x = 0; x < kShape.width; ++x) {
                    field[pixel(x, y)] += amplitude * row[y] * column[x] * toward_x;
                    field[kShape.pixels() + pixel(x, y)] += amplitude * row[y] * column[x] * toward_y;
                }
            }
        }
    }
    return field;
}

TEST(ElasticField, EqualsItsDefinition) {
    for (const auto& [alpha, sigma] : std::vector<std::pair<float, float>>{{34, 4}, {8, 1}, {300, 50}, {20, 2.7f}}) {
        const std::vector<float> fast = drawn(ElasticField(alpha, sigma, kShape), 3);
        const std::vector<double> obvious = reference(alpha, sigma, RandomStream(11, Purpose::kAugmentation, 0, 3));
        for (std::size_t i = 0; i < fast.size(); ++i) EXPECT_NEAR(fast[i], obvious[i], 2e-5) << "sigma " << sigma;
    }
}

TEST(ElasticField, IsAsSmoothAsSigmaSays) {
    // The difference of neighbours has variance 2 (1 - e^(-1 / (4 sigma^2))) times the field's.
    for (const float sigma : {2.0f, 6.0f}) {
        const ElasticField field(10 * sigma, sigma, kShape);
        double squares = 0, steps = 0;
        for (std::uint32_t sample = 0; sample < 500; ++sample) {
            const std::vector<float> one = drawn(field, sample);
            for (std::size_t i = 0; i + 1 < one.size(); ++i) {
                if (i % kShape.width == kShape.width - 1u) continue;
                squares += double{one[i]} * one[i];
                steps += std::pow(double{one[i + 1]} - one[i], 2);
            }
        }
        const double expected = 2 * (1 - std::exp(-1 / (4.0 * sigma * sigma)));
        EXPECT_NEAR(steps / squares, expected, 0.06 * expected) << "sigma " << sigma;
    }
}

}  // namespace
}  // namespace inkling
