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

bool convolves(const std::vector<LayerSpec>& layers) {
    return std::any_of(layers.begin(), layers.end(), [](const LayerSpec& layer) {
        const auto* const residual = std::get_if<ResidualSpec>(&layer.kind);
        return std::holds_alternative<Conv2dSpec>(layer.kind) ||
               std::holds_alternative<DepthwiseConv2dSpec>(layer.kind) ||
               (residual != nullptr && convolves(residual->body));
    });
}

/// Cuts a batch into slices that differ by a sample at most: one for each worker or more, and of no more samples than
/// were measured to be fastest: feature maps should stay in a worker's cache, rows of features make up for reading the
/// weights. What is computed depends on the cut; where that must not depend on workers and processes, the cut does not.
std::vector<kernels::Slice> cut(int batch, int workers, bool trains, const std::vector<LayerSpec>& layers,
                                const Sharing& sharing) {
    const int of_maps = trains ? 32 : 16;
    const int most = convolves(layers) ? of_maps : 128;
    const int count = sharing.reproducible ? slice_count(batch * sharing.processes()) / sharing.processes()
                                           : std::max((batch + most - 1) / most, std::min(batch, workers));
    std::vector<kernels::Slice> slices;
    for (int first = 0, i = 0; i < count; ++i) {
        slices.push_back({.first = first, .count = batch / count + (i < batch % count ? 1 : 0)});
        first += slices.back().count;
    }
    return slices;
}

/// Turns layers into stages, first to last. Layers that a pointwise stage can do are gathered in one, which is finished
/// when a layer comes that it cannot take in.
class Compiler {
  public:
    Compiler(CompiledNetwork& network, Network::Mode mode, Precision precision)
        : memory_(network.memory), stages_(network.stages), mode_(mode), precision_(precision) {}

    /// The input, which is never given to another tensor.
    Value input(const Shape& shape) {
        const TensorId tensor = tensors().acquire(shape.size(), Precision::kFloat32);
        tensors().hold(tensor);
        return {shape, tensor, shape.size(), true};
    }

    Value compile(const std::vector<LayerSpec>& layers, const std::string& prefix, Value value) {
        for (std::size_t i = 0; i < layers.size(); ++i) {
            const std::string name = prefix + std::to_string(i);
            std::visit([&](const auto& layer) { add(layer, name, value); }, layers[i].kind);
        }
        finish_pointwise(value);
        return value;
    }

    /// The last layer; its output is floats without padding, so that logits lie as their readers expect.
    Value compile_output(const DenseSpec& layer, const std::string& name, Value value) {
        add_dense(layer, name, value, layer.units, Precision::kFloat32);
        return value;
    }

  private:
    MemoryPlan& tensors() { return memory_.tensors; }
    bool trains() const { return mode_ == Network::Mode::kTrain; }
    /// For the backward pass; or because several workers have an image in hand, of whom some may be stages behind.
    bool keeps_activations() const { return trains() || memory_.shares > 1; }
    std::size_t of_batch(std::size_t sample) const { return sample * static_cast<std::size_t>(memory_.batch); }

    int parameter(const std::string& name) const { return memory_.parameters.number(name); }
    int statistic(const std::string& name) const { return memory_.statistics.number(name); }

    /// Where a slice's part of a parameter's gradient stands.
    std::size_t slice_gradient(int number) {
        return memory_.slice_gradients.add(memory_.parameters.offset(number), memory_.parameter(number).size());
    }

    /// Tells a stage where a layer's weight and bias stand, and its slices' parts of their gradients.
    template <class Kind>
    void name_tensors(Kind& stage, const std::string& name, bool bias) {
        stage.weight = parameter(name + ".weight");
        if (bias) stage.bias = parameter(name + ".bias");
        if (!trains()) return;
        stage.weight_gradient = slice_gradient(stage.weight);
        if (bias) stage.bias_gradient = slice_gradient(stage.bias);
    }

    /// Calls make(samples, channels) for each share of the channels, or for each size that slices have, the larger
    /// first.
    template <class Make>
    void for_each_product(int channels, Make&& make) const {
        const int samples = memory_.slices.front().count;
        for (int share = 0; share < memory_.shares; ++share)
            if (const ChannelRange range = channel_range(channels, share, memory_.shares); range.count > 0)
                make(samples, range);
        if (memory_.slices.back().count != samples) make(memory_.slices.back().count, ChannelRange{0, channels});
    }

    /// Appends a stage that turns `value` into `shape`, stored in `sample_size` values a sample.
    template <class Kind>
    void append(Kind kind, Value& value, const Shape& shape, std::size_t sample_size, Precision precision) {
        kind.tensors.input = value.tensor;
        kind.tensors.input_size = value.sample_size;
        kind.tensors.output = tensors().acquire(sample_size, precision);
        kind.tensors.output_size = sample_size;
        if (!keeps_activations()) tensors().release(value.tensor);
        value = {shape, kind.tensors.output, sample_size, false};
        stages_.emplace_back(std::move(kind));
    }

    template <class Kind>
    void append(Kind kind, Value& value, const Shape& shape, std::size_t sample_size) {
        append(std::move(kind), value, shape, sample_size, precision_);
    }

    void change_layout(LayoutStage::Change change, Value& value, const Shape& shape) {
        LayoutStage stage;
        stage.change = change;
        stage.shape = value.shape;
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
        const bool plain = value.plain && value.shape.channels <= kernels::kMostPlainChannels;
        if (!plain)
            make_blocked(value);
        else if (!as_stored(value))
            change_layout(LayoutStage::Change::kNone, value, value.shape);
        ConvolutionStage stage;
        stage.geometry = {.batch = memory_.batch,
                          .input = value.shape,
                          .filters = layer.filters,
                          .kernel = layer.kernel,
                          .stride = layer.stride,
                          .padding = layer.padding,
                          .bias = layer.bias,
                          .plain_input = plain,
                          .precision = precision_};
        const auto use = trains() ? kernels::ConvolutionUse::kForwardAndBackward : kernels::ConvolutionUse::kForward;
        for_each_product(layer.filters, [&](int samples, const ChannelRange& filters) {
            kernels::ConvolutionGeometry geometry = stage.geometry;
            geometry.batch = samples;
            geometry.filters = filters.count;
            stage.products.push_back({kernels::Convolution(geometry, use, memory_.workers), filters.first});
        });
        name_tensors(stage, name, layer.bias);
        const Shape output = stage.geometry.output();
        append(std::move(stage), value, output, blocked_size(output));
    }

    void add(const DepthwiseConv2dSpec& layer, const std::string& name, Value& value) {
        finish_pointwise(value);
        make_blocked(value);
        DepthwiseStage stage;
        stage.geometry = {
            .input = value.shape, .kernel = layer.kernel, .stride = layer.stride, .padding = layer.padding};
        stage.weights = AlignedBuffer<float>(kernels::depthwise_weights_size(stage.geometry));
        if (layer.bias)
            stage.biases = AlignedBuffer<float>(static_cast<std::size_t>(padded_channels(value.shape.channels)));
        name_tensors(stage, name, layer.bias);
        const Shape output = stage.geometry.output();
        append(std::move(stage), value, output, blocked_size(output));
    }

    void add(const SqueezeExcitationSpec& layer, const std::string& name, Value& value) {
        finish_pointwise(value);
        make_blocked(value);
        SqueezeStage stage;
        stage.geometry = {.shape = value.shape, .squeezed = layer.squeeze_channels};
        const auto tensor = [&](const char* of_layer) {
            const int number = parameter(name + of_layer);
            return SqueezeStage::Tensor{number, trains() ? slice_gradient(number) : 0};
        };
        stage.squeeze_weight = tensor(".fc1.weight");
        stage.squeeze_bias = tensor(".fc1.bias");
        stage.excite_weight = tensor(".fc2.weight");
        stage.excite_bias = tensor(".fc2.bias");
        if (trains()) stage.notes = AlignedBuffer<float>(of_batch(kernels::squeeze_notes_size(stage.geometry)));
        const Shape shape = value.shape;
        append(std::move(stage), value, shape, blocked_size(shape));
    }

    void add(const DenseSpec& layer, const std::string& name, Value& value) {
        add_dense(layer, name, value, padded_channels(layer.units), precision_);
    }

    void add_dense(const DenseSpec& layer, const std::string& name, Value& value, int output_stride,
                   Precision output_precision) {
        finish_pointwise(value);
        make_flat(value);
        const int inputs = value.shape.channels;
        DenseStage stage;
        stage.geometry = {.batch = memory_.batch,
                          .inputs = inputs,
                          .units = layer.units,
                          .input_stride = static_cast<int>(value.sample_size),
                          .output_stride = output_stride,
                          .bias = layer.bias,
                          .precision = precision_,
                          .output_precision = output_precision};
        for_each_product(layer.units, [&](int samples, const ChannelRange& units) {
            kernels::DenseGeometry geometry = stage.geometry;
            geometry.batch = samples;
            geometry.units = units.count;
            stage.products.push_back({kernels::DenseProducts(geometry, memory_.workers), units.first});
        });
        stage.weight = parameter(name + ".weight");
        if (layer.bias) stage.bias = parameter(name + ".bias");
        if (trains()) {
            kernels::DenseGeometry geometry = stage.geometry;
            if (memory_.sharing.reproducible) {
                geometry.batch = memory_.slices.front().count;
                stage.weight_gradient = slice_gradient(stage.weight);
            }
            stage.weight_product.emplace(geometry, memory_.workers);
            if (layer.bias) stage.bias_gradient = slice_gradient(stage.bias);
            if (stage.rounds_gradient())
                stage.rounded = AlignedBuffer<kernels::Bfloat16>(of_batch(static_cast<std::size_t>(output_stride)));
        }
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
        norm.first_sums.resize(padded * memory_.slices.size());
        norm.second_sums.resize(padded * memory_.slices.size());
        if (memory_.shares_norms()) norm.shared_sums.resize(2 * padded);
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
        ForkStage fork;
        fork.tensors.input = value.tensor;
        fork.tensors.input_size = value.sample_size;
        stages_.emplace_back(fork);
        tensors().hold(value.tensor);  // for the shortcut
        const std::size_t body_begin = stages_.size();
        Value output = compile(layer.body, name + ".body.", value);
        if (stages_.size() == body_begin) {
            // The sum needs a tensor of its own.
            pointwise_for(PointwisePart::kNone, output);
            finish_pointwise(output);
        }
        JoinStage join;
        join.shortcut_begin = stages_.size();
        if (const Shape before = value.shape; before != output.shape) {
            std::vector<LayerSpec> projection(2);
            projection[0].kind = *residual_shortcut(before, output.shape);
            projection[1].kind = BatchNormSpec{};
            value = compile(projection, name + ".shortcut.", value);
        }
        join.beside = value.tensor;
        if (trains() && layer.stochastic_depth > 0) {
            join.depth = {.p = layer.stochastic_depth, .layer = dropout_layers_++};
            join.factors = AlignedBuffer<float>(static_cast<std::size_t>(memory_.batch));
        }
        if (!keeps_activations()) tensors().release(value.tensor);
        join.shape = output.shape;
        join.tensors.output = output.tensor;
        join.tensors.output_size = output.sample_size;
        value = output;
        stages_.emplace_back(std::move(join));
    }

    /// The stage being gathered, if the part still fits behind those it has; else a new one on `value`.
    PointwiseStage& pointwise_for(PointwisePart part, Value& value) {
        if (pointwise_ && last_part_ >= part) finish_pointwise(value);
        if (!pointwise_) {
            make_blocked(value);
            pointwise_.emplace();
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
        if (trains() && stage.pointwise.pool && stage.pointwise.pool->kind == kernels::PoolKind::kMax)
            stage.winners = AlignedBuffer<std::uint8_t>(of_batch(blocked_size(output)));
        if (trains() && stage.dropout.p > 0) stage.kept = AlignedBuffer<std::uint8_t>(of_batch(blocked_size(output)));
        append(std::move(stage), value, output, blocked_size(output));
    }

    NetworkMemory& memory_;
    std::vector<Stage>& stages_;
    Network::Mode mode_;
    Precision precision_;
    std::optional<PointwiseStage> pointwise_;
    PointwisePart last_part_ = PointwisePart::kNone;
    std::uint32_t dropout_layers_ = 0;
};

/// Gives every stage its gradients, last to first. What a stage read is forgotten after its own backward pass, and each
/// gradient as soon as the stage before has used it; so gradients stand where activations stood. But a dense layer's
/// input and gradient are kept to the end, when the gradient by its weights is made of the whole batch. Returns the
/// gradient by the first stage's input.
TensorId plan_backward(std::vector<Stage>& stages, MemoryPlan& tensors, TensorId gradient) {
    struct Residual {
        std::size_t shortcut_begin;
        TensorId gradient;            // by the body's output
        bool is_identity;             // whether the shortcut is the input itself
        TensorId beside = kNoTensor;  // the shortcut's, by its input
    };
    std::vector<Residual> residuals;  // those being gone through
    for (std::size_t i = stages.size(); i-- > 0;) {
        StageTensors& own = stages[i].tensors();
        own.output_gradient = gradient;
        if (auto* join = std::get_if<JoinStage>(&stages[i].kind)) {
            TensorId of_body = gradient;
            if (join->depth.p > 0)
                of_body = own.input_gradient = tensors.acquire(own.output_size, tensors.precision(own.output));
            else
                tensors.hold(gradient);  // for the body; the shortcut comes first
            residuals.push_back({.shortcut_begin = join->shortcut_begin,
                                 .gradient = of_body,
                                 .is_identity = join->shortcut_begin == i});
        } else if (auto* fork = std::get_if<ForkStage>(&stages[i].kind)) {
            own.input_gradient = gradient;
            fork->beside = residuals.back().beside;
            tensors.release(fork->beside);
            if (residuals.back().is_identity) tensors.release(own.input);
            residuals.pop_back();
        } else {
            // Whether body and shortcut both need the stage's input.
            const bool shares_input = (i > 0 && std::holds_alternative<ForkStage>(stages[i - 1].kind)) ||
                                      (!residuals.empty() && residuals.back().shortcut_begin == i);
            // Batch norm's sums end a phase.
            if (stages[i].norm() != nullptr) tensors.next_phase();
            const bool is_dense = std::holds_alternative<DenseStage>(stages[i].kind);
            if (std::holds_alternative<PointwiseStage>(stages[i].kind) && !shares_input) {
                own.input_gradient = own.input;  // in its place
                tensors.release(gradient);
            } else {
                own.input_gradient = tensors.acquire(own.input_size, tensors.precision(own.input));
                if (!is_dense) {
                    tensors.release(gradient);
                    tensors.release(own.input);
                }
            }
            gradient = own.input_gradient;
        }
        if (!residuals.empty() && residuals.back().shortcut_begin == i && residuals.back().beside == kNoTensor)
            residuals.back().beside = std::exchange(gradient, residuals.back().gradient);
    }
    tensors.next_phase();
    for (Stage& stage : stages)
        if (std::holds_alternative<DenseStage>(stage.kind)) {
            tensors.release(stage.tensors().output_gradient);
            tensors.release(stage.tensors().input);
        }
    return gradient;
}

void allocate_scratch(CompiledNetwork& network) {
    std::size_t size = 0;
    for (const Stage& stage : network.stages)
        size = std::max(size, std::visit([](const auto& kind) { return kind.scratch_size(); }, stage.kind));
    auto& scratch = network.memory.scratch;
    if (!scratch.empty() && scratch.front().size() >= size) return;
    scratch.clear();
    for (int worker = 0; worker < network.memory.workers; ++worker) scratch.emplace_back(size);
}

}  // namespace

void enable_backward(CompiledNetwork& network, bool by_input) {
    bool needed = by_input;  // whether a stage before has parameters, or the input's gradient is wanted
    for (Stage& stage : network.stages) {
        if (auto* convolution = std::get_if<ConvolutionStage>(&stage.kind)) {
            convolution->wants_input_gradient = needed;
            if (needed)
                for (auto& each : convolution->products) each.product.enable_backward_data();
        } else if (auto* depthwise = std::get_if<DepthwiseStage>(&stage.kind)) {
            depthwise->wants_input_gradient = needed;
        } else if (auto* dense = std::get_if<DenseStage>(&stage.kind)) {
            dense->wants_input_gradient = needed;
            if (needed)
                for (auto& each : dense->products) each.product.enable_backward_data();
        } else if (auto* layout = std::get_if<LayoutStage>(&stage.kind)) {
            layout->wants_input_gradient = needed;
            continue;
        }
        needed = true;
    }
    allocate_scratch(network);
}

CompiledNetwork compile(const EngineRequest& request) {
    std::vector<LayerSpec> layers = complete_layers(request.spec, request.classes);
    const LayerSpec output_layer = std::move(layers.back());
    layers.pop_back();

    const bool trains = request.mode == Network::Mode::kTrain;
    const ParameterLayout& layout = request.layout;
    CompiledNetwork network;
    NetworkMemory& memory = network.memory;
    memory.batch = request.batch_size;
    memory.workers = thread_count();
    memory.sharing = request.sharing;
    memory.slices = cut(memory.batch, memory.workers, trains, layers, memory.sharing);
    if (!trains && !memory.sharing.reproducible && memory.batch < memory.workers)
        memory.shares = (memory.workers + memory.batch - 1) / memory.batch;
    memory.parameters = TensorBlock(layout.parameters, layout.parameter_count, trains ? 2 : 1);
    memory.statistics = TensorBlock(layout.statistics, layout.statistics_count, 1);
    Compiler compiler(network, request.mode, request.precision);
    const Value input = compiler.input(request.spec.input);
    const Value hidden = compiler.compile(layers, "", input);
    const Value logits =
        compiler.compile_output(std::get<DenseSpec>(output_layer.kind), std::to_string(layers.size()), hidden);
    network.input = input.tensor;
    network.logits = logits.tensor;
    memory.tensors.next_phase();
    if (trains) {
        network.logits_gradient =
            memory.tensors.acquire(static_cast<std::size_t>(request.classes), Precision::kFloat32);
        memory.tensors.next_phase();
        network.input_gradient = plan_backward(network.stages, memory.tensors, network.logits_gradient);
        memory.slice_gradients.allocate(memory.slices.size(), memory.sharing.reproducible);
    }
    memory.tensors.allocate(memory.batch, memory.slices.front().count, memory.workers);
    if (trains)
        enable_backward(network, false);
    else
        allocate_scratch(network);
    return network;
}

}  // namespace inkling
