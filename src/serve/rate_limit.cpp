#include "serve/rate_limit.h"

#include <algorithm>

namespace inkling::serve {

double RateLimit::tokens_at(const Bucket& bucket, Clock::time_point now) const {
    const double seconds = std::chrono::duration<double>(now - bucket.filled).count();
    return std::min(bucket.tokens + rate_ * seconds, std::max(rate_, 1.0));
}

bool RateLimit::admits(const std::string& client, Clock::time_point now) {
    if (rate_ <= 0) return true;
    const double most = std::max(rate_, 1.0);
    const std::lock_guard lock(mutex_);
    if (!buckets_.contains(client) && buckets_.size() >= kMostClients) {
        std::erase_if(buckets_, [&](const auto& each) { return tokens_at(each.second, now) >= most; });
        if (buckets_.size() >= kMostClients) return false;
    }
    Bucket& bucket = buckets_.try_emplace(client, Bucket{most, now}).first->second;
    bucket = {tokens_at(bucket, now), now};
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
}

}  // namespace inkling::serve
