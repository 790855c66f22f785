#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <omp.h>

#include "core/threads.h"
#include "kernels/cpu/onednn.h"
#include "roof.h"

int main(int argc, char** argv) {
    // Kernels work on one thread, each on its slice; oneDNN's primitives beside them likewise.
    inkling::set_thread_count(1);
    omp_set_num_threads(1);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::AddCustomContext("oneDNN", inkling::kernels::onednn_version());
    benchmark::AddCustomContext("roof, multiply-adds",
                                fmt::format("{:.1f} GFLOP/s", inkling::multiply_add_roof() / 1e9));
    benchmark::AddCustomContext(
        "roof, bf16", fmt::format("{:.1f} GFLOP/s", inkling::multiply_add_roof(inkling::Precision::kBfloat16) / 1e9));
    benchmark::AddCustomContext("roof, memory", fmt::format("{:.1f} GB/s", inkling::memory_roof() / 1e9));
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
