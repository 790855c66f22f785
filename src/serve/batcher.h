#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "serve/served_model.h"

namespace inkling::serve {

struct BatcherOptions {
    int threads = 1;                                                 // that compute
    std::size_t most_waiting = 4096;                                 // images; more are refused
    std::chrono::microseconds window{1000};                          // to wait for requests that are on their way
    std::chrono::milliseconds longest_wait{10'000};                  // what waited longer is refused
    std::function<void(std::size_t)> on_batch = [](std::size_t) {};  // hears how many images were computed together
};

/// Computes together the images of requests that come together. One thread of its own runs every network; those who ask
/// wait for it.
class Batcher {
  public:
    explicit Batcher(BatcherOptions options);
    /// Finishes what waits.
    ~Batcher();
    Batcher(const Batcher&) = delete;
    Batcher& operator=(const Batcher&) = delete;

    /// A request that is on its way to have its images read. A batch waits for such, up to the window, and for nobody
    /// else: who comes alone does not wait.
    class Visit {
      public:
        explicit Visit(Batcher& batcher);
        ~Visit();
        Visit(const Visit&) = delete;
        Visit& operator=(const Visit&) = delete;

        /// For each image what the network gives. Called once; waits for its turn. Throws Refusal (503)
        /// where too many images wait already, or these waited too long; else what the network throws.
        std::vector<NetworkOutput> outputs(std::shared_ptr<ServedModel> model, std::span<const EmnistImage> images);

      private:
        Batcher& batcher_;
        bool on_its_way_ = true;
    };

    /// Images that wait.
    std::size_t waiting() const;

  private:
    using Clock = std::chrono::steady_clock;

    /// What one request wants. Its images belong to whoever waits for the answer.
    struct Job {
        std::shared_ptr<ServedModel> model;
        std::span<const EmnistImage> images;
        Clock::time_point latest;
        std::promise<std::vector<NetworkOutput>> answer = {};
    };
    using Jobs = std::deque<std::unique_ptr<Job>>;

    void run();
    Jobs take_batch();
    /// What each job gets.
    std::vector<std::vector<NetworkOutput>> compute(const Jobs& batch) const;

    BatcherOptions options_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Jobs jobs_;
    std::size_t waiting_ = 0;  // images of the jobs
    std::size_t on_their_way_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace inkling::serve
