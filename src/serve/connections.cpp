#include "serve/connections.h"

#include <sys/socket.h>

#include <algorithm>

namespace inkling::serve {
namespace {

constexpr std::chrono::milliseconds kPause{100};

}  // namespace

Connections::Connections(std::size_t most) : most_(most), thread_([this] { cut_late(); }) {}

Connections::~Connections() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    stopped_.notify_one();
    thread_.join();
}

Connection* Connections::open(int descriptor, std::string client, Clock::duration time) {
    const std::lock_guard lock(mutex_);
    open_.push_back({.descriptor = descriptor,
                     .client = std::move(client),
                     .one_too_many = open_.size() >= most_,
                     .latest = Clock::now() + time});
    return &open_.back();
}

void Connections::close(Connection* connection) {
    const std::lock_guard lock(mutex_);
    open_.erase(std::ranges::find_if(open_, [&](const Connection& each) { return &each == connection; }));
}

void Connections::give(Connection* connection, Clock::duration time) {
    const std::lock_guard lock(mutex_);
    connection->latest = Clock::now() + time;
}

std::size_t Connections::size() const {
    const std::lock_guard lock(mutex_);
    return open_.size();
}

std::size_t Connections::cut() const {
    const std::lock_guard lock(mutex_);
    return cut_;
}

void Connections::cut_late() {
    std::unique_lock lock(mutex_);
    while (!stopped_.wait_for(lock, kPause, [&] { return stopping_; })) {
        const auto now = Clock::now();
        for (Connection& connection : open_) {
            if (now <= connection.latest) continue;
            // Whoever reads or writes the socket then finds it at its end, and closes it.
            ::shutdown(connection.descriptor, SHUT_RDWR);
            connection.latest = Clock::time_point::max();
            ++cut_;
        }
    }
}

}  // namespace inkling::serve
