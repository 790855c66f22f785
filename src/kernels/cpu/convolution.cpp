#include "kernels/cpu/convolution.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "core/aligned_buffer.h"
#include "kernels/cpu/layout.h"
#include "kernels/cpu/onednn_primitives.h"
#include "kernels/cpu/plain_input_gradient.h"

namespace inkling::kernels {

using namespace onednn;

namespace {

/// Winograd's F(4x4, 3x3) takes a quarter of the multiplications (A. Lavin and S. Gray, "Fast algorithms for
/// convolutional neural networks", 2015). oneDNN 2 has it for floats with AVX-512; with a few images it is slower.
bool suits_winograd(const ConvolutionGeometry& geometry) {
    constexpr int kFewestImages = 4;
    return has_isa(dnnl::cpu_isa::avx512_core) && kChannelBlock == 16 && geometry.precision == Precision::kFloat32 &&
           !geometry.plain_input && geometry.kernel == 3 && geometry.stride == 1 && geometry.padding <= 1 &&
           geometry.batch >= kFewestImages;
}

/// What `describe` makes of the best algorithm for the geometry that the library has for this pass: oneDNN 3 has no
/// Winograd for such processors.
template <class Describe>
auto describe_best(const ConvolutionGeometry& geometry, Describe&& describe) {
    if (suits_winograd(geometry)) {
        try {
            return describe(dnnl::algorithm::convolution_winograd);
        } catch (const dnnl::error& error) {
            if (error.status != dnnl_unimplemented) throw;
        }
    }
    return describe(dnnl::algorithm::convolution_direct);
}

}  // namespace

struct Convolution::Impl {
    ConvolutionGeometry geometry;
    DataType type;
    dnnl::stream stream{cpu_engine()};
    // Channels in blocks are whole blocks to oneDNN, which has no fast kernel for a few: weights are filled up with
    // zeros.
    int channels;
    int filters;
    memory::dims strides, padding;
    memory::desc any_weights, bias_description;
    dnnl::convolution_forward::primitive_desc forward_description;

    // As PyTorch has them, but for the filling, and borrowed where there is none.
    AlignedBuffer<float> filled_weights, filled_bias, filled_weight_gradient, filled_bias_gradient;
    memory plain_weights, plain_bias, plain_weight_gradient, plain_bias_gradient;
    memory input, output, output_gradient, input_gradient;

    Operation forward;
    Operation prepare_forward;
    Operation backward_weights;
    bool own_backward_weights = false;  // in place of oneDNN's
    Operation unpack_weight_gradient;
    std::optional<Operation> backward_data;
    std::optional<Operation> prepare_backward_data;

    Impl(const ConvolutionGeometry& g, Use use)
        : geometry(g),
          type(type_of(g.precision)),
          channels(g.plain_input ? g.input.channels : padded_channels(g.input.channels)),
          filters(padded_channels(g.filters)),
          strides{g.stride, g.stride},
          padding{g.padding, g.padding},
          any_weights(weight_dims(), type, Format::any),
          bias_description(g.bias ? memory::desc({filters}, kFloat, Format::x) : memory::desc()),
          forward_description(describe_forward(use)) {
        if (is_filled()) {
            filled_weights = AlignedBuffer<float>(weight_count());
            filled_weight_gradient = AlignedBuffer<float>(weight_count());
            filled_bias = AlignedBuffer<float>(static_cast<std::size_t>(filters));
            filled_bias_gradient = AlignedBuffer<float>(static_cast<std::size_t>(filters));
        }
        plain_weights = borrowed(oihw());
        plain_bias = borrowed(bias_description);
        input = borrowed(forward_description.src_desc());
        output = borrowed(forward_description.dst_desc());
        const memory weights = owned(forward_description.weights_desc());
        prepare_forward = reorder(plain_weights, weights);
        forward = {dnnl::convolution_forward(forward_description),
                   {{DNNL_ARG_SRC, input}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, output}}};
        if (g.bias) forward.add(DNNL_ARG_BIAS, plain_bias);
        if (use == Use::kForwardAndBackward) make_backward_weights();
    }

    bool is_filled() const { return channels != geometry.input.channels || filters != geometry.filters; }
    memory::dims weight_dims() const { return {filters, channels, geometry.kernel, geometry.kernel}; }
    memory::desc oihw() const { return {weight_dims(), kFloat, Format::oihw}; }
    std::size_t filter_size() const { return static_cast<std::size_t>(geometry.kernel) * geometry.kernel; }
    std::size_t weight_count() const { return filter_size() * filters * channels; }

    memory::desc activations(int of_channels, const Shape& shape, bool plain) const {
        constexpr auto kBlocked = kChannelBlock == 16 ? Format::nChw16c : Format::nChw8c;
        return {{geometry.batch, of_channels, shape.height, shape.width}, type, plain ? Format::nchw : kBlocked};
    }
    memory::desc input_description() const { return activations(channels, geometry.input, geometry.plain_input); }
    memory::desc output_description() const { return activations(filters, geometry.output(), false); }

    dnnl::convolution_forward::primitive_desc describe_forward(Use use) const {
        const auto kind = use == Use::kForward ? dnnl::prop_kind::forward_inference : dnnl::prop_kind::forward_training;
        return describe_best(geometry, [&](dnnl::algorithm algorithm) {
            return describe<dnnl::convolution_forward>(kind, algorithm, input_description(), any_weights,
                                                       bias_description, output_description(), strides, padding,
                                                       padding);
        });
    }

    void make_backward_weights() {
        const memory::desc any_gradient(weight_dims(), kFloat, Format::any);
        const auto description = describe_best(geometry, [&](dnnl::algorithm algorithm) {
            return describe_backward<dnnl::convolution_backward_weights>(
                forward_description, algorithm, input_description(), any_gradient, bias_description,
                output_description(), strides, padding, padding);
        });
        output_gradient = borrowed(description.diff_dst_desc());
        own_backward_weights = geometry.plain_input && geometry.precision == Precision::kFloat32 &&
                               std::string_view(description.impl_info_str()).starts_with("ref");
        if (own_backward_weights) return;
        plain_weight_gradient = borrowed(oihw());
        plain_bias_gradient = borrowed(bias_description);
        const memory weight_gradient = owned(description.diff_weights_desc());
        backward_weights = {
            dnnl::convolution_backward_weights(description),
            {{DNNL_ARG_SRC, input}, {DNNL_ARG_DIFF_DST, output_gradient}, {DNNL_ARG_DIFF_WEIGHTS, weight_gradient}}};
        if (geometry.bias) backward_weights.add(DNNL_ARG_DIFF_BIAS, plain_bias_gradient);
        unpack_weight_gradient = reorder(weight_gradient, plain_weight_gradient);
    }

    void make_backward_data() {
        const auto description = describe_best(geometry, [&](dnnl::algorithm algorithm) {
            return describe_backward<dnnl::convolution_backward_data>(forward_description, algorithm,
                                                                      input_description(), any_weights,
                                                                      output_description(), strides, padding, padding);
        });
        input_gradient = borrowed(description.diff_src_desc());
        const memory weights = owned(description.weights_desc());
        prepare_backward_data = reorder(plain_weights, weights);
        backward_data = Operation{
            dnnl::convolution_backward_data(description),
            {{DNNL_ARG_DIFF_DST, output_gradient}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DIFF_SRC, input_gradient}}};
    }

    /// Copies the weights that there are, (filters, channels), between a plain and a filled array.
    void copy_filters(const float* from, int from_channels, float* to, int to_channels) const {
        const std::size_t values = filter_size() * geometry.input.channels;
        for (int filter = 0; filter < geometry.filters; ++filter)
            std::copy_n(from + filter * filter_size() * from_channels, values,
                        to + filter * filter_size() * to_channels);
    }
};

Convolution::Convolution(const ConvolutionGeometry& geometry, Use use)
    : impl_(or_failed("a convolution", [&] { return std::make_unique<Impl>(geometry, use); })) {}

Convolution::~Convolution() = default;
Convolution::Convolution(Convolution&&) noexcept = default;
Convolution& Convolution::operator=(Convolution&&) noexcept = default;

void Convolution::enable_backward_data() {
    if (!impl_->backward_data) or_failed("a convolution's backward pass", [&] { impl_->make_backward_data(); });
}

void Convolution::prepare(const float* weights, const float* bias) {
    Impl& self = *impl_;
    if (self.is_filled()) {
        self.copy_filters(weights, self.geometry.input.channels, self.filled_weights.data(), self.channels);
        weights = self.filled_weights.data();
        if (self.geometry.bias) std::copy_n(bias, self.geometry.filters, self.filled_bias.data());
        bias = self.filled_bias.data();
    }
    point_at(self.plain_weights, weights);
    if (self.geometry.bias) point_at(self.plain_bias, bias);
    self.prepare_forward.run(self.stream);
    if (self.prepare_backward_data) self.prepare_backward_data->run(self.stream);
}

void Convolution::forward(const ConstValues& input, const Values& output) {
    point_at(impl_->input, input.data);
    point_at(impl_->output, output.data);
    impl_->forward.run(impl_->stream);
}

void Convolution::backward_weights(const ConstValues& input, const ConstValues& output_gradient, float* weight_gradient,
                                   float* bias_gradient) {
    Impl& self = *impl_;
    if (self.own_backward_weights)
        return plain_input_weight_gradient(self.geometry, as<float>(input), as<float>(output_gradient), weight_gradient,
                                           bias_gradient);
    const bool filled = self.is_filled();
    point_at(self.input, input.data);
    point_at(self.output_gradient, output_gradient.data);
    point_at(self.plain_weight_gradient, filled ? self.filled_weight_gradient.data() : weight_gradient);
    if (self.geometry.bias)
        point_at(self.plain_bias_gradient, filled ? self.filled_bias_gradient.data() : bias_gradient);
    self.backward_weights.run(self.stream);
    self.unpack_weight_gradient.run(self.stream);
    if (!filled) return;
    self.copy_filters(self.filled_weight_gradient.data(), self.channels, weight_gradient, self.geometry.input.channels);
    if (self.geometry.bias) std::copy_n(self.filled_bias_gradient.data(), self.geometry.filters, bias_gradient);
}

void Convolution::backward_data(const ConstValues& output_gradient, const Values& input_gradient) {
    point_at(impl_->output_gradient, output_gradient.data);
    point_at(impl_->input_gradient, input_gradient.data);
    impl_->backward_data->run(impl_->stream);
}

}  // namespace inkling::kernels
