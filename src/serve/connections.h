#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace inkling::serve {

/// A client's connection.
struct Connection {
    using Clock = std::chrono::steady_clock;

    int descriptor;
    std::string client;        // its address
    bool one_too_many;         // beyond what the server takes: to be refused
    Clock::time_point latest;  // when what it now does must have ended
};

/// The connections that are open. A thread of its own cuts those whose time is over, so that who sends or takes one
/// byte a second holds nothing for long.
class Connections {
  public:
    using Clock = Connection::Clock;

    explicit Connections(std::size_t most);
    ~Connections();
    Connections(const Connections&) = delete;
    Connections& operator=(const Connections&) = delete;

    Connection* open(int descriptor, std::string client, Clock::duration time);
    /// Before its socket is closed.
    void close(Connection* connection);

    /// What the connection does from now on must have ended after that time.
    void give(Connection* connection, Clock::duration time);

    std::size_t size() const;
    /// Those that were cut so far.
    std::size_t cut() const;

  private:
    void cut_late();

    std::size_t most_;
    mutable std::mutex mutex_;
    std::condition_variable stopped_;
    std::list<Connection> open_;
    std::size_t cut_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace inkling::serve
