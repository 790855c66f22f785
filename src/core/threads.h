#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>

namespace inkling {

/// Threads that work is shared among when it is shared from the calling thread; at first default_thread_count(), see
/// core/processors.h.
int thread_count();

/// Sets thread_count() for the calling thread, 1 or more.
void set_thread_count(int count);

/// Starts the threads that the calling thread will work with, before the work, which they would else be started in.
/// Throws Error (failed) where the system does not give so many.
void start_threads();

namespace detail {
void run_tasks(std::size_t count, void (*body)(void* context, std::size_t task, int worker), void* context);
}

/// Calls body(task, worker) once for each task in [0, count) and waits for all. Every worker, 0 to thread_count() - 1,
/// begins with its own share of them, in order, then takes what others have not begun: where other programs hold a
/// processor, who is there does the work. So results may depend on the task, but on the worker no more than which
/// scratch memory was used. Within one of several tasks thread_count() is 1; a single task is simply called. Where
/// tasks throw, the others are done all the same and the first task's exception is thrown on. Tasks take subnormal
/// floats for zero (core/subnormals.h); the caller does so no longer than they last.
template <class Body>
void run_tasks(std::size_t count, Body&& body) {
    detail::run_tasks(
        count,
        [](void* context, std::size_t task, int worker) {
            (*static_cast<std::remove_reference_t<Body>*>(context))(task, worker);
        },
        &body);
}

/// Calls body(begin, end, part) for contiguous parts of [0, count), at most thread_count(), and waits for all. The
/// parts depend only on count, grain and thread_count(), so sums kept per part are reproducible. grain: fewest items
/// worth a thread of its own. Throws as run_tasks() does.
template <class Body>
void parallel_for(std::size_t count, std::size_t grain, Body&& body) {
    if (count == 0) return;
    const auto most = static_cast<std::size_t>(thread_count());
    const std::size_t parts = std::clamp<std::size_t>(count / std::max<std::size_t>(grain, 1), 1, most);
    run_tasks(parts, [&](std::size_t part, int) {
        body(count * part / parts, count * (part + 1) / parts, static_cast<int>(part));
    });
}

}  // namespace inkling
