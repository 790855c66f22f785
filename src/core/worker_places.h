#pragma once

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <vector>

namespace inkling {

/// Moves the workers of a crew to where they get most done beside other busy programs. Linux may leave one of two
/// processors to another program and let two workers take turns on the second, for long; and who waits for a worker
/// that has lost its processor has one to spare. Where threads may run is changed for an instant only, to move them.
class WorkerPlaces {
  public:
    explicit WorkerPlaces(int workers) : workers_(static_cast<std::size_t>(workers)) {}

    /// To be called by each worker but 0 first of all, from its own thread.
    void register_thread(int worker) { workers_[static_cast<std::size_t>(worker)].thread = pthread_self(); }

    /// Worker 0 begins a round of tasks.
    void begin_round();

    /// The calling thread is this worker, at work and between two tasks: moves it, where that helps.
    void settle(int worker);

    /// The worker is about to sleep.
    void leave(int worker) { workers_[static_cast<std::size_t>(worker)].processor = kNowhere; }

    /// Worker 0 is about to sleep: moves one who is not, and so at work, to its processor.
    void hand_over();

  private:
    using Clock = std::chrono::steady_clock;
    static constexpr int kNowhere = -1;
    static constexpr int kPatience = 2;

    struct alignas(64) Worker {
        std::atomic<int> processor = kNowhere;  // that it was last seen on; none while it sleeps
        std::atomic<pthread_t> thread = 0;
    };

    std::vector<Worker> workers_;

    // Beside fewer busy programs than processors it is faster to be apart. Beside one for each it can be faster to
    // share a processor by twos and leave the others to them, because then who is waited for has the next turn. So
    // where workers meet again and again the other way is tried, and the faster one kept for a while.
    std::atomic<bool> by_twos_ = false;
    std::atomic<int> meetings_ = 0;  // of workers that were to be apart

    // Worker 0's.
    bool trying_ = false;
    double rate_kept_ = 0;  // rounds a second of the way before the trial
    Clock::time_point begin_ = Clock::now();
    int rounds_ = 0;            // since then
    int patience_ = kPatience;  // how many trials' time the way is kept
};

}  // namespace inkling
