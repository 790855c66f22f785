#include "kernels/cpu/onednn.h"

#include <dnnl.hpp>
#include <new>
#include <optional>
#include <unordered_map>

#include "core/error.h"
#include "kernels/cpu/layout.h"

namespace inkling::kernels {
namespace {

using Format = dnnl::memory::format_tag;
using dnnl::memory;

constexpr auto kFloat = memory::data_type::f32;
constexpr auto kDirect = dnnl::algorithm::convolution_direct;

// The engine holds no state of ours; oneDNN makes one for the processor cheap to copy and safe to share.
const dnnl::engine& cpu_engine() {
    static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

memory::desc blocked(int batch, const Shape& shape) {
    return {{batch, shape.channels, shape.height, shape.width},
            kFloat,
            kChannelBlock == 16 ? Format::nChw16c : Format::nChw8c};
}

memory::desc plain(int batch, const Shape& shape) {
    return {{batch, shape.channels, shape.height, shape.width}, kFloat, Format::nchw};
}

/// Memory that oneDNN does not own; its handle is set before each use.
memory borrowed(const memory::desc& description) { return {description, cpu_engine(), nullptr}; }

memory owned(const memory::desc& description) { return {description, cpu_engine()}; }

void point_at(memory& target, const float* values) { target.set_data_handle(const_cast<float*>(values)); }

/// A primitive with the memory that it always runs on.
struct Operation {
    dnnl::primitive primitive;
    std::unordered_map<int, memory> arguments;

    void run(dnnl::stream& stream) { primitive.execute(stream, arguments); }
};

Operation reorder(const memory& from, const memory& to) {
    return {dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}}};
}

// Descriptions of primitives, of which oneDNN 3 put the operation's part into the primitive's.

template <class Primitive, class... Arguments>
typename Primitive::primitive_desc describe(const Arguments&... arguments) {
#if DNNL_VERSION_MAJOR >= 3
    return {cpu_engine(), arguments...};
#else
    return {typename Primitive::desc(arguments...), cpu_engine()};
#endif
}

template <class Primitive, class Forward, class... Arguments>
typename Primitive::primitive_desc describe_backward(const Forward& forward, const Arguments&... arguments) {
#if DNNL_VERSION_MAJOR >= 3
    return {cpu_engine(), arguments..., forward};
#else
    return {typename Primitive::desc(arguments...), cpu_engine(), forward};
#endif
}

template <class Make>
auto or_failed(const char* what, Make&& make) -> decltype(make()) {
    try {
        return make();
    } catch (const dnnl::error& error) {
        if (error.status == dnnl_out_of_memory) throw std::bad_alloc();
        throw failed("oneDNN {} refused {} ({})", onednn_version(), what, error.what());
    }
}

}  // namespace

std::string onednn_version() {
    const dnnl_version_t* version = dnnl::version();
    return fmt::format("{}.{}.{}", version->major, version->minor, version->patch);
}

void multiply(const MatrixProduct& product) {
    const auto status = dnnl::sgemm(
        product.transpose_a ? 'T' : 'N', product.transpose_b ? 'T' : 'N', static_cast<memory::dim>(product.rows),
        static_cast<memory::dim>(product.columns), static_cast<memory::dim>(product.depth), 1.0f, product.a,
        static_cast<memory::dim>(product.leading_a), product.b, static_cast<memory::dim>(product.leading_b),
        product.beta, product.c, static_cast<memory::dim>(product.leading_c));
    if (status == dnnl::status::out_of_memory) throw std::bad_alloc();
    if (status != dnnl::status::success)
        throw failed("oneDNN refused a matrix product of {} x {} x {}", product.rows, product.depth, product.columns);
}

struct Convolution::Impl {
    ConvolutionGeometry geometry;
    dnnl::stream stream{cpu_engine()};
    memory::dims strides, padding;
    memory::desc any_weights, any_bias;
    dnnl::convolution_forward::primitive_desc forward_description;

    // As PyTorch has them, borrowed.
    memory plain_weights, plain_bias, plain_weight_gradient, plain_bias_gradient;
    memory input, output, output_gradient, input_gradient;

    Operation forward;
    Operation prepare_forward;
    Operation backward_weights;
    Operation unpack_weight_gradient;
    std::optional<Operation> backward_data;
    std::optional<Operation> prepare_backward_data;

    Impl(const ConvolutionGeometry& g, Use use)
        : geometry(g),
          strides{g.stride, g.stride},
          padding{g.padding, g.padding},
          any_weights({g.filters, g.input.channels, g.kernel, g.kernel}, kFloat, Format::any),
          any_bias(g.bias ? memory::desc({g.filters}, kFloat, Format::x) : memory::desc()),
          forward_description(describe_forward(use)) {
        const memory::desc oihw({g.filters, g.input.channels, g.kernel, g.kernel}, kFloat, Format::oihw);
        plain_weights = borrowed(oihw);
        plain_bias = borrowed(any_bias);
        input = borrowed(forward_description.src_desc());
        output = borrowed(forward_description.dst_desc());
        const memory weights = owned(forward_description.weights_desc());
        prepare_forward = reorder(plain_weights, weights);
        forward = {dnnl::convolution_forward(forward_description),
                   {{DNNL_ARG_SRC, input}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, output}}};
        if (g.bias) forward.arguments.emplace(DNNL_ARG_BIAS, plain_bias);
        if (use == Use::kForwardAndBackward) make_backward_weights(oihw);
    }

    memory::desc input_description() const {
        return geometry.plain_input ? plain(geometry.batch, geometry.input) : blocked(geometry.batch, geometry.input);
    }

    memory::desc output_description() const { return blocked(geometry.batch, geometry.output()); }

    dnnl::convolution_forward::primitive_desc describe_forward(Use use) const {
        const auto kind = use == Use::kForward ? dnnl::prop_kind::forward_inference : dnnl::prop_kind::forward_training;
        return describe<dnnl::convolution_forward>(kind, kDirect, input_description(), any_weights, any_bias,
                                                   output_description(), strides, padding, padding);
    }

    void make_backward_weights(const memory::desc& oihw) {
        const auto description = describe_backward<dnnl::convolution_backward_weights>(
            forward_description, kDirect, input_description(), any_weights, any_bias, output_description(), strides,
            padding, padding);
        output_gradient = borrowed(description.diff_dst_desc());
        plain_weight_gradient = borrowed(oihw);
        plain_bias_gradient = borrowed(any_bias);
        const memory weight_gradient = owned(description.diff_weights_desc());
        backward_weights = {
            dnnl::convolution_backward_weights(description),
            {{DNNL_ARG_SRC, input}, {DNNL_ARG_DIFF_DST, output_gradient}, {DNNL_ARG_DIFF_WEIGHTS, weight_gradient}}};
        if (geometry.bias) backward_weights.arguments.emplace(DNNL_ARG_DIFF_BIAS, plain_bias_gradient);
        unpack_weight_gradient = reorder(weight_gradient, plain_weight_gradient);
    }

    void make_backward_data() {
        const auto description = describe_backward<dnnl::convolution_backward_data>(
            forward_description, kDirect, input_description(), any_weights, output_description(), strides, padding,
            padding);
        input_gradient = borrowed(description.diff_src_desc());
        const memory weights = owned(description.weights_desc());
        prepare_backward_data = reorder(plain_weights, weights);
        backward_data = Operation{
            dnnl::convolution_backward_data(description),
            {{DNNL_ARG_DIFF_DST, output_gradient}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DIFF_SRC, input_gradient}}};
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
    point_at(impl_->plain_weights, weights);
    if (impl_->geometry.bias) point_at(impl_->plain_bias, bias);
    impl_->prepare_forward.run(impl_->stream);
    if (impl_->prepare_backward_data) impl_->prepare_backward_data->run(impl_->stream);
}

void Convolution::forward(const float* input, float* output) {
    point_at(impl_->input, input);
    point_at(impl_->output, output);
    impl_->forward.run(impl_->stream);
}

void Convolution::backward_weights(const float* input, const float* output_gradient, float* weight_gradient,
                                   float* bias_gradient) {
    point_at(impl_->input, input);
    point_at(impl_->output_gradient, output_gradient);
    point_at(impl_->plain_weight_gradient, weight_gradient);
    if (impl_->geometry.bias) point_at(impl_->plain_bias_gradient, bias_gradient);
    impl_->backward_weights.run(impl_->stream);
    impl_->unpack_weight_gradient.run(impl_->stream);
}

void Convolution::backward_data(const float* output_gradient, float* input_gradient) {
    point_at(impl_->output_gradient, output_gradient);
    point_at(impl_->input_gradient, input_gradient);
    impl_->backward_data->run(impl_->stream);
}

}  // namespace inkling::kernels
