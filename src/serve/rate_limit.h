#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>

namespace inkling::serve {

/// How many requests a second each client may send: a bucket of a second's tokens for each address, of which a request
/// takes one. Clients whose bucket is full again are forgotten, so that memory is bounded by the rate and kMostClients.
class RateLimit {
  public:
    using Clock = std::chrono::steady_clock;

    static constexpr std::size_t kMostClients = 4096;

    /// `rate`: requests a second; 0: any number.
    explicit RateLimit(double rate) : rate_(rate) {}

    /// Whether a request of the client may pass now. Where kMostClients others have lately sent requests, it may not.
    bool admits(const std::string& client, Clock::time_point now);

  private:
    struct Bucket {
        double tokens;
        Clock::time_point filled;
    };

    double tokens_at(const Bucket& bucket, Clock::time_point now) const;

    double rate_;
    std::mutex mutex_;
    std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace inkling::serve
