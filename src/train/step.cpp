#include "train/step.h"

namespace inkling {

LossResult train_step(Network& network, Optimizer& optimizer, const TrainingSpec& spec, const LossRule& rule,
                      const Targets& targets, float learning_rate, std::uint32_t step) {
    network.forward({.training = true, .seed = spec.seed, .step = step});
    const LossResult result = network.loss(targets, rule);
    network.backward();
    const float scale = spec.clip_grad_norm > 0 ? clip_factor(network.gradient_norm(), spec.clip_grad_norm) : 1;
    optimizer.step(network, learning_rate, scale);
    return result;
}

}  // namespace inkling
