#pragma once

#include <string>

#include "data/folds.h"
#include "train/recipe.h"

namespace inkling {

/// Images of a step: the recipe's batch size, or all samples where they are fewer.
int step_images(const Recipe& recipe, const Holdout& holdout);

/// Throws Error (bad data) where there are no two classes to tell apart.
void require_classes(const Dataset& data);

/// What a recipe asks of the data that it is trained on. Throws Error as require_classes() does, and (wrong usage)
/// where there is nothing to learn from, images have another shape than the network takes, early stopping or
/// reduce_on_plateau have no validation part, or a batch norm gets one value a channel, as torch.nn refuses it: a batch
/// of one image behind a dense layer.
void check_training(const Recipe& recipe, const Dataset& data, const Holdout& holdout);

/// Throws Error (wrong usage) where a step's images, reproducibly in slices, cannot be shared equally by so many
/// processes, or batch norm cannot be by process.
void check_sharing(const Recipe& recipe, const Holdout& holdout, int processes, bool reproducible);

/// Throws Error (wrong usage) where there is no validation part, which `what` needs.
void require_validation(const std::string& what, const TrainingSpec& training, const Dataset& data,
                        const Holdout& holdout);

}  // namespace inkling
