#pragma once

#include <span>

#include "kernels/update_rules.h"

namespace inkling::cpu {

/// One step in one pass over those of parameters (n), gradients (n) and state (slots(rule), n) that are in `range`. The
/// result does not depend on the number of threads.
void update(const UpdateRule& rule, const Penalties& penalties, std::span<float> parameters,
            std::span<const float> gradients, std::span<float> state, ParameterRange range = {});

/// average += weight * (parameters - average); likewise.
void average(float weight, std::span<const float> parameters, std::span<float> average);

/// Sum of squares, in double and in an order that depends on the number of values only.
double sum_of_squares(std::span<const float> values);

}  // namespace inkling::cpu
