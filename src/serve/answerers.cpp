#include "serve/answerers.h"

#include <utility>

namespace inkling::serve {

Answerers::Answerers(int threads, std::size_t most_waiting) : most_waiting_(most_waiting) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

void Answerers::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
}

bool Answerers::take(std::function<void()> answer) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || waiting_.size() >= most_waiting_) return false;
        waiting_.push_back(std::move(answer));
    }
    changed_.notify_one();
    return true;
}

std::size_t Answerers::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

void Answerers::run() {
    while (true) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        const std::function<void()> answer = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        answer();
    }
}

}  // namespace inkling::serve
