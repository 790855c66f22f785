#include "kernels/cpu/dense.h"

#include <optional>

#include "core/aligned_buffer.h"
#include "kernels/cpu/layout.h"
#include "kernels/cpu/onednn_primitives.h"

namespace inkling::kernels {

using namespace onednn;

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
