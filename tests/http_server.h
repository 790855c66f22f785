#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace inkling {

struct HttpRequest {
    int number = 0;  // of the server's requests, from 0
    std::string path;
    std::optional<std::pair<std::size_t, std::size_t>> range;  // first and last byte that are asked for
};

struct HttpReply {
    int status = 200;
    std::string headers;  // lines that end with \r\n
    std::span<const std::byte> body;
    std::size_t sent = SIZE_MAX;  // bytes of the body that are really sent
    bool stalls = false;          // after them: keeps the connection open and silent
};

/// The bytes of a file that a request asks for, as a server with or without ranges gives them.
inline HttpReply serve_file(std::span<const std::byte> file, const HttpRequest& request, bool ranges) {
    if (!ranges || !request.range) return {200, "ETag: \"1\"\r\n", file};
    const auto [first, last] = *request.range;
    const std::size_t end = std::min(last + 1, file.size());
    return {206, fmt::format("ETag: \"1\"\r\nContent-Range: bytes {}-{}/{}\r\n", first, end - 1, file.size()),
            file.subspan(first, end - first)};
}

/// A server on this machine that answers each request as `handle` says, one connection a request. `handle` is called on
/// the server's thread, for one request at a time.
class HttpServer {
  public:
    explicit HttpServer(std::function<HttpReply(const HttpRequest&)> handle)
        : handle_(std::move(handle)), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        ::setenv("no_proxy", "127.0.0.1", 1);  // a proxy of the machine does not reach this server
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* plain = reinterpret_cast<sockaddr*>(&address);
        if (::bind(socket_, plain, size) != 0 || ::listen(socket_, 16) != 0 ||
            ::getsockname(socket_, plain, &size) != 0)
            throw std::runtime_error("cannot start a local server");
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { run(); });
    }

    ~HttpServer() {
        stopping_ = true;
        thread_.join();
        ::close(socket_);
    }
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    std::string url(const std::string& path = "/gzip.zip") const {
        return fmt::format("http://127.0.0.1:{}{}", port_, path);
    }

    std::vector<HttpRequest> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

    /// Bytes of bodies that were sent.
    std::size_t sent() const { return sent_; }

  private:
    static constexpr int kPollMilliseconds = 20;

    static bool readable(int descriptor) {
        pollfd wanted{descriptor, POLLIN, 0};
        return ::poll(&wanted, 1, kPollMilliseconds) > 0;
    }

    void run() {
        while (!stopping_) {
            if (!readable(socket_)) continue;
            const int connection = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
            if (connection < 0) continue;
            answer(connection);
            ::close(connection);
        }
    }

    void answer(int connection) {
        std::string head;
        while (head.find("\r\n\r\n") == std::string::npos) {
            char piece[4096];
            const auto count = ::recv(connection, piece, sizeof(piece), 0);
            if (count <= 0) return;
            head.append(piece, static_cast<std::size_t>(count));
        }
        HttpRequest request;
        request.path = head.substr(4, head.find(' ', 4) - 4);
        if (const auto at = head.find("Range: bytes="); at != std::string::npos) {
            const auto dash = head.find('-', at);
            request.range = {std::stoull(head.substr(at + 13)), std::stoull(head.substr(dash + 1))};
        }
        {
            const std::lock_guard lock(mutex_);
            request.number = static_cast<int>(requests_.size());
            requests_.push_back(request);
        }
        const HttpReply reply = handle_(request);
        const std::string start = fmt::format("HTTP/1.1 {} X\r\nConnection: close\r\nContent-Length: {}\r\n{}\r\n",
                                              reply.status, reply.body.size(), reply.headers);
        send_all(connection, std::as_bytes(std::span(start)));
        sent_ += send_all(connection, reply.body.first(std::min(reply.sent, reply.body.size())));
        // A stalled reply lasts until the client goes, which makes the connection readable.
        while (reply.stalls && !stopping_ && !readable(connection)) continue;
    }

    static std::size_t send_all(int connection, std::span<const std::byte> bytes) {
        std::size_t sent = 0;
        while (sent < bytes.size()) {
            const auto count = ::send(connection, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
            if (count <= 0) break;
            sent += static_cast<std::size_t>(count);
        }
        return sent;
    }

    std::function<HttpReply(const HttpRequest&)> handle_;
    int socket_;
    int port_ = 0;
    std::atomic<bool> stopping_ = false;
    std::atomic<std::size_t> sent_ = 0;
    mutable std::mutex mutex_;
    std::vector<HttpRequest> requests_;
    std::thread thread_;
};

}  // namespace inkling
