#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/worker_places.h"

namespace inkling {

/// A word that threads wait at: for a short while they look at it again and again, then they sleep. Looking is what
/// makes short work worth sharing; sleeping gives the processor to those who are waited for, where there is no other.
class Meeting {
  public:
    std::uint32_t value() const { return value_.load(std::memory_order_acquire); }

    /// Whether the value is no longer `old`, or changes within a short while.
    bool look(std::uint32_t old) const;

    /// Returns when the value is no longer `old`.
    void sleep(std::uint32_t old) const;

    /// Sets another value and wakes who sleeps.
    void change(std::uint32_t value);

  private:
    std::atomic<std::uint32_t> value_ = 0;
    mutable std::atomic<int> sleepers_ = 0;
};

/// Workers that share out tasks: the calling thread, who is worker 0, and threads that this one has beside it.
class Crew {
  public:
    using Body = void (*)(void* context, std::size_t task, int worker);

    /// Throws std::system_error where the system gives no thread.
    explicit Crew(int workers);
    ~Crew();
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    int workers() const { return static_cast<int>(shares_.size()); }

    /// Calls body(context, task, worker) once for each task in [0, count), fewer than 2^32 - 1; see run_tasks() in
    /// threads.h.
    void run(std::size_t count, Body body, void* context);

  private:
    /// A worker's share of the tasks. `next` is what nobody has begun yet, below the number of the round, so that a
    /// worker who wakes late takes nothing of another round.
    struct alignas(64) Share {
        std::atomic<std::uint64_t> next = 0;
    };

    void help(int worker);
    void work(std::uint32_t round, int worker);
    bool take(Share& share, std::uint32_t round, std::size_t end, std::size_t& task);
    void attempt(std::size_t task, int worker);
    void stop_helpers();

    std::vector<Share> shares_;
    // What a round is about. Written between rounds only, but read by whoever wakes late.
    std::atomic<std::size_t> count_ = 0;
    std::atomic<Body> body_ = nullptr;
    std::atomic<void*> context_ = nullptr;
    std::atomic<bool> leaving_ = false;
    alignas(64) Meeting round_;     // its number
    alignas(64) Meeting finished_;  // the last round whose tasks are all done
    alignas(64) std::atomic<std::size_t> left_ = 0;

    WorkerPlaces places_;

    std::mutex failure_mutex_;
    std::size_t failed_task_ = 0;
    std::exception_ptr failure_;  // of the first task that threw

    std::vector<std::thread> helpers_;
};

}  // namespace inkling
