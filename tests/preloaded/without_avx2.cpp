// Loaded into a program by LD_PRELOAD, makes the processor deny AVX2 to it: the kernel lets each `cpuid` of the process
// fault (arch_prctl(2), ARCH_CPUID), and the handler answers in its place. Ends the process with 77 where it does not.
#include <cpuid.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>

namespace {

constexpr int kArchSetCpuid = 0x1012;
constexpr int kInstructionBytes = 2;  // of cpuid
constexpr int kSkipped = 77;

long allow_cpuid(bool allow) { return ::syscall(SYS_arch_prctl, kArchSetCpuid, allow ? 1 : 0); }

void answer(int, siginfo_t*, void* context) {
    auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    const auto* const at = reinterpret_cast<const std::uint8_t*>(registers[REG_RIP]);
    if (at[0] != 0x0f || at[1] != 0xa2) ::_exit(128 + SIGSEGV);
    const auto leaf = static_cast<unsigned>(registers[REG_RAX]);
    const auto part = static_cast<unsigned>(registers[REG_RCX]);
    unsigned a = 0, b = 0, c = 0, d = 0;
    allow_cpuid(true);
    __cpuid_count(leaf, part, a, b, c, d);
    allow_cpuid(false);
    if (leaf == 7 && part == 0) b &= ~bit_AVX2;
    registers[REG_RAX] = a;
    registers[REG_RBX] = b;
    registers[REG_RCX] = c;
    registers[REG_RDX] = d;
    registers[REG_RIP] += kInstructionBytes;
}

/// A library's constructors run before the program's.
[[gnu::constructor]] void deny_avx2() {
    struct sigaction action {};
    action.sa_sigaction = answer;
    action.sa_flags = SA_SIGINFO;
    ::sigaction(SIGSEGV, &action, nullptr);
    if (allow_cpuid(false) != 0) ::_exit(kSkipped);
}

}  // namespace
