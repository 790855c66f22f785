#include "kernels/cpu/direct_convolution.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "core/aligned_buffer.h"
#include "kernels/cpu/layout.h"
#include "kernels/cpu/onednn_primitives.h"
#include "kernels/cpu/plain_input_gradient.h"

namespace inkling::kernels {

using namespace onednn;

struct DirectConvolution::Impl {
    using Forward = dnnl::convolution_forward;
    using BackwardWeights = dnnl::convolution_backward_weights;
    using BackwardData = dnnl::convolution_backward_data;
    static constexpr auto kDirect = dnnl::algorithm::convolution_direct;

    ConvolutionGeometry geometry;
    DataType type;
    // Channels in blocks are whole blocks to oneDNN, which has no fast kernel for a few: weights are filled up with
    // zeros.
    int channels;
    int filters;
    memory::dims strides, padding;
    memory::desc any_weights, bias_description;
    Forward::primitive_desc forward_description;

    // As PyTorch has them, but for the filling, and borrowed where there is none.
    AlignedBuffer<float> filled_weights, filled_bias;
    memory plain_weights, plain_bias;
    memory forward_weights, backward_weights;  // in the layouts of the two products
    Operation prepare_forward, prepare_backward_data;
    bool own_backward_weights = false;  // in place of oneDNN's
    bool has_backward_data = false;
    std::size_t scratch_size = 0;

    /// What a worker points at its slice.
    struct Worker {
        memory input, output, output_gradient, input_gradient;
        memory plain_weight_gradient, plain_bias_gradient;
        AlignedBuffer<float> filled_weight_gradient, filled_bias_gradient;
        Operation forward, backward_weights, unpack_weight_gradient, backward_data;
    };
    std::vector<Worker> workers;

    Impl(const ConvolutionGeometry& g, ConvolutionUse use, int worker_count)
        : geometry(g),
          type(type_of(g.precision)),
          channels(g.plain_input ? g.input.channels : padded_channels(g.input.channels)),
          filters(padded_channels(g.filters)),
          strides{g.stride, g.stride},
          padding{g.padding, g.padding},
          any_weights(weight_dims(), type, Format::any),
          bias_description(g.bias ? memory::desc({filters}, kFloat, Format::x) : memory::desc()),
          forward_description(describe_forward(use)),
          workers(static_cast<std::size_t>(worker_count)) {
        if (is_filled()) {
            filled_weights = AlignedBuffer<float>(weight_count());
            filled_bias = AlignedBuffer<float>(static_cast<std::size_t>(filters));
        }
        plain_weights = borrowed(oihw());
        plain_bias = borrowed(bias_description);
        forward_weights = owned(forward_description.weights_desc());
        prepare_forward = noted(Operation::reorder(plain_weights, forward_weights));
        for (Worker& worker : workers) {
            worker.input = borrowed(forward_description.src_desc());
            worker.output = borrowed(forward_description.dst_desc());
            worker.forward = noted(Operation::of<Forward>(
                forward_description,
                {{DNNL_ARG_SRC, worker.input}, {DNNL_ARG_WEIGHTS, forward_weights}, {DNNL_ARG_DST, worker.output}}));
            if (g.bias) worker.forward.add(DNNL_ARG_BIAS, plain_bias);
        }
        if (use == ConvolutionUse::kForwardAndBackward) make_backward_weights();
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

    /// The operation, whose scratch memory is reckoned with.
    Operation noted(Operation operation) {
        scratch_size = std::max(scratch_size, operation.scratch_size());
        return operation;
    }

    Forward::primitive_desc describe_forward(ConvolutionUse use) const {
        const auto kind =
            use == ConvolutionUse::kForward ? dnnl::prop_kind::forward_inference : dnnl::prop_kind::forward_training;
        return describe<Forward>(kind, kDirect, input_description(), any_weights, bias_description,
                                 output_description(), strides, padding, padding);
    }

    void make_backward_weights() {
        const memory::desc any_gradient(weight_dims(), kFloat, Format::any);
        const auto description =
            describe_backward<BackwardWeights>(forward_description, kDirect, input_description(), any_gradient,
                                               bias_description, output_description(), strides, padding, padding);
        own_backward_weights = geometry.plain_input && geometry.precision == Precision::kFloat32 &&
                               std::string_view(description.impl_info_str()).starts_with("ref");
        for (Worker& worker : workers) {
            worker.output_gradient = borrowed(description.diff_dst_desc());
            if (own_backward_weights) continue;
            if (is_filled()) {
                worker.filled_weight_gradient = AlignedBuffer<float>(weight_count());
                worker.filled_bias_gradient = AlignedBuffer<float>(static_cast<std::size_t>(filters));
            }
            worker.plain_weight_gradient = borrowed(oihw());
            worker.plain_bias_gradient = borrowed(bias_description);
            const memory weight_gradient = owned(description.diff_weights_desc());
            worker.backward_weights =
                noted(Operation::of<BackwardWeights>(description, {{DNNL_ARG_SRC, worker.input},
                                                                   {DNNL_ARG_DIFF_DST, worker.output_gradient},
                                                                   {DNNL_ARG_DIFF_WEIGHTS, weight_gradient}}));
            if (geometry.bias) worker.backward_weights.add(DNNL_ARG_DIFF_BIAS, worker.plain_bias_gradient);
            worker.unpack_weight_gradient = noted(Operation::reorder(weight_gradient, worker.plain_weight_gradient));
        }
    }

    void make_backward_data() {
        const auto description =
            describe_backward<BackwardData>(forward_description, kDirect, input_description(), any_weights,
                                            output_description(), strides, padding, padding);
        backward_weights = owned(description.weights_desc());
        prepare_backward_data = noted(Operation::reorder(plain_weights, backward_weights));
        for (Worker& worker : workers) {
            worker.input_gradient = borrowed(description.diff_src_desc());
            worker.backward_data =
                noted(Operation::of<BackwardData>(description, {{DNNL_ARG_DIFF_DST, worker.output_gradient},
                                                                {DNNL_ARG_WEIGHTS, backward_weights},
                                                                {DNNL_ARG_DIFF_SRC, worker.input_gradient}}));
        }
        has_backward_data = true;
    }

    /// Copies the weights that there are, (filters, channels), between a plain and a filled array.
    void copy_filters(const float* from, int from_channels, float* to, int to_channels) const {
        const std::size_t values = filter_size() * geometry.input.channels;
        for (int filter = 0; filter < geometry.filters; ++filter)
            std::copy_n(from + filter * filter_size() * from_channels, values,
                        to + filter * filter_size() * to_channels);
    }
};

DirectConvolution::DirectConvolution(const ConvolutionGeometry& geometry, ConvolutionUse use, int workers)
    : impl_(or_failed("a convolution", [&] { return std::make_unique<Impl>(geometry, use, workers); })) {}

DirectConvolution::~DirectConvolution() = default;
DirectConvolution::DirectConvolution(DirectConvolution&&) noexcept = default;
DirectConvolution& DirectConvolution::operator=(DirectConvolution&&) noexcept = default;

void DirectConvolution::enable_backward_data() {
    if (!impl_->has_backward_data) or_failed("a convolution's backward pass", [&] { impl_->make_backward_data(); });
}

std::size_t DirectConvolution::scratch_size() const { return impl_->scratch_size; }

void DirectConvolution::prepare(const float* weights, const float* bias, float* scratch) {
    Impl& self = *impl_;
    if (self.is_filled()) {
        self.copy_filters(weights, self.geometry.input.channels, self.filled_weights.data(), self.channels);
        weights = self.filled_weights.data();
        if (self.geometry.bias) std::copy_n(bias, self.geometry.filters, self.filled_bias.data());
        bias = self.filled_bias.data();
    }
    point_at(self.plain_weights, weights);
    if (self.geometry.bias) point_at(self.plain_bias, bias);
    self.prepare_forward.run(scratch);
    if (self.has_backward_data) self.prepare_backward_data.run(scratch);
}

void DirectConvolution::forward(int worker, const ConstValues& input, const Values& output, float* scratch) {
    Impl::Worker& own = impl_->workers[static_cast<std::size_t>(worker)];
    point_at(own.input, input.data);
    point_at(own.output, output.data);
    own.forward.run(scratch);
}

void DirectConvolution::backward_weights(int worker, const ConstValues& input, const ConstValues& output_gradient,
                                         float* weight_gradient, float* bias_gradient, float* scratch) {
    const Impl& self = *impl_;
    if (self.own_backward_weights)
        return plain_input_weight_gradient(self.geometry, as<float>(input), as<float>(output_gradient), weight_gradient,
                                           bias_gradient);
    Impl::Worker& own = impl_->workers[static_cast<std::size_t>(worker)];
    const bool filled = self.is_filled();
    point_at(own.input, input.data);
    point_at(own.output_gradient, output_gradient.data);
    point_at(own.plain_weight_gradient, filled ? own.filled_weight_gradient.data() : weight_gradient);
    if (self.geometry.bias) point_at(own.plain_bias_gradient, filled ? own.filled_bias_gradient.data() : bias_gradient);
    own.backward_weights.run(scratch);
    own.unpack_weight_gradient.run(scratch);
    if (!filled) return;
    self.copy_filters(own.filled_weight_gradient.data(), self.channels, weight_gradient, self.geometry.input.channels);
    if (self.geometry.bias) std::copy_n(own.filled_bias_gradient.data(), self.geometry.filters, bias_gradient);
}

void DirectConvolution::backward_data(int worker, const ConstValues& output_gradient, const Values& input_gradient,
                                      float* scratch) {
    Impl::Worker& own = impl_->workers[static_cast<std::size_t>(worker)];
    point_at(own.output_gradient, output_gradient.data);
    point_at(own.input_gradient, input_gradient.data);
    own.backward_data.run(scratch);
}

}  // namespace inkling::kernels
