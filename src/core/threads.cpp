#include "core/threads.h"

#include <pthread.h>

#include <atomic>
#include <exception>
#include <latch>
#include <limits>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "core/error.h"

namespace inkling {
namespace {

/// Keeps the exception of the first part that threw: neither OpenMP nor a thread may be left by one.
class FirstFailure {
  public:
    void run(void (*body)(void*, int), void* context, int worker) {
        try {
            body(context, worker);
        } catch (...) {
            while (busy_.test_and_set()) {
            }
            if (worker < worker_) {
                worker_ = worker;
                exception_ = std::current_exception();
            }
            busy_.clear();
        }
    }

    void rethrow() const {
        if (exception_) std::rethrow_exception(exception_);
    }

  private:
    std::atomic_flag busy_;
    int worker_ = std::numeric_limits<int>::max();
    std::exception_ptr exception_;
};

/// Has `count` threads beside this one at a time, for a moment.
void try_threads(int count) {
    std::latch all_there(1);
    std::error_code refusal;
    std::vector<std::jthread> threads;
    threads.reserve(static_cast<std::size_t>(count));
    try {
        for (int i = 0; i < count; ++i) threads.emplace_back([&] { all_there.wait(); });
    } catch (const std::system_error& error) {
        refusal = error.code();
    }
    all_there.count_down();
    threads.clear();
    if (refusal)
        throw failed("cannot start {} threads ({}); take fewer with --threads, or raise the process's limits",
                     count + 1, refusal.message());
}

}  // namespace

#ifdef _OPENMP

namespace {

/// OpenMP's threads leave by pthread_exit(), for which glibc loads a library when it is called first, and ends the
/// process where there is no memory for that.
void load_unwinder() {
    pthread_t thread{};
    const auto leave = [](void*) -> void* { ::pthread_exit(nullptr); };
    if (::pthread_create(&thread, nullptr, leave, nullptr) == 0) ::pthread_join(thread, nullptr);
}

}  // namespace

// OpenMP, because oneDNN uses it too: a second pool of threads would fight with its own for the processor.
int thread_count() { return omp_get_max_threads(); }

void set_thread_count(int count) { omp_set_num_threads(std::max(count, 1)); }

void start_threads() {
    // OpenMP ends the process where it cannot start a thread.
    try_threads(thread_count() - 1);
    static std::once_flag loaded;
    std::call_once(loaded, load_unwinder);
#pragma omp parallel
    {}
}

void detail::run_workers(int workers, void (*body)(void*, int), void* context) {
    FirstFailure failure;
#pragma omp parallel num_threads(workers)
    // OpenMP may give fewer threads than it was asked for, as under OMP_THREAD_LIMIT; every part must be done all the
    // same.
    for (int worker = omp_get_thread_num(); worker < workers; worker += omp_get_num_threads())
        failure.run(body, context, worker);
    failure.rethrow();
}

#else

// The thread sanitizer cannot see into OpenMP's barriers; plain threads it understands.
namespace {
thread_local int count_of_this_thread = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

int thread_count() { return count_of_this_thread; }

void set_thread_count(int count) { count_of_this_thread = std::max(count, 1); }

void start_threads() { try_threads(thread_count() - 1); }

void detail::run_workers(int workers, void (*body)(void*, int), void* context) {
    FirstFailure failure;
    {
        std::vector<std::jthread> threads;
        for (int worker = 1; worker < workers; ++worker)
            threads.emplace_back([&failure, body, context, worker] { failure.run(body, context, worker); });
        failure.run(body, context, 0);
    }
    failure.rethrow();
}

#endif

}  // namespace inkling
