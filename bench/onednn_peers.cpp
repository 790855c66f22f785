// A benchmark's own file: the library's use of oneDNN stays in kernels/cpu/onednn.cpp. Descriptions of primitives are
// those of oneDNN 2; with another one, there are no peers.
#include "onednn_peers.h"

#include <cstring>
#include <dnnl.hpp>
#include <memory>
#include <unordered_map>

#include "kernels/cpu/layout.h"
#include "roof.h"

namespace inkling::peers {
namespace {

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;
using Format = memory::format_tag;
using Arguments = std::unordered_map<int, memory>;

constexpr auto kFloat = memory::data_type::f32;
constexpr float kEps = 1e-5f;

const dnnl::engine& engine() {
    static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
    return cpu;
}

memory::desc blocked(int batch, const Shape& shape) {
    return {{batch, shape.channels, shape.height, shape.width},
            kFloat,
            kernels::kChannelBlock == 16 ? Format::nChw16c : Format::nChw8c};
}

memory::desc matrix(int rows, int columns, Format format) { return {{rows, columns}, kFloat, format}; }

memory random_memory(const memory::desc& description) {
    memory result(description, engine());
    const AlignedBuffer<float> values = random_values(description.get_size() / sizeof(float));
    std::memcpy(result.get_data_handle(), values.data(), values.size() * sizeof(float));
    return result;
}

/// Memory of zeros, such as an output or a workspace.
memory blank(const memory::desc& description) {
    memory result(description, engine());
    if (description.get_size() > 0) std::memset(result.get_data_handle(), 0, description.get_size());
    return result;
}

Run runner(const dnnl::primitive& primitive, const Arguments& arguments) {
    auto stream = std::make_shared<dnnl::stream>(engine());
    return [stream, primitive, arguments] {
        primitive.execute(*stream, arguments);
        stream->wait();
    };
}

}  // namespace

#if DNNL_VERSION_MAJOR == 2

namespace {

using dnnl::normalization_flags;

const auto kNormFlags =
    normalization_flags::use_scale | normalization_flags::use_shift | normalization_flags::fuse_norm_relu;

struct NormForward {
    NormForward(int batch, const Shape& shape)
        : description({prop_kind::forward_training, blocked(batch, shape), kEps, kNormFlags}, engine()),
          channels({shape.channels}, kFloat, Format::a),
          arguments{{DNNL_ARG_SRC, random_memory(blocked(batch, shape))},
                    {DNNL_ARG_DST, blank(blocked(batch, shape))},
                    {DNNL_ARG_MEAN, blank(channels)},
                    {DNNL_ARG_VARIANCE, blank(channels)},
                    {DNNL_ARG_SCALE, random_memory(channels)},
                    {DNNL_ARG_SHIFT, random_memory(channels)},
                    {DNNL_ARG_WORKSPACE, blank(description.workspace_desc())}} {}

    dnnl::batch_normalization_forward::primitive_desc description;
    memory::desc channels;
    Arguments arguments;
};

struct PoolForward {
    PoolForward(int batch, const Shape& shape)
        : output(blocked(batch, {shape.channels, shape.height / 2, shape.width / 2})),
          description({prop_kind::forward_training,
                       algorithm::pooling_max,
                       blocked(batch, shape),
                       output,
                       {2, 2},
                       {2, 2},
                       {0, 0},
                       {0, 0}},
                      engine()),
          arguments{{DNNL_ARG_SRC, random_memory(blocked(batch, shape))},
                    {DNNL_ARG_DST, blank(output)},
                    {DNNL_ARG_WORKSPACE, blank(description.workspace_desc())}} {}

    memory::desc output;
    dnnl::pooling_forward::primitive_desc description;
    Arguments arguments;
};

Run eltwise_forward(algorithm kind, int batch, const Shape& shape) {
    const dnnl::eltwise_forward::primitive_desc description(
        {prop_kind::forward_training, kind, blocked(batch, shape), 0.0f, 0.0f}, engine());
    return runner(dnnl::eltwise_forward(description),
                  {{DNNL_ARG_SRC, random_memory(blocked(batch, shape))}, {DNNL_ARG_DST, blank(blocked(batch, shape))}});
}

dnnl::inner_product_forward::primitive_desc describe_inner_product(int batch, int inputs, int units) {
    return {{prop_kind::forward_training, matrix(batch, inputs, Format::ab), matrix(units, inputs, Format::any),
             matrix(batch, units, Format::ab)},
            engine()};
}

}  // namespace

Run batch_norm_relu_forward(int batch, const Shape& shape) {
    const NormForward forward(batch, shape);
    return runner(dnnl::batch_normalization_forward(forward.description), forward.arguments);
}

Run batch_norm_relu_backward(int batch, const Shape& shape) {
    const NormForward forward(batch, shape);
    runner(dnnl::batch_normalization_forward(forward.description), forward.arguments)();
    const memory::desc activations = blocked(batch, shape);
    const dnnl::batch_normalization_backward::primitive_desc description(
        {prop_kind::backward, activations, activations, kEps, kNormFlags}, engine(), forward.description);
    Arguments arguments = forward.arguments;
    arguments.emplace(DNNL_ARG_DIFF_DST, random_memory(activations));
    arguments.emplace(DNNL_ARG_DIFF_SRC, blank(activations));
    arguments.emplace(DNNL_ARG_DIFF_SCALE, blank(forward.channels));
    arguments.emplace(DNNL_ARG_DIFF_SHIFT, blank(forward.channels));
    return runner(dnnl::batch_normalization_backward(description), arguments);
}

Run relu_forward(int batch, const Shape& shape) { return eltwise_forward(algorithm::eltwise_relu, batch, shape); }
Run gelu_forward(int batch, const Shape& shape) { return eltwise_forward(algorithm::eltwise_gelu_erf, batch, shape); }

Run max_pool_forward(int batch, const Shape& shape) {
    const PoolForward forward(batch, shape);
    return runner(dnnl::pooling_forward(forward.description), forward.arguments);
}

Run max_pool_backward(int batch, const Shape& shape) {
    const PoolForward forward(batch, shape);
    runner(dnnl::pooling_forward(forward.description), forward.arguments)();
    const dnnl::pooling_backward::primitive_desc description(
        {algorithm::pooling_max, blocked(batch, shape), forward.output, {2, 2}, {2, 2}, {0, 0}, {0, 0}}, engine(),
        forward.description);
    return runner(dnnl::pooling_backward(description),
                  {{DNNL_ARG_DIFF_DST, random_memory(forward.output)},
                   {DNNL_ARG_DIFF_SRC, blank(blocked(batch, shape))},
                   {DNNL_ARG_WORKSPACE, forward.arguments.at(DNNL_ARG_WORKSPACE)}});
}

Run softmax(int batch, int classes) {
    const memory::desc logits = matrix(batch, classes, Format::ab);
    const dnnl::softmax_forward::primitive_desc description({prop_kind::forward_inference, logits, 1}, engine());
    return runner(dnnl::softmax_forward(description),
                  {{DNNL_ARG_SRC, random_memory(logits)}, {DNNL_ARG_DST, blank(logits)}});
}

Run inner_product_forward(int batch, int inputs, int units) {
    const auto description = describe_inner_product(batch, inputs, units);
    return runner(dnnl::inner_product_forward(description),
                  {{DNNL_ARG_SRC, random_memory(description.src_desc())},
                   {DNNL_ARG_WEIGHTS, random_memory(description.weights_desc())},
                   {DNNL_ARG_DST, blank(description.dst_desc())}});
}

Run inner_product_backward_weights(int batch, int inputs, int units) {
    const dnnl::inner_product_backward_weights::primitive_desc description(
        {matrix(batch, inputs, Format::ab), matrix(units, inputs, Format::any), matrix(batch, units, Format::ab)},
        engine(), describe_inner_product(batch, inputs, units));
    return runner(dnnl::inner_product_backward_weights(description),
                  {{DNNL_ARG_SRC, random_memory(description.src_desc())},
                   {DNNL_ARG_DIFF_DST, random_memory(description.diff_dst_desc())},
                   {DNNL_ARG_DIFF_WEIGHTS, blank(description.diff_weights_desc())}});
}

Run inner_product_backward_data(int batch, int inputs, int units) {
    const dnnl::inner_product_backward_data::primitive_desc description(
        {matrix(batch, inputs, Format::ab), matrix(units, inputs, Format::any), matrix(batch, units, Format::ab)},
        engine(), describe_inner_product(batch, inputs, units));
    return runner(dnnl::inner_product_backward_data(description),
                  {{DNNL_ARG_DIFF_DST, random_memory(description.diff_dst_desc())},
                   {DNNL_ARG_WEIGHTS, random_memory(description.weights_desc())},
                   {DNNL_ARG_DIFF_SRC, blank(description.diff_src_desc())}});
}

#else

Run batch_norm_relu_forward(int, const Shape&) { return {}; }
Run batch_norm_relu_backward(int, const Shape&) { return {}; }
Run relu_forward(int, const Shape&) { return {}; }
Run gelu_forward(int, const Shape&) { return {}; }
Run max_pool_forward(int, const Shape&) { return {}; }
Run max_pool_backward(int, const Shape&) { return {}; }
Run softmax(int, int) { return {}; }
Run inner_product_forward(int, int, int) { return {}; }
Run inner_product_backward_weights(int, int, int) { return {}; }
Run inner_product_backward_data(int, int, int) { return {}; }

#endif

}  // namespace inkling::peers
