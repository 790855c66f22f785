#include "kernels/cpu/dense.h"

#include <algorithm>
#include <vector>

#include "kernels/cpu/layout.h"
#include "kernels/cpu/onednn_primitives.h"
#include "kernels/cpu/widening.h"

namespace inkling::kernels {

using namespace onednn;

namespace {

using Matmul = dnnl::matmul;

/// (rows, columns), `stride` values from one row to the next.
memory::desc matrix(int rows, int columns, DataType type, int stride) {
    return {{rows, columns}, type, memory::dims{stride, 1}};
}

/// The same memory, read column by column.
memory::desc transposed(int rows, int columns, DataType type, int stride) {
    return {{columns, rows}, type, memory::dims{1, stride}};
}

DataType product_type(Precision stored) { return type_of(product_precision(stored)); }

Rows rows_of(int samples, int features, int stride) {
    return {.count = samples, .width = static_cast<std::size_t>(features), .stride = static_cast<std::size_t>(stride)};
}

Widening widening_of(const DenseGeometry& geometry) {
    return {geometry.precision, rows_of(geometry.batch, geometry.inputs, geometry.input_stride),
            rows_of(geometry.batch, geometry.units, geometry.output_stride)};
}

}  // namespace

struct DenseProducts::Impl {
    DenseGeometry geometry;
    DataType type;
    Widening widening;
    memory plain_weights, plain_weights_transposed, plain_bias;  // borrowed
    memory forward_weights, backward_weights;                    // in the layouts of the two products
    Operation prepare_forward, prepare_backward_data;
    bool has_backward_data = false;
    bool packs_backward_data = false;
    std::size_t scratch_size = 0;

    /// What a worker points at its slice.
    struct Worker {
        memory input, output, output_gradient, input_gradient;
        Operation forward, backward_data;
    };
    std::vector<Worker> workers;

    Impl(const DenseGeometry& g, int worker_count)
        : geometry(g),
          type(product_type(g.precision)),
          widening(widening_of(g)),
          workers(static_cast<std::size_t>(worker_count)) {
        plain_weights = borrowed(matrix(g.units, g.inputs, kFloat, g.inputs));
        plain_weights_transposed = borrowed(transposed(g.units, g.inputs, kFloat, g.inputs));
        plain_bias = borrowed({{1, g.units}, kFloat, Format::ab});
        const memory::desc source = matrix(g.batch, g.inputs, type, g.input_stride);
        const memory::desc target = matrix(g.batch, g.units, product_type(g.output_precision), g.output_stride);
        const memory::desc any({g.inputs, g.units}, type, Format::any);
        const auto description = g.bias ? describe<Matmul>(source, any, plain_bias.get_desc(), target)
                                        : describe<Matmul>(source, any, target);
        forward_weights = owned(description.weights_desc());
        prepare_forward = noted(Operation::reorder(plain_weights_transposed, forward_weights));
        for (Worker& worker : workers) {
            worker.input = borrowed(source);
            worker.output = borrowed(target);
            worker.forward = noted(Operation::of<Matmul>(
                description,
                {{DNNL_ARG_SRC, worker.input}, {DNNL_ARG_WEIGHTS, forward_weights}, {DNNL_ARG_DST, worker.output}}));
            if (g.bias) worker.forward.add(DNNL_ARG_BIAS, plain_bias);
        }
    }

    /// The operation, whose scratch memory is reckoned with.
    Operation noted(Operation operation) {
        scratch_size = std::max(scratch_size, operation.scratch_size());
        return operation;
    }

    void make_backward_data() {
        const DenseGeometry& g = geometry;
        const memory::desc left = matrix(g.batch, g.units, type, g.output_stride);
        // Floats are read as they stand; bfloat16 must be made from them.
        packs_backward_data = type != kFloat;
        const memory::desc right =
            packs_backward_data ? memory::desc({g.units, g.inputs}, type, Format::any) : plain_weights.get_desc();
        const memory::desc product = matrix(g.batch, g.inputs, type, g.input_stride);
        const auto description = describe<Matmul>(left, right, product);
        backward_weights = packs_backward_data ? owned(description.weights_desc()) : plain_weights;
        if (packs_backward_data) prepare_backward_data = noted(Operation::reorder(plain_weights, backward_weights));
        for (Worker& worker : workers) {
            worker.output_gradient = borrowed(left);
            worker.input_gradient = borrowed(product);
            worker.backward_data = noted(Operation::of<Matmul>(description, {{DNNL_ARG_SRC, worker.output_gradient},
                                                                             {DNNL_ARG_WEIGHTS, backward_weights},
                                                                             {DNNL_ARG_DST, worker.input_gradient}}));
        }
        has_backward_data = true;
    }
};

DenseProducts::DenseProducts(const DenseGeometry& geometry, int workers)
    : impl_(or_failed("a dense layer", [&] { return std::make_unique<Impl>(geometry, workers); })) {}

DenseProducts::~DenseProducts() = default;
DenseProducts::DenseProducts(DenseProducts&&) noexcept = default;
DenseProducts& DenseProducts::operator=(DenseProducts&&) noexcept = default;

void DenseProducts::enable_backward_data() {
    if (!impl_->has_backward_data) or_failed("a dense layer's backward pass", [&] { impl_->make_backward_data(); });
}

std::size_t DenseProducts::scratch_size() const { return impl_->widening.scratch_size() + impl_->scratch_size; }

void DenseProducts::prepare(const float* weights, const float* bias, float* scratch) {
    Impl& self = *impl_;
    weights = self.widening.factors({weights, static_cast<std::size_t>(self.geometry.units) * self.geometry.inputs});
    point_at(self.plain_weights_transposed, weights);
    point_at(self.plain_weights, weights);
    if (self.geometry.bias) point_at(self.plain_bias, bias);
    self.prepare_forward.run(scratch);
    if (self.packs_backward_data) self.prepare_backward_data.run(scratch);
}

void DenseProducts::forward(int worker, const ConstValues& input, const Values& output, float* scratch) {
    if (impl_->widening.takes(input))
        return impl_->widening.forward(input, output, scratch, [&](const float* from, float* to, float* rest) {
            forward(worker, from, to, rest);
        });
    Impl::Worker& own = impl_->workers[static_cast<std::size_t>(worker)];
    point_at(own.input, input.data);
    point_at(own.output, output.data);
    own.forward.run(scratch);
}

void DenseProducts::backward_data(int worker, const ConstValues& output_gradient, const Values& input_gradient,
                                  float* scratch) {
    if (impl_->widening.takes(output_gradient))
        return impl_->widening.backward_data(
            output_gradient, input_gradient, scratch,
            [&](const float* from, float* to, float* rest) { backward_data(worker, from, to, rest); });
    Impl::Worker& own = impl_->workers[static_cast<std::size_t>(worker)];
    point_at(own.output_gradient, output_gradient.data);
    point_at(own.input_gradient, input_gradient.data);
    own.backward_data.run(scratch);
}

struct DenseWeightGradient::Impl {
    static constexpr int kUnits = 128;  // of a part

    DenseGeometry geometry;
    std::size_t value_size;  // of what is multiplied
    Widening widening;
    std::size_t scratch_size = 0;

    /// For parts of as many units; the last part may be smaller.
    struct Product {
        memory input, output_gradient, weight_gradient;
        Operation run;
    };
    struct Worker {
        Product whole, last;
    };
    std::vector<Worker> workers;

    Impl(const DenseGeometry& g, int worker_count)
        : geometry(g),
          value_size(bytes_of(product_precision(g.precision))),
          widening(widening_of(g)),
          workers(static_cast<std::size_t>(worker_count)) {
        make(std::min(kUnits, g.units), &Worker::whole);
        make(g.units - kUnits * (parts() - 1), &Worker::last);
    }

    int parts() const { return (geometry.units + kUnits - 1) / kUnits; }

    void make(int units, Product Worker::*member) {
        const DenseGeometry& g = geometry;
        const DataType type = product_type(g.precision);
        const memory::desc left = transposed(g.batch, units, type, g.output_stride);
        const memory::desc right = matrix(g.batch, g.inputs, type, g.input_stride);
        const memory::desc product = matrix(units, g.inputs, kFloat, g.inputs);
        const auto description = describe<Matmul>(left, right, product);
        for (Worker& worker : workers) {
            Product& own = worker.*member;
            own.output_gradient = borrowed(left);
            own.input = borrowed(right);
            own.weight_gradient = borrowed(product);
            own.run = Operation::of<Matmul>(description, {{DNNL_ARG_SRC, own.output_gradient},
                                                          {DNNL_ARG_WEIGHTS, own.input},
                                                          {DNNL_ARG_DST, own.weight_gradient}});
            scratch_size = std::max(scratch_size, own.run.scratch_size());
        }
    }
};

DenseWeightGradient::DenseWeightGradient(const DenseGeometry& geometry, int workers)
    : impl_(or_failed("a dense layer's gradient", [&] { return std::make_unique<Impl>(geometry, workers); })) {}

DenseWeightGradient::~DenseWeightGradient() = default;
DenseWeightGradient::DenseWeightGradient(DenseWeightGradient&&) noexcept = default;
DenseWeightGradient& DenseWeightGradient::operator=(DenseWeightGradient&&) noexcept = default;

std::size_t DenseWeightGradient::scratch_size() const { return impl_->widening.scratch_size() + impl_->scratch_size; }

int DenseWeightGradient::parts() const { return impl_->parts(); }

void DenseWeightGradient::run(int part, int worker, const ConstValues& input, const ConstValues& output_gradient,
                              float* weight_gradient, float* scratch) {
    if (impl_->widening.takes(input))
        return impl_->widening.backward_weights(input, output_gradient, scratch,
                                                [&](const float* from, const float* gradient, float* rest) {
                                                    run(part, worker, from, gradient, weight_gradient, rest);
                                                });
    Impl::Worker& of_worker = impl_->workers[static_cast<std::size_t>(worker)];
    Impl::Product& own = part + 1 == parts() ? of_worker.last : of_worker.whole;
    const auto first = static_cast<std::size_t>(part) * Impl::kUnits;
    point_at(own.output_gradient, static_cast<const std::byte*>(output_gradient.data) + first * impl_->value_size);
    point_at(own.input, input.data);
    point_at(own.weight_gradient, weight_gradient + first * static_cast<std::size_t>(impl_->geometry.inputs));
    own.run.run(scratch);
}

}  // namespace inkling::kernels
