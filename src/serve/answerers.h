#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace inkling::serve {

/// Threads that answer requests, in the order in which they came.
class Answerers {
  public:
    /// At most `most_waiting` requests wait for one of the threads.
    Answerers(int threads, std::size_t most_waiting);
    ~Answerers() { stop(); }
    Answerers(const Answerers&) = delete;
    Answerers& operator=(const Answerers&) = delete;

    /// Whether `answer`, which must not throw, will be called; not so where too many wait already, or after stop().
    bool take(std::function<void()> answer);

    /// Returns when all that waits is answered.
    void stop();

    std::size_t waiting() const;

  private:
    void run();

    std::size_t most_waiting_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> waiting_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace inkling::serve
