#pragma once

#include <optional>

namespace inkling::kernels {

// The most arithmetic that this build can get out of the processor: what a kernel's speed is measured against. Each
// call spends some tens of milliseconds on independent multiply-adds that stay in registers, on thread_count() threads
// at once, and returns floating-point operations a second, two for a multiply-add, each thread with its fastest round.

/// Of 32-bit floats, on whole vectors.
double multiply_add_peak();

/// Of pairs of bfloat16 added to 32-bit floats; none where this build has no such instruction (avx512_bf16).
std::optional<double> bfloat16_multiply_add_peak();

}  // namespace inkling::kernels
