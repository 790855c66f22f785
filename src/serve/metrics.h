#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace inkling::serve {

/// A value that is measured when somebody asks: "inkling_connections", what it is, how much.
struct Gauge {
    std::string name;
    std::string help;
    double value = 0;
};

/// Counts of a server for Prometheus.
class Metrics {
  public:
    /// A request that was answered, and how long that took since its head had come.
    void count_request(const std::string& route, int status, double seconds);
    /// Images that were computed together.
    void count_batch(std::size_t images);
    void count_reload(bool succeeded);

    /// All of it in Prometheus's text format, version 0.0.4, and the gauges.
    std::string text(std::span<const Gauge> gauges) const;

  private:
    /// How many values were at most each bound; the last has none.
    template <std::size_t kBounds>
    struct Histogram {
        std::array<double, kBounds> bounds;
        std::array<std::uint64_t, kBounds + 1> counts = {};
        double sum = 0;

        void add(double value);
        void print(std::string& text, const char* name, const char* help) const;
    };

    mutable std::mutex mutex_;
    std::map<std::pair<std::string, int>, std::uint64_t> requests_;  // by route and status
    Histogram<12> seconds_{{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5}};
    Histogram<7> batches_{{1, 2, 4, 8, 16, 32, 64}};
    std::uint64_t reloads_ = 0;
    std::uint64_t failed_reloads_ = 0;
};

}  // namespace inkling::serve
