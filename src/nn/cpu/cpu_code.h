#pragma once

#include <memory>
#include <string>

#include "nn/engine.h"

namespace inkling {

/// What the code that is compiled for one instruction set offers to the rest: all of kernels/cpu and nn/cpu stands
/// behind it, and nothing else of theirs is visible outside (cmake/CpuCode.cmake).
struct CpuCode {
    std::unique_ptr<Engine> (*make_engine)(const EngineRequest& request);
    bool (*has_bfloat16)();
    double (*multiply_add_peak)(Precision precision);
    std::string (*onednn_version)();
};

}  // namespace inkling

// One for each instruction set; that which this file is compiled for is INKLING_CPU_CODE.
extern "C" const inkling::CpuCode& inkling_cpu_code_v3();
extern "C" const inkling::CpuCode& inkling_cpu_code_v4();
