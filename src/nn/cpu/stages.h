#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "core/aligned_buffer.h"
#include "kernels/cpu/convolution.h"
#include "kernels/cpu/dense.h"
#include "kernels/cpu/pointwise.h"
#include "nn/cpu/memory_plan.h"
#include "nn/cpu/tensor_block.h"
#include "nn/network.h"
#include "nn/stopwatch.h"

namespace inkling {

/// What stages work on. Owned by the Network; stages name their tensors and parameters by number.
struct NetworkMemory {
    static constexpr int kValues = 0;
    static constexpr int kGradients = 1;

    MemoryPlan tensors;
    TensorBlock parameters;
    TensorBlock statistics;
    AlignedBuffer<float> scratch;    // for pointwise stages, one after another
    Stopwatch* stopwatch = nullptr;  // of who watches, told after each stage's pass

    std::span<float> parameter(int number) { return parameters.tensor(number, kValues); }
    std::span<float> gradient(int number) { return parameters.tensor(number, kGradients); }
};

/// Where a stage reads and writes: its input and output, and their gradients, which exist in training only.
struct StageTensors {
    TensorId input = kNoTensor;
    TensorId output = kNoTensor;
    TensorId output_gradient = kNoTensor;
    TensorId input_gradient = kNoTensor;
    std::size_t input_size = 0;  // values of the whole batch
    std::size_t output_size = 0;
};

inline constexpr int kNoParameter = -1;

// A stage is a few layers that run as one. Each has forward(memory, pass) and backward(memory); prepare(memory) is
// called when parameters or statistics have changed. Activations between stages are blocked (kernels/cpu/layout.h).

struct ConvolutionStage {
    StageTensors tensors;
    kernels::ConvolutionGeometry geometry;
    kernels::Convolution convolution;
    int weight = kNoParameter;
    int bias = kNoParameter;
    bool wants_input_gradient = true;

    void prepare(NetworkMemory& memory);
    void forward(NetworkMemory& memory, const Pass& pass);
    void backward(NetworkMemory& memory);
};

/// output = input weight^T + bias, on rows of features.
struct DenseStage {
    StageTensors tensors;
    kernels::DenseGeometry geometry;
    kernels::DenseProducts products;
    int weight = kNoParameter;
    int bias = kNoParameter;
    bool wants_input_gradient = true;

    void prepare(NetworkMemory& memory);
    void forward(NetworkMemory& memory, const Pass& pass);
    void backward(NetworkMemory& memory);
};

/// Batch norm, activation, pool and dropout, each if the network has it there, in this order.
struct PointwiseStage {
    struct Norm {
        float eps = 0;
        float momentum = 0;
        int weight = kNoParameter;
        int bias = kNoParameter;
        int running_mean = 0;
        int running_variance = 0;
        // Padded channels each: the batch's statistics, the map that normalises, the map of gradients.
        AlignedBuffer<float> mean, variance, centre, scale, shift, by_gradient, gradient_centre, by_input;
        std::vector<double> first_sums, second_sums;  // (threads, padded channels)
    };

    StageTensors tensors;
    kernels::Pointwise pointwise;
    std::optional<Norm> norm;
    kernels::Dropout dropout;
    bool drops = false;                         // in the last forward pass
    AlignedBuffer<std::uint8_t> winners, kept;  // of a max pool and of dropout, in training

    kernels::Notes notes() { return {winners.data(), kept.data()}; }

    void prepare(NetworkMemory& memory);
    void forward(NetworkMemory& memory, const Pass& pass);
    void backward(NetworkMemory& memory);
};

/// Brings samples from one layout into another.
struct LayoutStage {
    enum class Change {
        kPlainToBlocked,  // (C, H, W) as it stands, to channel blocks
        kBlockedToFlat,   // channel blocks to features in the order (C, H, W)
        kPlainToFlat,     // (C, H, W) as it stands, to features
        kNone,            // the same layout in another precision
    };

    StageTensors tensors;
    Change change = Change::kPlainToBlocked;
    int batch = 0;
    Shape shape;  // of the image
    bool wants_input_gradient = true;

    void prepare(NetworkMemory&) {}
    void forward(NetworkMemory& memory, const Pass& pass);
    void backward(NetworkMemory& memory);
};

struct Stage;

/// output = body(input) + shortcut(input); an empty shortcut is the input itself. The sum stands where the body's last
/// stage put its output, and the input's gradient where the body's first stage put its.
struct ResidualStage {
    StageTensors tensors;
    std::vector<Stage> body;
    std::vector<Stage> shortcut;

    void prepare(NetworkMemory& memory);
    void forward(NetworkMemory& memory, const Pass& pass);
    void backward(NetworkMemory& memory);
};

struct Stage {
    template <class Kind>
    explicit Stage(Kind stage) : kind(std::move(stage)) {}

    std::variant<ConvolutionStage, DenseStage, PointwiseStage, LayoutStage, ResidualStage> kind;
};

// Over stages in a row.
void prepare(std::vector<Stage>& stages, NetworkMemory& memory);
void forward(std::vector<Stage>& stages, NetworkMemory& memory, const Pass& pass);
void backward(std::vector<Stage>& stages, NetworkMemory& memory);
StageTensors& tensors_of(Stage& stage);

}  // namespace inkling
