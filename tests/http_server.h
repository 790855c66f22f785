#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "local_server.h"

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
    std::size_t sent = SIZE_MAX;                     // bytes of the body that are really sent
    bool stalls = false;                             // after them: keeps the connection open and silent
    std::optional<std::size_t> claimed_length = {};  // Content-Length, if not the body's
    std::size_t trickle = SIZE_MAX;                  // bytes that come at a time, 20 ms after those before
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
        : handle_(std::move(handle)),
          server_([this](int connection, const std::atomic<bool>& stopping) { answer(connection, stopping); }) {}

    int port() const { return server_.port(); }

    std::string url(const std::string& path = "/gzip.zip") const {
        return fmt::format("http://127.0.0.1:{}{}", port(), path);
    }

    std::vector<HttpRequest> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

    /// Bytes of bodies that were sent.
    std::size_t sent() const { return sent_; }

  private:
    void answer(int connection, const std::atomic<bool>& stopping) {
        const std::string head = receive_head(connection);
        if (!head.ends_with("\r\n\r\n")) return;
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
        const std::string start =
            fmt::format("HTTP/1.1 {} X\r\nConnection: close\r\nContent-Length: {}\r\n{}\r\n", reply.status,
                        reply.claimed_length.value_or(reply.body.size()), reply.headers);
        send_all(connection, std::as_bytes(std::span(start)));
        auto body = reply.body.first(std::min(reply.sent, reply.body.size()));
        while (!body.empty() && !stopping) {
            const std::size_t count = send_all(connection, body.first(std::min(body.size(), reply.trickle)));
            if (count == 0) break;
            sent_ += count;
            body = body.subspan(count);
            if (!body.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(kPollMilliseconds));
        }
        // A stalled reply lasts until the client goes, which makes the connection readable.
        while (reply.stalls && !stopping && !readable(connection)) continue;
    }

    std::function<HttpReply(const HttpRequest&)> handle_;
    std::atomic<std::size_t> sent_ = 0;
    mutable std::mutex mutex_;
    std::vector<HttpRequest> requests_;
    LocalServer server_;
};

}  // namespace inkling
