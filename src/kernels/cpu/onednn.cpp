#include "kernels/cpu/onednn.h"

#include <algorithm>
#include <array>
#include <dnnl.hpp>
#include <new>
#include <optional>

#include "core/aligned_buffer.h"
#include "core/error.h"
#include "kernels/cpu/layout.h"

namespace inkling::kernels {
namespace {

using Format = dnnl::memory::format_tag;
using DataType = dnnl::memory::data_type;
using dnnl::memory;

constexpr auto kFloat = DataType::f32;

// The engine holds no state of ours; oneDNN makes one for the processor cheap to copy and safe to share.
const dnnl::engine& cpu_engine() {
    static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

bool has_isa(dnnl::cpu_isa needed) {
    const auto bits = static_cast<unsigned>(needed);
    return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & bits) == bits;
}

DataType type_of(Precision precision) { return precision == Precision::kFloat32 ? kFloat : DataType::bf16; }

/// Memory that oneDNN does not own; its handle is set before each use.
memory borrowed(const memory::desc& description) { return {description, cpu_engine(), nullptr}; }

memory owned(const memory::desc& description) { return {description, cpu_engine()}; }

void point_at(memory& target, const void* values) { target.set_data_handle(const_cast<void*>(values)); }

/// A primitive with the memory that it always runs on.
class Operation {
  public:
    Operation() = default;
    Operation(dnnl::primitive primitive, std::initializer_list<std::pair<int, memory>> arguments)
        : primitive_(std::move(primitive)) {
        for (const auto& [argument, where] : arguments) add(argument, where);
    }

    void add(int argument, const memory& where) {
        kept_[count_] = where;
        arguments_[count_] = {argument, where.get()};
        ++count_;
    }

    /// By the C interface: the C++ one makes a list of the arguments at each call.
    void run(dnnl::stream& stream) const {
        const auto status = dnnl_primitive_execute(primitive_.get(), stream.get(), count_, arguments_.data());
        if (status == dnnl_out_of_memory) throw std::bad_alloc();
        if (status != dnnl_success)
            throw failed("oneDNN {} could not run ({})", onednn_version(), static_cast<int>(status));
    }

  private:
    static constexpr int kMost = 4;
    dnnl::primitive primitive_;
    std::array<memory, kMost> kept_;
    std::array<dnnl_exec_arg_t, kMost> arguments_{};
    int count_ = 0;
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

/// Winograd's F(4x4, 3x3) takes a quarter of the multiplications (A. Lavin and S. Gray, "Fast algorithms for
/// convolutional neural networks", 2015). oneDNN has it for floats with AVX-512; with a few images it is slower.
dnnl::algorithm algorithm_for(const ConvolutionGeometry& geometry) {
    constexpr int kFewestImages = 4;
    const bool fits = has_isa(dnnl::cpu_isa::avx512_core) && kChannelBlock == 16 &&
                      geometry.precision == Precision::kFloat32 && !geometry.plain_input && geometry.kernel == 3 &&
                      geometry.stride == 1 && geometry.padding <= 1 && geometry.batch >= kFewestImages;
    return fits ? dnnl::algorithm::convolution_winograd : dnnl::algorithm::convolution_direct;
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

bool has_bfloat16() { return kChannelBlock == 16 && has_isa(dnnl::cpu_isa::avx512_core_bf16); }

struct Convolution::Impl {
    ConvolutionGeometry geometry;
    DataType type;
    dnnl::algorithm algorithm;
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
    Operation unpack_weight_gradient;
    std::optional<Operation> backward_data;
    std::optional<Operation> prepare_backward_data;

    Impl(const ConvolutionGeometry& g, Use use)
        : geometry(g),
          type(type_of(g.precision)),
          algorithm(algorithm_for(g)),
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
        return describe<dnnl::convolution_forward>(kind, algorithm, input_description(), any_weights, bias_description,
                                                   output_description(), strides, padding, padding);
    }

    void make_backward_weights() {
        const memory::desc any_gradient(weight_dims(), kFloat, Format::any);
        const auto description = describe_backward<dnnl::convolution_backward_weights>(
            forward_description, algorithm, input_description(), any_gradient, bias_description, output_description(),
            strides, padding, padding);
        output_gradient = borrowed(description.diff_dst_desc());
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
        const auto description = describe_backward<dnnl::convolution_backward_data>(
            forward_description, algorithm, input_description(), any_weights, output_description(), strides, padding,
            padding);
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

struct DenseProducts::Impl {
    DenseGeometry geometry;
    DataType type;
    DataType output_type;
    dnnl::stream stream{cpu_engine()};

    memory plain_weights, plain_weights_transposed, plain_bias;  // borrowed
    memory input, output, rounded_gradient, transposed_gradient, weight_gradient, input_gradient;
    AlignedBuffer<Bfloat16> rounded;  // the output's gradient, where it comes as floats

    Operation prepare_forward, forward, backward_weights;
    std::optional<Operation> prepare_backward_data, backward_data;

    explicit Impl(const DenseGeometry& g)
        : geometry(g), type(type_of(g.precision)), output_type(type_of(g.output_precision)) {
        // (inputs, units): PyTorch's weights, read column by column.
        plain_weights_transposed = borrowed({{g.inputs, g.units}, kFloat, memory::dims{1, g.inputs}});
        plain_weights = borrowed({{g.units, g.inputs}, kFloat, memory::dims{g.inputs, 1}});
        plain_bias = borrowed({{1, g.units}, kFloat, Format::ab});
        const memory::desc source({g.batch, g.inputs}, type, memory::dims{g.input_stride, 1});
        const memory::desc target({g.batch, g.units}, output_type, memory::dims{g.output_stride, 1});
        const memory::desc any({g.inputs, g.units}, type, Format::any);
        const auto description = g.bias ? describe<dnnl::matmul>(source, any, plain_bias.get_desc(), target)
                                        : describe<dnnl::matmul>(source, any, target);
        input = borrowed(source);
        output = borrowed(target);
        const memory weights = owned(description.weights_desc());
        prepare_forward = reorder(plain_weights_transposed, weights);
        forward = {dnnl::matmul(description),
                   {{DNNL_ARG_SRC, input}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, output}}};
        if (g.bias) forward.add(DNNL_ARG_BIAS, plain_bias);
    }

    bool rounds_gradient() const { return output_type != type; }

    void make_backward_weights() {
        const DenseGeometry& g = geometry;
        if (rounds_gradient()) rounded = AlignedBuffer<Bfloat16>(static_cast<std::size_t>(g.batch) * g.output_stride);
        const memory::desc left({g.units, g.batch}, type, memory::dims{1, g.output_stride});
        const memory::desc right({g.batch, g.inputs}, type, memory::dims{g.input_stride, 1});
        const memory::desc product({g.units, g.inputs}, kFloat, memory::dims{g.inputs, 1});
        transposed_gradient = borrowed(left);
        weight_gradient = borrowed(product);
        backward_weights = {
            dnnl::matmul(describe<dnnl::matmul>(left, right, product)),
            {{DNNL_ARG_SRC, transposed_gradient}, {DNNL_ARG_WEIGHTS, input}, {DNNL_ARG_DST, weight_gradient}}};
    }

    void make_backward_data() {
        const DenseGeometry& g = geometry;
        const memory::desc left({g.batch, g.units}, type, memory::dims{g.output_stride, 1});
        // Floats are read as they stand; bfloat16 must be made from them.
        const bool as_they_stand = type == kFloat;
        const memory::desc right =
            as_they_stand ? plain_weights.get_desc() : memory::desc({g.units, g.inputs}, type, Format::any);
        const memory::desc product({g.batch, g.inputs}, type, memory::dims{g.input_stride, 1});
        const auto description = describe<dnnl::matmul>(left, right, product);
        rounded_gradient = borrowed(left);
        input_gradient = borrowed(product);
        const memory weights = as_they_stand ? plain_weights : owned(description.weights_desc());
        if (!as_they_stand) prepare_backward_data = reorder(plain_weights, weights);
        backward_data =
            Operation{dnnl::matmul(description),
                      {{DNNL_ARG_SRC, rounded_gradient}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, input_gradient}}};
    }
};

DenseProducts::DenseProducts(const DenseGeometry& geometry)
    : impl_(or_failed("a dense layer", [&] { return std::make_unique<Impl>(geometry); })) {}

DenseProducts::~DenseProducts() = default;
DenseProducts::DenseProducts(DenseProducts&&) noexcept = default;
DenseProducts& DenseProducts::operator=(DenseProducts&&) noexcept = default;

void DenseProducts::enable_backward(bool by_input) {
    or_failed("a dense layer's backward pass", [&] {
        impl_->make_backward_weights();
        if (by_input) impl_->make_backward_data();
    });
}

void DenseProducts::prepare(const float* weights, const float* bias) {
    Impl& self = *impl_;
    point_at(self.plain_weights_transposed, weights);
    point_at(self.plain_weights, weights);
    if (self.geometry.bias) point_at(self.plain_bias, bias);
    self.prepare_forward.run(self.stream);
    if (self.prepare_backward_data) self.prepare_backward_data->run(self.stream);
}

void DenseProducts::forward(const ConstValues& input, const Values& output) {
    point_at(impl_->input, input.data);
    point_at(impl_->output, output.data);
    impl_->forward.run(impl_->stream);
}

void DenseProducts::backward_weights(const ConstValues& input, const ConstValues& output_gradient,
                                     float* weight_gradient) {
    Impl& self = *impl_;
    const DenseGeometry& g = self.geometry;
    ConstValues gradient = output_gradient;
    if (self.rounds_gradient()) {
        copy_rows(output_gradient, static_cast<std::size_t>(g.output_stride), g.batch,
                  static_cast<std::size_t>(g.units), static_cast<std::size_t>(g.output_stride), self.rounded.data());
        gradient = self.rounded.data();
    }
    point_at(self.input, input.data);
    point_at(self.transposed_gradient, gradient.data);
    point_at(self.weight_gradient, weight_gradient);
    self.backward_weights.run(self.stream);
}

void DenseProducts::backward_data(const ConstValues& output_gradient, const Values& input_gradient) {
    Impl& self = *impl_;
    point_at(self.rounded_gradient, self.rounds_gradient() ? self.rounded.data() : output_gradient.data);
    point_at(self.input_gradient, input_gradient.data);
    self.backward_data->run(self.stream);
}

}  // namespace inkling::kernels
