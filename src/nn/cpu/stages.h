#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "core/aligned_buffer.h"
#include "kernels/cpu/convolution.h"
#include "kernels/cpu/dense.h"
#include "kernels/cpu/depthwise.h"
#include "kernels/cpu/pointwise.h"
#include "kernels/cpu/squeeze_excitation.h"
#include "nn/cpu/memory_plan.h"
#include "nn/cpu/slice_gradients.h"
#include "nn/cpu/tensor_block.h"
#include "nn/network.h"
#include "nn/stopwatch.h"

namespace inkling {

/// What stages work on. Owned by the engine; stages name their tensors and parameters by number.
struct NetworkMemory {
    static constexpr int kValues = 0;
    static constexpr int kGradients = 1;

    int batch = 0;  // samples, of this process
    Sharing sharing;
    int workers = 1;
    std::vector<kernels::Slice> slices;  // of the batch, the larger ones first
    int shares = 1;                      // of a slice's channels; more than one for fewer images than workers
    MemoryPlan tensors;
    TensorBlock parameters;
    TensorBlock statistics;
    SliceGradients slice_gradients;
    std::vector<AlignedBuffer<float>> scratch;  // one for each worker
    std::vector<Stopwatch> stopwatches;         // likewise; empty where nobody watches

    /// Whether sums over a batch are more than those of one process's slices in their order.
    bool is_shared() const { return sharing.reproducible || sharing.exchange != nullptr; }
    int whole_batch() const { return batch * sharing.processes(); }

    /// Whether batch norm's sums are likewise, and over how many samples.
    bool shares_norms() const { return is_shared() && sharing.sync_batch_norm; }
    int norm_batch() const { return shares_norms() ? whole_batch() : batch; }

    /// A slice by its samples' place in the whole batch, by which random numbers are drawn.
    kernels::Slice in_whole_batch(const kernels::Slice& slice) const {
        return {.first = sharing.rank() * batch + slice.first, .count = slice.count};
    }

    std::span<float> parameter(int number) { return parameters.tensor(number, kValues); }
    std::span<float> gradient(int number) { return parameters.tensor(number, kGradients); }
};

/// Neighbouring channels, whole blocks but for the last.
struct ChannelRange {
    int first = 0;
    int count = 0;
};

/// Share `share` of `shares` of so many channels, which is empty where there are fewer blocks than shares.
ChannelRange channel_range(int channels, int share, int shares);

/// A slice of the batch in the hands of a worker. Where there are fewer images than workers, a slice is one image and
/// several workers have it in hand, each a share of every stage's channels.
struct SliceWork {
    NetworkMemory& memory;
    std::size_t index;  // of the slice
    int worker;
    int share = 0;

    const kernels::Slice& slice() const { return memory.slices[index]; }
    ChannelRange range(int channels) const { return channel_range(channels, share, memory.shares); }
    kernels::Values at(TensorId tensor) const { return memory.tensors.at(tensor, slice(), worker); }

    /// Which of a stage's products is its own: that of its share, or that of its slice's size.
    std::size_t product() const {
        if (memory.shares > 1) return static_cast<std::size_t>(share);
        return slice().count == memory.slices.front().count ? 0 : 1;
    }

    std::span<float> scratch() const { return memory.scratch[static_cast<std::size_t>(worker)].span(); }
};

/// Where a stage reads and writes: its input and output, and their gradients, which exist in training only.
struct StageTensors {
    TensorId input = kNoTensor;
    TensorId output = kNoTensor;
    TensorId output_gradient = kNoTensor;
    TensorId input_gradient = kNoTensor;
    std::size_t input_size = 0;  // values of a sample
    std::size_t output_size = 0;
};

inline constexpr int kNoParameter = -1;

// A stage is a few layers that run as one. Each has forward(work, pass) and backward(work), which take a slice of the
// batch and the worker's scratch memory, of which they need scratch_size() floats; prepare(memory, worker) is called
// when parameters or statistics have changed. Activations between stages are
// blocked (kernels/cpu/layout.h).

/// What most stages do.
struct PlainStage {
    StageTensors tensors;

    std::size_t scratch_size() const { return 0; }
    void prepare(NetworkMemory&, int) {}
    void forward(const SliceWork&, const Pass&) {}
    void backward(const SliceWork&) {}
};

/// A product for slices of a size, or for a share of the outputs.
template <class Product>
struct ProductPart {
    Product product;
    int first = 0;  // output channel
};

struct ConvolutionStage : PlainStage {
    kernels::ConvolutionGeometry geometry;  // of the batch
    std::vector<ProductPart<kernels::Convolution>> products;
    int weight = kNoParameter;
    int bias = kNoParameter;
    std::size_t weight_gradient = 0, bias_gradient = 0;  // in a slice's gradients
    bool wants_input_gradient = true;

    std::size_t scratch_size() const;
    void prepare(NetworkMemory& memory, int worker);
    void forward(const SliceWork& work, const Pass& pass);
    void backward(const SliceWork& work);
};

/// output = input weight^T + bias, on rows of features.
struct DenseStage : PlainStage {
    kernels::DenseGeometry geometry;  // of the batch
    std::vector<ProductPart<kernels::DenseProducts>> products;
    std::optional<kernels::DenseWeightGradient> weight_product;
    AlignedBuffer<kernels::Bfloat16> rounded;  // the output's gradient, where it comes as floats
    int weight = kNoParameter;
    int bias = kNoParameter;
    std::size_t weight_gradient = 0, bias_gradient = 0;  // in a slice's gradients
    bool wants_input_gradient = true;

    bool rounds_gradient() const { return geometry.output_precision != geometry.precision; }

    std::size_t scratch_size() const;
    void prepare(NetworkMemory& memory, int worker);
    void forward(const SliceWork& work, const Pass& pass);
    void backward(const SliceWork& work);

    /// A part of the gradient by the weights, when the batch is done; where sums are reproducible, backward() makes it
    /// slice by slice.
    void backward_weights(NetworkMemory& memory, int part, int worker);

  private:
    kernels::Values rounded_at(int sample);
};

struct DepthwiseStage : PlainStage {
    kernels::DepthwiseGeometry geometry;
    AlignedBuffer<float> weights, biases;  // as its kernel takes them; no biases where the layer has none
    int weight = kNoParameter;
    int bias = kNoParameter;
    std::size_t weight_gradient = 0, bias_gradient = 0;  // in a slice's gradients
    bool wants_input_gradient = true;

    std::size_t scratch_size() const { return kernels::depthwise_scratch_size(geometry); }
    void prepare(NetworkMemory& memory, int worker);
    void forward(const SliceWork& work, const Pass& pass);
    void backward(const SliceWork& work);
};

struct SqueezeStage : PlainStage {
    /// Each of the tensors, by number and in a slice's gradients.
    struct Tensor {
        int number = kNoParameter;
        std::size_t gradient = 0;
    };

    kernels::SqueezeGeometry geometry;
    Tensor squeeze_weight, squeeze_bias, excite_weight, excite_bias;
    AlignedBuffer<float> notes;  // of the batch, in training

    std::size_t scratch_size() const { return kernels::squeeze_notes_size(geometry); }
    void forward(const SliceWork& work, const Pass& pass);
    void backward(const SliceWork& work);

  private:
    kernels::SqueezeParameters<const float> parameters(NetworkMemory& memory) const;
};

/// Batch norm, activation, pool and dropout, each if the network has it there, in this order.
struct PointwiseStage : PlainStage {
    struct Norm {
        float eps = 0;
        float momentum = 0;
        int weight = kNoParameter;
        int bias = kNoParameter;
        int running_mean = 0;
        int running_variance = 0;
        // Padded channels each: the batch's statistics, the map that normalises, the map of gradients.
        AlignedBuffer<float> mean, variance, centre, scale, shift, by_gradient, gradient_centre, by_input;
        std::vector<double> first_sums, second_sums;  // (slices, padded channels)
        std::vector<double> shared_sums;              // (2, padded channels), where batches are shared
    };

    kernels::Pointwise pointwise;
    std::optional<Norm> norm;
    kernels::Dropout dropout;
    AlignedBuffer<std::uint8_t> winners, kept;  // of a max pool and of dropout, in training

    std::size_t scratch_size() const { return kernels::pointwise_scratch_size(pointwise); }
    void prepare(NetworkMemory& memory, int worker);
    void forward(const SliceWork& work, const Pass& pass);
    void backward(const SliceWork& work);

    // What batch norm needs of the whole batch before either pass: sums of each slice, and what they come to.
    void gather_moments(const SliceWork& work);
    void settle_moments(NetworkMemory& memory);
    void gather_gradients(const SliceWork& work);
    void settle_gradients(NetworkMemory& memory);

  private:
    kernels::Notes notes_of(const SliceWork& work);
    kernels::ChannelSums sums_of(const SliceWork& work);
    kernels::ChannelSums sums_of_all(NetworkMemory& memory);
};

/// Brings samples from one layout into another.
struct LayoutStage : PlainStage {
    enum class Change {
        kPlainToBlocked,  // (C, H, W) as it stands, to channel blocks
        kBlockedToFlat,   // channel blocks to features in the order (C, H, W)
        kPlainToFlat,     // (C, H, W) as it stands, to features
        kNone,            // the same layout in another precision
    };

    Change change = Change::kPlainToBlocked;
    Shape shape;  // of the image
    bool wants_input_gradient = true;

    void forward(const SliceWork& work, const Pass& pass);
    void backward(const SliceWork& work);
};

// A residual block is output = body(input) + shortcut(input), where an empty shortcut is the input itself: a fork, the
// stages of the body, those of the shortcut, and a join.

/// Adds, on the way back, the shortcut's gradient by the input to the body's, where the sum stands.
struct ForkStage : PlainStage {
    TensorId beside = kNoTensor;  // the shortcut's

    void backward(const SliceWork& work);
};

/// Adds the shortcut's output to the body's, where the sum stands. With stochastic depth, a training pass multiplies
/// the body's by each sample's factor, 0 or more than 1.
struct JoinStage : PlainStage {
    Shape shape;
    kernels::Dropout depth;          // of samples; p is 0 without stochastic depth
    AlignedBuffer<float> factors;    // of the batch, with it
    TensorId beside = kNoTensor;     // the shortcut's
    std::size_t shortcut_begin = 0;  // the shortcut's first stage; this one's own number where it is empty

    void forward(const SliceWork& work, const Pass& pass);
    void backward(const SliceWork& work);
};

struct Stage {
    template <class Kind>
    explicit Stage(Kind stage) : kind(std::move(stage)) {}

    std::variant<ConvolutionStage, DenseStage, DepthwiseStage, SqueezeStage, PointwiseStage, LayoutStage, ForkStage,
                 JoinStage>
        kind;

    StageTensors& tensors() {
        return std::visit([](auto& stage) -> StageTensors& { return stage.tensors; }, kind);
    }

    /// The stage as one with a batch norm, or null.
    PointwiseStage* norm() {
        auto* const stage = std::get_if<PointwiseStage>(&kind);
        return stage != nullptr && stage->norm ? stage : nullptr;
    }
};

}  // namespace inkling
