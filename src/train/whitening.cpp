#include "train/whitening.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace inkling {
namespace {

constexpr double kMostProducts = 3e8;      // that the covariance may take: some tenths of a second
constexpr double kLeastEigenvalue = 5e-4;  // Jordan's: what hardly varies is not blown up

/// A symmetric matrix, (size, size).
struct Symmetric {
    std::size_t size;
    std::vector<double> values;
    double& at(std::size_t i, std::size_t j) { return values[i * size + j]; }
};

struct Eigenpair {
    double value;
    std::vector<double> vector;  // of length 1, its largest component positive
};

/// From the largest on, by cyclic Jacobi rotations (Golub and Van Loan, "Matrix Computations", 8.5).
std::vector<Eigenpair> eigenpairs(Symmetric matrix) {
    constexpr int kMostSweeps = 30;  // ten and fewer are usual
    const std::size_t size = matrix.size;
    Symmetric vectors{size, std::vector<double>(size * size)};
    for (std::size_t i = 0; i < size; ++i) vectors.at(i, i) = 1;
    for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
        double rotated = 0;
        for (std::size_t p = 0; p + 1 < size; ++p)
            for (std::size_t q = p + 1; q < size; ++q) {
                const double apart = matrix.at(p, q);
                if (std::abs(apart) <= 1e-15 * std::sqrt(std::abs(matrix.at(p, p) * matrix.at(q, q)))) continue;
                rotated += std::abs(apart);
                const double tau = (matrix.at(q, q) - matrix.at(p, p)) / (2 * apart);
                const double tangent = std::copysign(1 / (std::abs(tau) + std::hypot(1, tau)), tau);
                const double cosine = 1 / std::hypot(1, tangent);
                const double sine = tangent * cosine;
                const auto rotate = [&](double& a, double& b) {
                    a = std::exchange(b, sine * a + cosine * b) * -sine + cosine * a;
                };
                for (std::size_t k = 0; k < size; ++k) rotate(matrix.at(k, p), matrix.at(k, q));
                for (std::size_t k = 0; k < size; ++k) rotate(matrix.at(p, k), matrix.at(q, k));
                for (std::size_t k = 0; k < size; ++k) rotate(vectors.at(p, k), vectors.at(q, k));
            }
        if (rotated == 0) break;
    }
    std::vector<Eigenpair> pairs;
    for (std::size_t i = 0; i < size; ++i) {
        const auto row = std::span(vectors.values).subspan(i * size, size);
        std::vector<double> vector(row.begin(), row.end());
        const auto by_size = [](double a, double b) { return std::abs(a) < std::abs(b); };
        if (*std::ranges::max_element(vector, by_size) < 0)
            for (double& value : vector) value = -value;
        pairs.push_back({.value = matrix.at(i, i), .vector = std::move(vector)});
    }
    std::ranges::stable_sort(pairs, std::greater(), &Eigenpair::value);
    return pairs;
}

/// Of the patches of size kernel x kernel, (channels, kernel, kernel), that lie wholly in the images, normalized.
Symmetric patch_covariance(const Dataset& data, std::span<const std::uint32_t> samples,
                           const Normalization& normalization, std::size_t kernel) {
    const auto channels = static_cast<std::size_t>(data.shape.channels);
    const auto height = static_cast<std::size_t>(data.shape.height);
    const auto width = static_cast<std::size_t>(data.shape.width);
    const std::size_t length = channels * kernel * kernel;
    const std::size_t positions = (height - kernel + 1) * (width - kernel + 1);
    const double products = static_cast<double>(positions) * static_cast<double>(length * length);
    const std::size_t images =
        std::clamp<std::size_t>(static_cast<std::size_t>(kMostProducts / products), 1, samples.size());
    Symmetric covariance{length, std::vector<double>(length * length)};
    std::vector<double> mean(length);
    std::vector<double> patch(length);
    for (std::size_t i = 0; i < images; ++i) {
        const auto image = data.image(samples[i * samples.size() / images]);
        for (std::size_t top = 0; top + kernel <= height; ++top)
            for (std::size_t left = 0; left + kernel <= width; ++left) {
                for (std::size_t k = 0; k < length; ++k) {
                    const std::size_t channel = k / (kernel * kernel);
                    const std::size_t row = top + k / kernel % kernel;
                    patch[k] = image[(channel * height + row) * width + left + k % kernel];
                }
                for (std::size_t a = 0; a < length; ++a) {
                    mean[a] += patch[a];
                    for (std::size_t b = 0; b <= a; ++b) covariance.at(a, b) += patch[a] * patch[b];
                }
            }
    }
    const auto count = static_cast<double>(images * positions);
    const double scale = 1 / (255.0 * normalization.deviation);
    for (std::size_t a = 0; a < length; ++a)
        for (std::size_t b = 0; b <= a; ++b) {
            const double value = covariance.at(a, b) / count - mean[a] / count * (mean[b] / count);
            covariance.at(a, b) = covariance.at(b, a) = value * scale * scale;
        }
    return covariance;
}

}  // namespace

void initialize_for(Network& network, std::uint64_t seed, const Dataset& data, std::span<const std::uint32_t> samples,
                    const Normalization& normalization) {
    initialize(network, seed);
    const TensorInfo& first = network.layout().parameters.front();
    if (network.spec().initialization != Initialization::kWhitened || first.kind != TensorKind::kFilter) return;
    const auto [channels, height, width] = data.shape;
    if (first.shape[1] != channels || first.shape[2] > std::min(height, width)) return;
    const auto filters = static_cast<std::size_t>(first.shape[0]);
    const auto kernel = static_cast<std::size_t>(first.shape[2]);
    const std::vector<Eigenpair> pairs = eigenpairs(patch_covariance(data, samples, normalization, kernel));
    float* weight = network.parameters().data() + first.offset;
    for (std::size_t i = 0; i < std::min(filters, 2 * pairs.size()); ++i) {
        const auto& [value, vector] = pairs[i / 2];
        const double factor = (i % 2 == 0 ? 1 : -1) / std::sqrt(value + kLeastEigenvalue);
        for (const double component : vector) *weight++ = static_cast<float>(factor * component);
    }
    network.parameters_changed();
}

}  // namespace inkling
