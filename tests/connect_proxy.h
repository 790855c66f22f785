#pragma once

#include <mutex>
#include <vector>

#include "local_server.h"

namespace inkling {

/// A proxy that connects to ports of this machine only, whatever host is asked for.
class ConnectProxy {
  public:
    /// `refusal`: a status such as "403 Forbidden", with which every request is answered; empty: none.
    explicit ConnectProxy(std::string refusal = {})
        : refusal_(std::move(refusal)),
          server_([this](int client, const std::atomic<bool>& stopping) { pass_on(client, stopping); }) {}

    std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }

    /// "CONNECT host:port" of each request.
    std::vector<std::string> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

  private:
    void pass_on(int client, const std::atomic<bool>& stopping) {
        const std::string head = receive_head(client);
        const std::string line = head.substr(0, head.find(" HTTP/"));
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(line);
        }
        const std::string answer = "HTTP/1.1 " + (refusal_.empty() ? "200 Connection established" : refusal_) +
                                   "\r\nContent-Length: 0\r\n\r\n";
        send_all(client, std::as_bytes(std::span(answer)));
        if (!refusal_.empty()) return;
        const int target = connect_to(std::stoi(line.substr(line.rfind(':') + 1)));
        pollfd both[] = {{client, POLLIN, 0}, {target, POLLIN, 0}};
        for (bool open = true; open && !stopping;) {
            ::poll(both, 2, kPollMilliseconds);
            open = (both[0].revents == 0 || copy(client, target)) && (both[1].revents == 0 || copy(target, client));
        }
        ::close(target);
    }

    /// False if `from` has gone.
    static bool copy(int from, int to) {
        std::byte piece[16384];
        const auto count = ::recv(from, piece, sizeof(piece), 0);
        return count > 0 && send_all(to, std::span(piece, static_cast<std::size_t>(count))) > 0;
    }

    std::string refusal_;
    mutable std::mutex mutex_;
    std::vector<std::string> requests_;
    LocalServer server_;
};

}  // namespace inkling
