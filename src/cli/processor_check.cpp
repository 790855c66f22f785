// The program's first code, and the only that is compiled for every x86-64 (cmake/Rooms.cmake): all other may use AVX2,
// constructors included, and would end with SIGILL before it could say why. Nothing that others may share belongs here:
// of an inline function or a template that is compiled twice, the linker takes either.
#include <unistd.h>

namespace {

constexpr int kFailed = 1;  // ExitStatus's
constexpr char kMessage[] =
    "inkling: this processor has no AVX2, which Inkling needs: x86-64-v3, any of the last ten years\n";

/// The first of the program's constructors: none of its own comes before 101.
[[gnu::constructor(101)]] void check_processor() {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
        __builtin_cpu_supports("bmi2"))
        return;
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
    ::_exit(kFailed);
}

}  // namespace
