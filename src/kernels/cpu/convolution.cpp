#include "kernels/cpu/convolution.h"

#include "kernels/cpu/layout.h"

namespace inkling::kernels {
namespace {

/// With fewer images, reading the weights takes longest, and Winograd's are four times as large.
constexpr int kFewestForWinograd = 4;

bool takes_winograd(const ConvolutionGeometry& geometry) {
    return geometry.batch >= kFewestForWinograd && geometry.suits_winograd();
}

ConvolutionGeometry of_product(ConvolutionGeometry geometry) {
    geometry.precision = product_precision(geometry.precision);
    return geometry;
}

Rows in_one_row(std::size_t values) { return {.count = 1, .width = values, .stride = values}; }

Widening widening_of(const ConvolutionGeometry& geometry) {
    const std::size_t input = geometry.plain_input ? geometry.input.size() : blocked_size(geometry.input);
    return {geometry.precision, in_one_row(geometry.batch * input),
            in_one_row(geometry.batch * blocked_size(geometry.output()))};
}

std::span<float> whole(const Winograd& winograd, float* scratch) { return {scratch, winograd.scratch_size()}; }

}  // namespace

Convolution::Convolution(const ConvolutionGeometry& geometry, ConvolutionUse use, int workers)
    : geometry_(of_product(geometry)),
      widening_(widening_of(geometry)),
      algorithm_(takes_winograd(geometry_) ? Algorithm(Winograd(geometry_))
                                           : Algorithm(DirectConvolution(geometry_, use, workers))) {}

void Convolution::enable_backward_data() {
    std::visit([](auto& algorithm) { algorithm.enable_backward_data(); }, algorithm_);
}

std::size_t Convolution::scratch_size() const {
    return widening_.scratch_size() +
           std::visit([](const auto& algorithm) { return algorithm.scratch_size(); }, algorithm_);
}

void Convolution::prepare(const float* weights, const float* bias, float* scratch) {
    const std::size_t filter = static_cast<std::size_t>(geometry_.input.channels) * geometry_.kernel * geometry_.kernel;
    weights = widening_.factors({weights, filter * geometry_.filters});
    if (auto* const winograd = std::get_if<Winograd>(&algorithm_)) return winograd->prepare(weights, bias);
    std::get<DirectConvolution>(algorithm_).prepare(weights, bias, scratch);
}

void Convolution::forward(int worker, const ConstValues& input, const Values& output, float* scratch) {
    if (widening_.takes(input))
        return widening_.forward(input, output, scratch,
                                 [&](const float* from, float* to, float* rest) { forward(worker, from, to, rest); });
    if (const auto* const winograd = std::get_if<Winograd>(&algorithm_))
        return winograd->forward(geometry_.batch, as<float>(input), as<float>(output), whole(*winograd, scratch));
    std::get<DirectConvolution>(algorithm_).forward(worker, input, output, scratch);
}

void Convolution::backward_weights(int worker, const ConstValues& input, const ConstValues& output_gradient,
                                   float* weight_gradient, float* bias_gradient, float* scratch) {
    if (widening_.takes(input))
        return widening_.backward_weights(
            input, output_gradient, scratch, [&](const float* from, const float* gradient, float* rest) {
                backward_weights(worker, from, gradient, weight_gradient, bias_gradient, rest);
            });
    if (const auto* const winograd = std::get_if<Winograd>(&algorithm_))
        return winograd->backward_weights(geometry_.batch, as<float>(input), as<float>(output_gradient),
                                          weight_gradient, bias_gradient, whole(*winograd, scratch));
    std::get<DirectConvolution>(algorithm_)
        .backward_weights(worker, input, output_gradient, weight_gradient, bias_gradient, scratch);
}

void Convolution::backward_data(int worker, const ConstValues& output_gradient, const Values& input_gradient,
                                float* scratch) {
    if (widening_.takes(output_gradient))
        return widening_.backward_data(
            output_gradient, input_gradient, scratch,
            [&](const float* from, float* to, float* rest) { backward_data(worker, from, to, rest); });
    if (const auto* const winograd = std::get_if<Winograd>(&algorithm_))
        return winograd->backward_data(geometry_.batch, as<float>(output_gradient), as<float>(input_gradient),
                                       whole(*winograd, scratch));
    std::get<DirectConvolution>(algorithm_).backward_data(worker, output_gradient, input_gradient, scratch);
}

}  // namespace inkling::kernels
