#include "kernels/reference/dense.h"

#include <algorithm>

namespace inkling::reference {

void dense_forward(const DenseGeometry& geometry, std::span<const double> input, std::span<const double> weight,
                   std::span<const double> bias, std::span<double> output) {
    const int batch = geometry.batch, inputs = geometry.inputs, units = geometry.units;
    for (int n = 0; n < batch; ++n) {
        for (int u = 0; u < units; ++u) {
            double sum = bias.empty() ? 0.0 : bias[u];
            for (int i = 0; i < inputs; ++i) sum += input[n * inputs + i] * weight[u * inputs + i];
            output[n * units + u] = sum;
        }
    }
}

void dense_backward(const DenseGeometry& geometry, std::span<const double> input, std::span<const double> weight,
                    std::span<const double> output_gradient, std::span<double> input_gradient,
                    std::span<double> weight_gradient, std::span<double> bias_gradient) {
    const int batch = geometry.batch, inputs = geometry.inputs, units = geometry.units;
    std::fill(input_gradient.begin(), input_gradient.end(), 0.0);
    std::fill(weight_gradient.begin(), weight_gradient.end(), 0.0);
    std::fill(bias_gradient.begin(), bias_gradient.end(), 0.0);
    for (int n = 0; n < batch; ++n) {
        for (int u = 0; u < units; ++u) {
            const double gradient = output_gradient[n * units + u];
            if (!bias_gradient.empty()) bias_gradient[u] += gradient;
            for (int i = 0; i < inputs; ++i) {
                input_gradient[n * inputs + i] += gradient * weight[u * inputs + i];
                weight_gradient[u * inputs + i] += gradient * input[n * inputs + i];
            }
        }
    }
}

}  // namespace inkling::reference
