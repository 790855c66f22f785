#pragma once

#include <cstdint>
#include <span>

namespace inkling::reference {

/// Sets values to zero where `kept` is 0 and divides the others by 1 - p, so that the expectation stays. The backward
/// pass is the same function of the output's gradient. All of one size. N. Srivastava et al., "Dropout", 2014.
void dropout(double p, std::span<const std::uint8_t> kept, std::span<const double> input, std::span<double> output);

}  // namespace inkling::reference
