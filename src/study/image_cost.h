#pragma once

#include "train/recipe.h"

namespace inkling {

/// What an image of a training costs. Costs are compared with each other only: in about the operations of a product, as
/// fitted to the 700 trainings of a study on two processors with AVX-512, whose times they tell within a tenth.
double image_cost(const Recipe& recipe);

}  // namespace inkling
