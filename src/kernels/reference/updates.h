#pragma once

#include <span>

#include "kernels/update_rules.h"

namespace inkling::reference {

/// One step: parameters (n), gradients (n), state (the rule's slots, n).
void update(const UpdateRule& rule, const Penalties& penalties, std::span<double> parameters,
            std::span<const double> gradients, std::span<double> state);

void average(double weight, std::span<const double> parameters, std::span<double> average);

}  // namespace inkling::reference
