#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "kernels/loss.h"
#include "kernels/precision.h"
#include "kernels/update_rules.h"
#include "nn/exchange.h"
#include "nn/parameter_layout.h"
#include "nn/spec.h"
#include "nn/stopwatch.h"

namespace inkling {

/// What a forward pass is for. In training, batch norm uses the batch's statistics and updates the running ones, and
/// dropout draws its masks from seed and step.
struct Pass {
    bool training = false;
    std::uint64_t seed = 0;
    std::uint32_t step = 0;
};

struct LossResult {
    double loss_sum = 0;        // over the samples that counted, times their classes' weights
    int correct = 0;            // samples whose largest logit, offsets included, is the label's; of two, the dominant's
    double weight = 0;          // of the samples together: their number where all classes weigh 1
    double correct_weight = 0;  // of those that are correct
};

/// A NetworkSpec compiled to run for one batch size, by the engine for this processor (nn/processor.h). A step takes no
/// memory of its own. Not safe for use by two threads at once; works with thread_count() threads of its own.
class Network {
  public:
    enum class Mode { kInfer, kTrain };  // kInfer keeps no memory for gradients

    /// Throws Error (wrong usage) where shapes do not fit. Parameters begin at zero, batch norm as the identity. Where
    /// batches are shared, this is a process's part of the network's: it takes batch_size of their samples, and
    /// training passes, losses and backward() are those of the whole batch, which all processes do together.
    Network(const NetworkSpec& spec, int classes, int batch_size, Mode mode, Precision precision = Precision::kFloat32,
            const Sharing& sharing = {});
    ~Network();
    Network(Network&&) noexcept;
    Network& operator=(Network&&) noexcept;

    const NetworkSpec& spec() const;
    int classes() const;
    int batch_size() const;
    Precision precision() const;

    /// Where each tensor stands in the blocks that follow.
    const ParameterLayout& layout() const;

    /// All parameters in one block. Call parameters_changed() after writing.
    std::span<float> parameters();
    std::span<const float> parameters() const;
    std::span<float> gradients();

    /// Batch norm's running means and variances in one block.
    std::span<float> statistics();
    std::span<const float> statistics() const;

    /// Tells that parameters or statistics were written: copies of them (blocked, folded) are made anew.
    void parameters_changed();

    /// Gives each parameter so many values for an optimizer, zero at first: (slots, parameters) in one block.
    void reserve_optimizer_state(int slots);
    std::span<float> optimizer_state();
    std::span<const float> optimizer_state() const;

    /// Where a batch is put: (batch, channels, height, width).
    std::span<float> input();

    /// Throws Error (failed) for a training pass in kInfer, or under another thread_count() than the network was made.
    void forward(const Pass& pass);

    /// (batch, classes), of the last forward().
    std::span<const float> logits() const;

    /// Softmax of the logits, (batch, classes), into `probabilities`.
    void probabilities(std::span<float> probabilities) const;

    /// Softmax cross-entropy of the first labels.size() samples by the rule. In kTrain it also prepares backward() with
    /// the gradient of the mean loss. Throws Error (failed) for no labels, of which only a process that shares batches
    /// may have none, more than the batch, one that is not in 0 .. classes-1, or another number of offsets or weights
    /// than of classes.
    LossResult loss(std::span<const std::int32_t> labels, const LossRule& rule = {});

    /// The same of samples that may be mixed and have a teacher. Throws Error (failed) as that does, and for numbers
    /// that are not one a sample or, of the teacher, a class of a sample, and a share that is not in 0 to 1.
    LossResult loss(const Targets& targets, const LossRule& rule = {});

    /// Fills gradients(); once after each forward() in training and loss(), for it puts gradients where activations
    /// stood. Throws Error (failed) in kInfer, without a forward() and a loss() before it, and under another
    /// thread_count() than the network was made.
    void backward();

    /// Euclidean norm of gradients(), the same for any number of threads. Throws Error (failed) in kInfer.
    double gradient_norm() const;

    /// One step of an optimizer on parameters(), gradients() and the first slots of optimizer_state(), those in
    /// `range`. Throws Error (failed) in kInfer, and where fewer slots are reserved than the rule keeps.
    void update(const UpdateRule& rule, const Penalties& penalties, ParameterRange range = {});

    /// Moves slot `slot` of optimizer_state() towards parameters(): slot += weight * (parameters - slot). Throws Error
    /// (failed) in kInfer, and where it is not reserved.
    void average(int slot, float weight);

    /// The gradient of the mean loss by the input, (batch, channels, height, width), of the last backward(); for tests
    /// and saliency. Costs time, so it must be asked for before backward().
    void want_input_gradient(bool wanted);
    std::span<const float> input_gradient() const;

    /// Tells `stopwatch` after each stage's pass and each loss what was done, until another or null takes its place. It
    /// must outlive that. Costs nothing where there is none.
    void watch(Stopwatch* stopwatch);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Batch norm as the identity: weights 1, biases 0, running means 0, running variances 1.
void reset_norms(Network& network);

/// Fills parameters by the spec's initialisation, biases with zero, as a function of seed alone; resets statistics.
void initialize(Network& network, std::uint64_t seed);

}  // namespace inkling
