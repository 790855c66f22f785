#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>
#include <vector>

#include "serve/batcher.h"
#include "serve/message.h"
#include "serve/metrics.h"
#include "serve/models.h"
#include "serve/rate_limit.h"

namespace inkling::serve {

struct ApiOptions {
    std::size_t most_images = 128;  // in a request
    std::string token = {};         // that requests must have; empty: none
    double rate = 0;                // requests a second of each client; 0: any number
    int decoders = 1;               // requests whose pictures are decoded at once, which takes memory
    std::string version = {};       // the program's
    std::function<std::vector<Gauge>()> gauges = [] { return std::vector<Gauge>(); };  // of whoever serves
};

/// What requests mean: a function from a request to its answer. Paths are looked up in a table and never reach the file
/// system. Threads may call it side by side.
class Api {
  public:
    /// `models`, `batcher` and `metrics` must outlive it.
    Api(Models& models, Batcher& batcher, Metrics& metrics, ApiOptions options);

    /// The answer to a request that needs nothing but its head: what takes no time, and what is refused. Nothing where
    /// answer() is to be asked, with the body.
    std::optional<Response> answer_head(const Request& request);

    /// The answer to a request that answer_head() let pass. Throws nothing.
    Response answer(const Request& request);

    /// Counts a request under its route, which is one of a few whatever its path is.
    void count(const Request& request, int status, double seconds);

    /// From now on it says that it is not ready, so that nobody sends new work.
    void retire() { ready_ = false; }

  private:
    Response page();
    Response models_list() const;
    Response predict(const Request& request);
    Response metrics() const;
    Response ready() const;
    bool has_token(const Request& request) const;

    Models& models_;
    Batcher& batcher_;
    Metrics& metrics_;
    ApiOptions options_;
    RateLimit rate_limit_;
    std::counting_semaphore<> decoders_;
    std::atomic<bool> ready_ = true;
    std::mutex page_mutex_;
    std::vector<std::shared_ptr<ServedModel>> page_models_;  // that the page was made of
    std::shared_ptr<const std::string> page_;
};

}  // namespace inkling::serve
