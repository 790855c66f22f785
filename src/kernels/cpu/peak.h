#pragma once

#include "kernels/precision.h"

namespace inkling::kernels {

/// The most arithmetic of that precision that this code can get out of the processor: what a kernel's speed is measured
/// against. Spends some tens of milliseconds on independent multiply-adds that stay in registers, on thread_count()
/// threads at once; floating-point operations a second, two for a multiply-add, each thread with its fastest round. 0
/// for bfloat16 without AVX-512 BF16.
double multiply_add_peak(Precision precision);

}  // namespace inkling::kernels
