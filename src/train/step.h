#pragma once

#include <cstdint>

#include "nn/network.h"
#include "train/optimizer.h"
#include "train/recipe.h"

namespace inkling {

/// One step of training on the images in network.input(): forward, loss, backward, clipping, update. `step` counts from
/// the training's start and, with the seed, names the dropout masks. Returns the loss before the update; takes
/// no memory of its own.
LossResult train_step(Network& network, Optimizer& optimizer, const TrainingSpec& spec, const LossRule& rule,
                      const Targets& targets, float learning_rate, std::uint32_t step);

}  // namespace inkling
