#pragma once

#include <memory>
#include <span>

#include "kernels/precision.h"
#include "kernels/update_rules.h"
#include "nn/exchange.h"
#include "nn/network.h"
#include "nn/parameter_layout.h"

namespace inkling {

/// What an engine is made for. The network's layers fit together.
struct EngineRequest {
    const NetworkSpec& spec;
    const ParameterLayout& layout;  // of spec and classes
    int classes = 0;
    int batch_size = 0;
    Network::Mode mode = Network::Mode::kInfer;
    Precision precision = Precision::kFloat32;
    Sharing sharing = {};  // batch_size is this process's part of the batch
};

/// The blocks of numbers that an engine keeps for a network.
enum class Block {
    kParameters,
    kGradients,   // as parameters; in kTrain only
    kStatistics,  // running means and variances
    kState,       // of the optimizer, (slots, parameters); in kTrain only
};

/// What runs a network: owned by a Network, which checks all calls before it passes them on, and found by instruction
/// set (nn/processor.h). Another device joins by another engine. A method that is called again and again takes no
/// memory of its own.
class Engine {
  public:
    virtual ~Engine() = default;

    /// A block as the host sees it, up to date. After writing there, written() must be called.
    virtual std::span<float> block(Block block) = 0;
    virtual void written(Block block) = 0;

    /// Gives each parameter `slots` values of optimizer's state, zero at first.
    virtual void reserve_state(int slots) = 0;

    /// Where the host puts a batch: (batch, channels, height, width).
    virtual std::span<float> input() = 0;

    virtual void forward(const Pass& pass) = 0;

    /// Of the last forward(): (batch, classes).
    virtual std::span<const float> logits() const = 0;

    /// Softmax of the logits.
    virtual void probabilities(std::span<float> probabilities) const = 0;

    /// The loss of the first samples, those with a target, and, in kTrain, the gradient that backward() begins with; of
    /// all processes' where batches are shared.
    virtual LossResult loss(const Targets& targets, const LossRule& rule) = 0;

    /// Fills the gradients.
    virtual void backward() = 0;
    virtual void want_input_gradient(bool wanted) = 0;
    virtual std::span<const float> input_gradient() const = 0;

    /// Euclidean norm of the gradients, summed in double in an order that does not depend on threads.
    virtual double gradient_norm() const = 0;

    /// One step of the optimizer on those of parameters, gradients and state that are in `range`.
    virtual void update(const UpdateRule& rule, const Penalties& penalties, ParameterRange range) = 0;

    /// Slot `slot` of the state += weight * (parameters - slot).
    virtual void average(int slot, float weight) = 0;

    virtual void watch(Stopwatch* stopwatch) = 0;
};

}  // namespace inkling
