#pragma once

#include <string>

namespace inkling::kernels {

// Of oneDNN, which makes our convolutions and matrix products. Only onednn_primitives.h includes its header.

/// "2.6.3"
std::string onednn_version();

/// Whether products of bfloat16 numbers run in hardware here: the processor has AVX-512 BF16 and this code is compiled
/// for AVX-512.
bool has_bfloat16();

/// Whether oneDNN multiplies bf16 numbers with or without instructions for it, slowly: with AVX-512, where INKLING_BF16
/// is "emulated". For tests of products in bf16 on such a processor. Throws Error (wrong usage) for another value.
bool emulates_bfloat16();

}  // namespace inkling::kernels
