#pragma once

#include <algorithm>
#include <cstddef>

namespace inkling {

/// Threads that parallel_for() uses when called from the calling thread; at first, the processor's.
int thread_count();

/// Sets thread_count() for the calling thread, 1 or more; oneDNN, called from it, uses as many.
void set_thread_count(int count);

/// Starts the threads that the calling thread will work with, before the work, which they would else be started in.
/// Throws Error (failed) where the system does not give so many.
void start_threads();

namespace detail {
void run_workers(int workers, void (*body)(void* context, int worker), void* context);
}

/// Calls body(begin, end, worker) for contiguous parts of [0, count), one part a worker, and waits for all.
/// The parts depend only on count, grain and thread_count(), so sums kept per worker are reproducible.
/// grain: fewest items worth a thread of its own. Where parts throw, the others are done all the same and the first
/// part's exception is thrown on.
template <class Body>
void parallel_for(std::size_t count, std::size_t grain, Body&& body) {
    if (count == 0) return;
    const auto most = static_cast<std::size_t>(thread_count());
    const std::size_t workers = std::clamp<std::size_t>(count / std::max<std::size_t>(grain, 1), 1, most);
    if (workers == 1) {
        body(std::size_t{0}, count, 0);
        return;
    }
    auto part = [&](int worker) {
        const auto w = static_cast<std::size_t>(worker);
        body(count * w / workers, count * (w + 1) / workers, worker);
    };
    detail::run_workers(
        static_cast<int>(workers), [](void* context, int worker) { (*static_cast<decltype(part)*>(context))(worker); },
        &part);
}

}  // namespace inkling
