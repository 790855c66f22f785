#include "nn/cpu/cpu_code.h"

#include "kernels/cpu/onednn.h"
#include "kernels/cpu/peak.h"
#include "nn/cpu/cpu_engine.h"

namespace {

std::unique_ptr<inkling::Engine> make_engine(const inkling::EngineRequest& request) {
    return std::make_unique<inkling::CpuEngine>(request);
}

}  // namespace

const inkling::CpuCode& INKLING_CPU_CODE() {
    static constexpr inkling::CpuCode kCode{.make_engine = make_engine,
                                            .has_bfloat16 = inkling::kernels::has_bfloat16,
                                            .multiply_add_peak = inkling::kernels::multiply_add_peak,
                                            .onednn_version = inkling::kernels::onednn_version};
    return kCode;
}
