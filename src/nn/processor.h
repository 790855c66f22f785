#pragma once

#include <memory>
#include <string>

#include "kernels/precision.h"

namespace inkling {

class Engine;
struct EngineRequest;

/// The sets of instructions that the arithmetic is compiled for: psABI's levels. v3 has AVX2, v4 has AVX-512.
enum class InstructionSet { kV3, kV4 };

/// The one that everything here computes with: the largest that this processor and this build have, or the smaller one
/// by INKLING_ISA=v3. Settled at the first call. Throws Error (wrong usage) where INKLING_ISA asks for what there is
/// not, (failed) where the processor has none of them.
InstructionSet instruction_set();

const char* instruction_set_name(InstructionSet set);  // "x86-64-v4"

/// Whether this processor multiplies numbers of that precision by instructions of its own: bf16 needs AVX-512 BF16.
/// Networks of every precision run everywhere; without these, bf16 is multiplied in floats and takes about as long.
bool runs_natively(Precision precision);

/// An engine for this processor.
std::unique_ptr<Engine> make_engine(const EngineRequest& request);

/// The most arithmetic of that precision that the processor can do on thread_count() threads, in floating-point
/// operations a second, two for each multiply-add; 0 where it has no instruction for it. Takes tens of milliseconds.
double multiply_add_peak(Precision precision);

/// The version of oneDNN, which makes convolutions and matrix products: "2.6.3".
std::string onednn_version();

}  // namespace inkling
