#include "core/threads.h"

#ifdef _OPENMP
#include <omp.h>
#else
#include <thread>
#include <vector>
#endif

namespace inkling {

#ifdef _OPENMP

// OpenMP, because oneDNN uses it too: a second pool of threads would fight with its own for the processor.
int thread_count() { return omp_get_max_threads(); }

void set_thread_count(int count) { omp_set_num_threads(std::max(count, 1)); }

void detail::run_workers(int workers, void (*body)(void*, int), void* context) {
#pragma omp parallel num_threads(workers)
    // OpenMP may give fewer threads than it was asked for, as under OMP_THREAD_LIMIT; every part must be done all the
    // same.
    for (int worker = omp_get_thread_num(); worker < workers; worker += omp_get_num_threads()) body(context, worker);
}

#else

// The thread sanitizer cannot see into OpenMP's barriers; plain threads it understands.
namespace {
thread_local int count_of_this_thread = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

int thread_count() { return count_of_this_thread; }

void set_thread_count(int count) { count_of_this_thread = std::max(count, 1); }

void detail::run_workers(int workers, void (*body)(void*, int), void* context) {
    std::vector<std::jthread> threads;
    for (int worker = 1; worker < workers; ++worker) threads.emplace_back(body, context, worker);
    body(context, 0);
}

#endif

}  // namespace inkling
