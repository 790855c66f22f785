#include "kernels/cpu/onednn.h"

#include "kernels/cpu/layout.h"
#include "kernels/cpu/onednn_primitives.h"

namespace inkling::kernels {

std::string onednn_version() {
    const dnnl_version_t* version = dnnl::version();
    return fmt::format("{}.{}.{}", version->major, version->minor, version->patch);
}

bool has_bfloat16() { return kChannelBlock == 16 && onednn::has_isa(dnnl::cpu_isa::avx512_core_bf16); }

}  // namespace inkling::kernels
