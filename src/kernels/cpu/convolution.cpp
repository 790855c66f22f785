#include "kernels/cpu/convolution.h"

namespace inkling::kernels {
namespace {

/// With fewer images, reading the weights takes longest, and Winograd's are four times as large.
constexpr int kFewestForWinograd = 4;

bool takes_winograd(const ConvolutionGeometry& geometry) {
    return geometry.batch >= kFewestForWinograd && Winograd::suits(geometry);
}

}  // namespace

Convolution::Convolution(const ConvolutionGeometry& geometry, ConvolutionUse use, int workers)
    : images_(geometry.batch),
      algorithm_(takes_winograd(geometry) ? Algorithm(Winograd(geometry))
                                          : Algorithm(DirectConvolution(geometry, use, workers))) {}

void Convolution::enable_backward_data() {
    std::visit([](auto& algorithm) { algorithm.enable_backward_data(); }, algorithm_);
}

std::size_t Convolution::scratch_size() const {
    return std::visit([](const auto& algorithm) { return algorithm.scratch_size(); }, algorithm_);
}

void Convolution::prepare(const float* weights, const float* bias, float* scratch) {
    if (auto* const winograd = std::get_if<Winograd>(&algorithm_)) return winograd->prepare(weights, bias);
    std::get<DirectConvolution>(algorithm_).prepare(weights, bias, scratch);
}

void Convolution::forward(int worker, const ConstValues& input, const Values& output, float* scratch) {
    if (const auto* const winograd = std::get_if<Winograd>(&algorithm_))
        return winograd->forward(images_, as<float>(input), as<float>(output), whole(scratch));
    std::get<DirectConvolution>(algorithm_).forward(worker, input, output, scratch);
}

void Convolution::backward_weights(int worker, const ConstValues& input, const ConstValues& output_gradient,
                                   float* weight_gradient, float* bias_gradient, float* scratch) {
    if (const auto* const winograd = std::get_if<Winograd>(&algorithm_))
        return winograd->backward_weights(images_, as<float>(input), as<float>(output_gradient), weight_gradient,
                                          bias_gradient, whole(scratch));
    std::get<DirectConvolution>(algorithm_)
        .backward_weights(worker, input, output_gradient, weight_gradient, bias_gradient, scratch);
}

void Convolution::backward_data(int worker, const ConstValues& output_gradient, const Values& input_gradient,
                                float* scratch) {
    if (const auto* const winograd = std::get_if<Winograd>(&algorithm_))
        return winograd->backward_data(images_, as<float>(output_gradient), as<float>(input_gradient), whole(scratch));
    std::get<DirectConvolution>(algorithm_).backward_data(worker, output_gradient, input_gradient, scratch);
}

}  // namespace inkling::kernels
