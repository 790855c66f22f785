#include "nn/cpu/compile.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/threads.h"
#include "kernels/cpu/layout.h"

namespace inkling {
namespace {

using kernels::blocked_size;
using kernels::padded_channels;

/// What flows between layers while they are compiled.
struct Value {
    Shape shape;
    TensorId tensor = kNoTensor;
    std::size_t sample_size = 0;  // values from one sample to the next
    bool plain = false;           // the network's input as it stands; else in channel blocks
};

/// The parts of a pointwise stage, in the order in which it does them.
enum class PointwisePart { kNone, kNorm, kActivation, kPool, kDropout };

/// Turns layers into stages, first to last. Layers that a pointwise stage can do are gathered in one, which is finished
/// when a layer comes that it cannot take in.
class Compiler {
  public:
    Compiler(CompiledNetwork& network, int batch, Network::Mode mode, Precision precision)
        : network_(network), batch_(batch), mode_(mode), precision_(precision) {}

    /// The input, which is never given to another tensor.
    Value input(const Shape& shape) {
        const TensorId tensor = tensors().acquire(values(shape.size()), Precision::kFloat32);
        tensors().hold(tensor);
        return {shape, tensor, shape.size(), true};
    }

    Value compile(const std::vector<LayerSpec>& layers, const std::string& prefix, Value value,
                  std::vector<Stage>& stages) {
        std::vector<Stage>* const around = std::exchange(stages_, &stages);
        for (std::size_t i = 0; i < layers.size(); ++i) {
            const std::string name = prefix + std::to_string(i);
            std::visit([&](const auto& layer) { add(layer, name, value); }, layers[i].kind);
        }
        finish_pointwise(value);
        stages_ = around;
        return value;
    }

    /// The last layer; its output is floats without padding, so that logits lie as their readers expect.
    Value compile_output(const DenseSpec& layer, const std::string& name, Value value, std::vector<Stage>& stages) {
        stages_ = &stages;
        add_dense(layer, name, value, layer.units, Precision::kFloat32);
        return value;
    }

    std::size_t scratch_size() const { return scratch_size_; }

  private:
    MemoryPlan& tensors() { return network_.memory.tensors; }
    bool trains() const { return mode_ == Network::Mode::kTrain; }
    std::size_t values(std::size_t sample) const { return sample * static_cast<std::size_t>(batch_); }

    int parameter(const std::string& name) const { return network_.memory.parameters.number(name); }
    int statistic(const std::string& name) const { return network_.memory.statistics.number(name); }

    /// Appends a stage that turns `value` into `shape`, stored in `sample_size` values a sample.
    template <class Kind>
    void append(Kind kind, Value& value, const Shape& shape, std::size_t sample_size, Precision precision) {
        kind.tensors.input = value.tensor;
        kind.tensors.input_size = values(value.sample_size);
        kind.tensors.output = tensors().acquire(values(sample_size), precision);
        kind.tensors.output_size = values(sample_size);
        // Training keeps every activation for the backward pass.
        if (!trains()) tensors().release(value.tensor);
        value = {shape, kind.tensors.output, sample_size, false};
        stages_->emplace_back(std::move(kind));
    }

    template <class Kind>
    void append(Kind kind, Value& value, const Shape& shape, std::size_t sample_size) {
        append(std::move(kind), value, shape, sample_size, precision_);
    }

    void change_layout(LayoutStage::Change change, Value& value, const Shape& shape) {
        LayoutStage stage{.tensors = {}, .change = change, .batch = batch_, .shape = value.shape};
        const bool stays = change == LayoutStage::Change::kNone;
        append(stage, value, shape, stays ? shape.size() : blocked_size(shape));
        value.plain = stays;
    }

    bool as_stored(const Value& value) { return tensors().precision(value.tensor) == precision_; }

    void make_blocked(Value& value) {
        if (value.plain) change_layout(LayoutStage::Change::kPlainToBlocked, value, value.shape);
    }

    void make_flat(Value& value) {
        const Shape flat{static_cast<int>(value.shape.size()), 1, 1};
        if (value.plain && value.sample_size == blocked_size(flat) && as_stored(value))
            value = {flat, value.tensor, value.sample_size, false};
        else if (value.plain)
            change_layout(LayoutStage::Change::kPlainToFlat, value, flat);
        else if (value.shape.pixels() != 1)
            change_layout(LayoutStage::Change::kBlockedToFlat, value, flat);
    }

    void add(const Conv2dSpec& layer, const std::string& name, Value& value) {
        finish_pointwise(value);
        // oneDNN has kernels for images of very few channels as they stand.
        const bool plain = value.plain && value.shape.channels <= 3;
        if (!plain)
            make_blocked(value);
        else if (!as_stored(value))
            change_layout(LayoutStage::Change::kNone, value, value.shape);
        const kernels::ConvolutionGeometry geometry{.batch = batch_,
                                                    .input = value.shape,
                                                    .filters = layer.filters,
                                                    .kernel = layer.kernel,
                                                    .stride = layer.stride,
                                                    .padding = layer.padding,
                                                    .bias = layer.bias,
                                                    .plain_input = plain,
                                                    .precision = precision_};
        const auto use =
            trains() ? kernels::Convolution::Use::kForwardAndBackward : kernels::Convolution::Use::kForward;
        ConvolutionStage stage{.tensors = {},
                               .geometry = geometry,
                               .convolution = kernels::Convolution(geometry, use),
                               .weight = parameter(name + ".weight"),
                               .bias = layer.bias ? parameter(name + ".bias") : kNoParameter};
        append(std::move(stage), value, geometry.output(), blocked_size(geometry.output()));
    }

    void add(const DenseSpec& layer, const std::string& name, Value& value) {
        add_dense(layer, name, value, padded_channels(layer.units), precision_);
    }

    void add_dense(const DenseSpec& layer, const std::string& name, Value& value, int output_stride,
                   Precision output_precision) {
        finish_pointwise(value);
        make_flat(value);
        const int inputs = value.shape.channels;
        const kernels::DenseGeometry geometry{.batch = batch_,
                                              .inputs = inputs,
                                              .units = layer.units,
                                              .input_stride = static_cast<int>(value.sample_size),
                                              .output_stride = output_stride,
                                              .bias = layer.bias,
                                              .precision = precision_,
                                              .output_precision = output_precision};
        DenseStage stage{.tensors = {},
                         .geometry = geometry,
                         .products = kernels::DenseProducts(geometry),
                         .weight = parameter(name + ".weight"),
                         .bias = layer.bias ? parameter(name + ".bias") : kNoParameter};
        append(std::move(stage), value, {layer.units, 1, 1}, static_cast<std::size_t>(output_stride), output_precision);
    }

    void add(const FlattenSpec&, const std::string&, Value& value) {
        finish_pointwise(value);
        make_flat(value);
    }

    void add(const BatchNormSpec& layer, const std::string& name, Value& value) {
        PointwiseStage& stage = pointwise_for(PointwisePart::kNorm, value);
        stage.pointwise.normalizes = true;
        const auto padded = static_cast<std::size_t>(padded_channels(value.shape.channels));
        PointwiseStage::Norm norm;
        norm.eps = layer.eps;
        norm.momentum = layer.momentum;
        norm.weight = parameter(name + ".weight");
        norm.bias = parameter(name + ".bias");
        norm.running_mean = statistic(name + ".running_mean");
        norm.running_variance = statistic(name + ".running_var");
        for (auto* values : {&norm.mean, &norm.variance, &norm.centre, &norm.scale, &norm.shift, &norm.by_gradient,
                             &norm.gradient_centre, &norm.by_input})
            *values = AlignedBuffer<float>(padded);
        norm.first_sums.resize(padded * thread_count());
        norm.second_sums.resize(padded * thread_count());
        stage.norm = std::move(norm);
    }

    void add(const ActivationSpec& layer, const std::string&, Value& value) {
        PointwiseStage& stage = pointwise_for(PointwisePart::kActivation, value);
        stage.pointwise.activation = layer.kind;
    }

    void add(const DropoutSpec& layer, const std::string&, Value& value) {
        if (layer.p == 0) return;
        PointwiseStage& stage = pointwise_for(PointwisePart::kDropout, value);
        stage.dropout.p = layer.p;
        stage.dropout.layer = dropout_layers_++;
    }

    void add(const MaxPool2dSpec& layer, const std::string&, Value& value) {
        add_pool(kernels::PoolKind::kMax, layer.kernel, layer.kernel, layer.stride, value);
    }

    void add(const AvgPool2dSpec& layer, const std::string&, Value& value) {
        add_pool(kernels::PoolKind::kAverage, layer.kernel, layer.kernel, layer.stride, value);
    }

    void add(const GlobalAvgPoolSpec&, const std::string&, Value& value) {
        add_pool(kernels::PoolKind::kAverage, value.shape.height, value.shape.width, 1, value);
    }

    void add_pool(kernels::PoolKind kind, int kernel_height, int kernel_width, int stride, Value& value) {
        if (value.shape.pixels() == 1) return;  // the only window that fits is the pixel itself
        PointwiseStage& stage = pointwise_for(PointwisePart::kPool, value);
        stage.pointwise.pool = {kind,   kernel_height,      kernel_width,     stride,
                                stride, value.shape.height, value.shape.width};
        value.shape = stage.pointwise.output();
    }

    void add(const ResidualSpec& layer, const std::string& name, Value& value) {
        finish_pointwise(value);
        make_blocked(value);
        ResidualStage stage;
        stage.tensors.input = value.tensor;
        stage.tensors.input_size = values(value.sample_size);
        tensors().hold(value.tensor);  // for the shortcut
        Value output = compile(layer.body, name + ".body.", value, stage.body);
        if (stage.body.empty()) {
            // The sum needs a tensor of its own.
            std::vector<Stage>* const around = std::exchange(stages_, &stage.body);
            pointwise_for(PointwisePart::kNone, output);
            finish_pointwise(output);
            stages_ = around;
        }
        if (const Shape before = value.shape; before != output.shape) {
            std::vector<LayerSpec> projection(2);
            projection[0].kind = *residual_shortcut(before, output.shape);
            projection[1].kind = BatchNormSpec{};
            value = compile(projection, name + ".shortcut.", value, stage.shortcut);
        }
        if (!trains()) tensors().release(value.tensor);
        stage.tensors.output = output.tensor;
        stage.tensors.output_size = values(output.sample_size);
        value = output;
        stages_->emplace_back(std::move(stage));
    }

    /// The stage being gathered, if the part still fits behind those it has; else a new one on `value`.
    PointwiseStage& pointwise_for(PointwisePart part, Value& value) {
        if (pointwise_ && last_part_ >= part) finish_pointwise(value);
        if (!pointwise_) {
            make_blocked(value);
            pointwise_.emplace();
            pointwise_->pointwise.batch = batch_;
            pointwise_->pointwise.input = value.shape;
        }
        last_part_ = part;
        return *pointwise_;
    }

    void finish_pointwise(Value& value) {
        if (!pointwise_) return;
        PointwiseStage stage = std::move(*pointwise_);
        pointwise_.reset();
        const Shape output = stage.pointwise.output();
        scratch_size_ = std::max(scratch_size_, kernels::pointwise_scratch_size(stage.pointwise));
        if (trains() && stage.pointwise.pool && stage.pointwise.pool->kind == kernels::PoolKind::kMax)
            stage.winners = AlignedBuffer<std::uint8_t>(values(blocked_size(output)));
        if (trains() && stage.dropout.p > 0) stage.kept = AlignedBuffer<std::uint8_t>(values(blocked_size(output)));
        append(std::move(stage), value, output, blocked_size(output));
    }

    CompiledNetwork& network_;
    int batch_;
    Network::Mode mode_;
    Precision precision_;
    std::vector<Stage>* stages_ = nullptr;
    std::optional<PointwiseStage> pointwise_;
    PointwisePart last_part_ = PointwisePart::kNone;
    std::uint32_t dropout_layers_ = 0;
    std::size_t scratch_size_ = 0;
};

/// Gives every stage its gradients, last to first. What a stage read is forgotten after its own backward pass, and each
/// gradient as soon as the stage before has used it; so gradients stand where activations stood. Returns the gradient
/// by the first stage's input. `shares_input`: something else needs that input afterwards.
TensorId plan_backward(std::vector<Stage>& stages, MemoryPlan& tensors, TensorId gradient, bool shares_input) {
    for (auto stage = stages.rbegin(); stage != stages.rend(); ++stage) {
        StageTensors& own = tensors_of(*stage);
        own.output_gradient = gradient;
        const bool needs_input = shares_input && stage + 1 == stages.rend();
        if (auto* residual = std::get_if<ResidualStage>(&stage->kind)) {
            tensors.hold(gradient);  // for the shortcut
            own.input_gradient = plan_backward(residual->body, tensors, gradient, true);
            tensors.release(plan_backward(residual->shortcut, tensors, gradient, true));
            if (residual->shortcut.empty()) tensors.release(own.input);
        } else if (std::holds_alternative<PointwiseStage>(stage->kind) && !needs_input) {
            own.input_gradient = own.input;  // in its place
            tensors.release(gradient);
        } else {
            own.input_gradient = tensors.acquire(own.input_size, tensors.precision(own.input));
            tensors.release(gradient);
            tensors.release(own.input);
        }
        gradient = own.input_gradient;
    }
    return gradient;
}

}  // namespace

void enable_backward(std::vector<Stage>& stages, bool by_input) {
    bool needed = by_input;  // whether a stage before has parameters, or the input's gradient is wanted
    for (Stage& stage : stages) {
        if (auto* convolution = std::get_if<ConvolutionStage>(&stage.kind)) {
            convolution->wants_input_gradient = needed;
            if (needed) convolution->convolution.enable_backward_data();
        } else if (auto* dense = std::get_if<DenseStage>(&stage.kind)) {
            dense->wants_input_gradient = needed;
            dense->products.enable_backward(needed);
        } else if (auto* layout = std::get_if<LayoutStage>(&stage.kind)) {
            layout->wants_input_gradient = needed;
            continue;
        } else if (auto* residual = std::get_if<ResidualStage>(&stage.kind)) {
            enable_backward(residual->body, true);
            enable_backward(residual->shortcut, true);
        }
        needed = true;
    }
}

CompiledNetwork compile(const EngineRequest& request) {
    std::vector<LayerSpec> layers = complete_layers(request.spec, request.classes);
    const LayerSpec output_layer = std::move(layers.back());
    layers.pop_back();

    const bool trains = request.mode == Network::Mode::kTrain;
    const ParameterLayout& layout = request.layout;
    CompiledNetwork network;
    NetworkMemory& memory = network.memory;
    memory.parameters = TensorBlock(layout.parameters, layout.parameter_count, trains ? 2 : 1);
    memory.statistics = TensorBlock(layout.statistics, layout.statistics_count, 1);
    Compiler compiler(network, request.batch_size, request.mode, request.precision);
    const Value input = compiler.input(request.spec.input);
    const Value hidden = compiler.compile(layers, "", input, network.stages);
    const Value logits = compiler.compile_output(std::get<DenseSpec>(output_layer.kind), std::to_string(layers.size()),
                                                 hidden, network.stages);
    network.input = input.tensor;
    network.logits = logits.tensor;
    if (trains) {
        network.logits_gradient =
            memory.tensors.acquire(static_cast<std::size_t>(request.batch_size) * request.classes, Precision::kFloat32);
        network.input_gradient = plan_backward(network.stages, memory.tensors, network.logits_gradient, false);
        enable_backward(network.stages, false);
    }
    memory.tensors.allocate();
    memory.scratch = AlignedBuffer<float>(compiler.scratch_size() * thread_count());
    return network;
}

}  // namespace inkling
