#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "serve/listener.h"
#include "serve/message.h"
#include "serve/metrics.h"

namespace inkling::serve {

/// What a server takes.
struct ServerLimits {
    std::size_t connections = 1024;               // open at once; more are refused
    std::size_t body = std::size_t{8} << 20;      // bytes of a request's body
    std::size_t memory = std::size_t{256} << 20;  // bytes of bodies and answers that are held at once
    std::size_t waiting = 1024;                   // requests that wait for a thread to answer them
    int answerers = 64;                           // those threads
    std::chrono::milliseconds transfer{30'000};   // for a body to come, and for an answer to be taken
    std::chrono::milliseconds idle{60'000};       // for a request's head to come
};

/// Who answers: the functions of Api.
struct Service {
    std::function<std::optional<Response>(const Request&)> answer_head;  // on the thread that all connections share
    std::function<Response(const Request&)> answer;                      // on one of several threads
    std::function<void(const Request&, int status, double seconds)> answered;
};

/// Serves HTTP/1.1: one thread for all connections, others that answer.
class Server {
  public:
    Server(ServerLimits limits, Service service);
    /// Ends all connections, after the requests that are being answered.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Begins to serve at the socket, which is the server's from then on. Called once. Throws Error (failed) where the
    /// system gives too few file descriptors, or no thread.
    void start(const Listener& listener);

    /// Takes no more connections, answers the requests that have begun, and returns when there are none, or after
    /// `longest`. Whether none was left.
    bool drain(std::chrono::milliseconds longest);

    std::vector<Gauge> gauges() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace inkling::serve
