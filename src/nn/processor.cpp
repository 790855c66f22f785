#include "nn/processor.h"

#include <cstdlib>
#include <string_view>

#include "core/error.h"
#include "nn/cpu/cpu_code.h"

namespace inkling {
namespace {

bool processor_has(InstructionSet set) {
    // v4 comes with v3 in every processor.
    if (set == InstructionSet::kV3)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
}

bool is_built([[maybe_unused]] InstructionSet set) {
#ifdef INKLING_HAS_V4
    return true;
#else
    return set == InstructionSet::kV3;
#endif
}

bool is_here(InstructionSet set) { return is_built(set) && processor_has(set); }

InstructionSet choose() {
    const char* const variable = std::getenv("INKLING_ISA");
    const std::string_view wanted = variable == nullptr ? "" : variable;
    if (!wanted.empty() && wanted != "v3" && wanted != "v4")
        throw wrong_usage("INKLING_ISA is '{}', expected v3 (AVX2) or v4 (AVX-512), or unset for the larger one here",
                          wanted);
    if (!is_here(InstructionSet::kV3))
        throw failed("this processor has no AVX2, which Inkling needs: x86-64-v3, any of the last ten years");
    if (wanted == "v3") return InstructionSet::kV3;
    if (is_here(InstructionSet::kV4)) return InstructionSet::kV4;
    if (wanted == "v4")
        throw wrong_usage("INKLING_ISA is v4, but {} has no AVX-512; unset it",
                          is_built(InstructionSet::kV4) ? "this processor" : "this build");
    return InstructionSet::kV3;
}

const CpuCode& code() {
#ifdef INKLING_HAS_V4
    if (instruction_set() == InstructionSet::kV4) return inkling_cpu_code_v4();
#endif
    return inkling_cpu_code_v3();
}

}  // namespace

InstructionSet instruction_set() {
    static const InstructionSet chosen = choose();
    return chosen;
}

const char* instruction_set_name(InstructionSet set) { return set == InstructionSet::kV3 ? "x86-64-v3" : "x86-64-v4"; }

bool runs_natively(Precision precision) { return precision == Precision::kFloat32 || code().has_bfloat16(); }

std::unique_ptr<Engine> make_engine(const EngineRequest& request) { return code().make_engine(request); }

double multiply_add_peak(Precision precision) { return code().multiply_add_peak(precision); }

std::string onednn_version() { return code().onednn_version(); }

}  // namespace inkling
