#include "kernels/cpu/onednn.h"

#include <cstdlib>
#include <string_view>

#include "core/error.h"
#include "kernels/cpu/layout.h"
#include "kernels/cpu/onednn_primitives.h"

namespace inkling::kernels {

std::string onednn_version() {
    const dnnl_version_t* version = dnnl::version();
    return fmt::format("{}.{}.{}", version->major, version->minor, version->patch);
}

bool emulates_bfloat16() {
    static const bool asked = [] {
        const char* const variable = std::getenv("INKLING_BF16");
        const std::string_view value = variable == nullptr ? "" : variable;
        if (!value.empty() && value != "emulated")
            throw wrong_usage("INKLING_BF16 is '{}', expected emulated, or unset for what this processor has", value);
        return !value.empty();
    }();
    return asked && kChannelBlock == 16 && onednn::has_isa(dnnl::cpu_isa::avx512_core);
}

bool has_bfloat16() { return kChannelBlock == 16 && onednn::has_isa(dnnl::cpu_isa::avx512_core_bf16); }

}  // namespace inkling::kernels
