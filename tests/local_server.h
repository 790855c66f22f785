#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace inkling {

constexpr int kPollMilliseconds = 20;

/// Whether there is something to read, or the other side has gone, within 20 ms.
inline bool readable(int descriptor) {
    pollfd wanted{descriptor, POLLIN, 0};
    return ::poll(&wanted, 1, kPollMilliseconds) > 0;
}

/// Sends as much as the other side takes; returns the number of bytes.
inline std::size_t send_all(int connection, std::span<const std::byte> bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const auto count = ::send(connection, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) break;
        sent += static_cast<std::size_t>(count);
    }
    return sent;
}

/// Reads up to the empty line that ends an HTTP request's head; shorter if the other side goes.
inline std::string receive_head(int connection) {
    std::string head;
    while (head.find("\r\n\r\n") == std::string::npos) {
        char piece[4096];
        const auto count = ::recv(connection, piece, sizeof(piece), 0);
        if (count <= 0) break;
        head.append(piece, static_cast<std::size_t>(count));
    }
    return head;
}

/// Connects to a port of this machine; throws where nobody listens.
inline int connect_to(int port) {
    const int connection = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
        ::close(connection);
        throw std::runtime_error("nobody listens on a local port");
    }
    return connection;
}

/// A port of 127.0.0.1. Nobody answers there, though the system lets clients connect.
class LocalPort {
  public:
    LocalPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        // A proxy of the machine's own does not reach these servers.
        ::setenv("no_proxy", "127.0.0.1,localhost", 1);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* plain = reinterpret_cast<sockaddr*>(&address);
        if (::bind(socket_, plain, size) != 0 || ::listen(socket_, 16) != 0 ||
            ::getsockname(socket_, plain, &size) != 0)
            throw std::runtime_error("cannot listen on a local port");
        number_ = ntohs(address.sin_port);
    }
    ~LocalPort() { ::close(socket_); }
    LocalPort(const LocalPort&) = delete;
    LocalPort& operator=(const LocalPort&) = delete;

    int number() const { return number_; }
    int socket() const { return socket_; }

  private:
    int socket_;
    int number_ = 0;
};

/// Hands each connection to a port of this machine to `serve`, on a thread of its own and one after the other, and
/// closes it afterwards. `serve` must return soon after stopping() has become true.
class LocalServer {
  public:
    using Serve = std::function<void(int connection, const std::atomic<bool>& stopping)>;

    explicit LocalServer(Serve serve) : serve_(std::move(serve)), thread_([this] { run(); }) {}
    ~LocalServer() {
        stopping_ = true;
        thread_.join();
    }
    LocalServer(const LocalServer&) = delete;
    LocalServer& operator=(const LocalServer&) = delete;

    int port() const { return port_.number(); }

  private:
    void run() {
        while (!stopping_) {
            if (!readable(port_.socket())) continue;
            const int connection = ::accept4(port_.socket(), nullptr, nullptr, SOCK_CLOEXEC);
            if (connection < 0) continue;
            serve_(connection, stopping_);
            ::close(connection);
        }
    }

    LocalPort port_;
    Serve serve_;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

}  // namespace inkling
