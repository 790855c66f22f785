#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace inkling {

/// How patient a download is.
struct HttpOptions {
    int attempts = 3;            // for a request that failed for a reason that may pass
    double first_delay = 1;      // seconds before the second attempt; doubles from then on
    double connect_seconds = 5;  // for finding and reaching the server, TLS and a proxy included
    double stall_seconds = 20;   // almost without data, after which an attempt has failed
    int redirects = 5;           // to follow at most
    bool persistent = true;      // false: a server that is not reached or stalls is given up at the first attempt
};

/// What a server says of a file.
struct HttpFile {
    std::optional<std::uint64_t> size;  // bytes
    bool ranges = false;                // parts can be asked for
    std::string validator;              // ETag, else Last-Modified, else empty: changes with the file
};

/// Reads a file of a web server by libcurl, over one connection where it can, through the proxy that the environment
/// names (https_proxy, no_proxy). Certificates are checked by the system's authorities and those in the file that
/// $CURL_CA_BUNDLE or $SSL_CERT_FILE names. Requests that failed for a reason that may pass (connection, stall, status
/// 5xx, 408 or 429) are repeated with growing pauses. Every method throws SourceError with the address and the reason,
/// or Error (interrupted) within a tenth of a second of interrupted().
class HttpClient {
  public:
    /// `url` begins with http:// or https://.
    HttpClient(std::string url, HttpOptions options);
    ~HttpClient();

    /// Refuses a web page as bad data: servers send one in place of a file that has moved, or to ask for a login.
    HttpFile look_up();

    /// The `size` bytes from `first` on. What came before a connection broke is kept. `on_piece` hears of each arrival.
    std::vector<std::byte> read_range(std::uint64_t first, std::size_t size,
                                      const std::function<void(std::size_t)>& on_piece);

    /// The whole file, piece by piece; `on_start` is called before each attempt, which starts again from the beginning.
    void read_whole(const std::function<void()>& on_start,
                    const std::function<void(std::span<const std::byte>)>& on_piece);

  private:
    struct Transfer;
    struct Handle;
    template <class Action>
    void repeat(Action&& action);
    void get(const std::string& range, Transfer& transfer);
    int perform();

    std::string url_;
    HttpOptions options_;
    std::unique_ptr<Handle> handle_;
};

}  // namespace inkling
