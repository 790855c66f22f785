#include "kernels/reference/dropout.h"

#include <cstddef>

namespace inkling::reference {

void dropout(double p, std::span<const std::uint8_t> kept, std::span<const double> input, std::span<double> output) {
    for (std::size_t i = 0; i < input.size(); ++i) output[i] = kept[i] != 0 ? input[i] / (1 - p) : 0.0;
}

}  // namespace inkling::reference
