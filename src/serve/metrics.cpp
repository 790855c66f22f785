#include "serve/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace inkling::serve {
namespace {

void print_head(std::string& text, const char* name, const char* type, const char* help) {
    fmt::format_to(std::back_inserter(text), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

}  // namespace

template <std::size_t kBounds>
void Metrics::Histogram<kBounds>::add(double value) {
    ++counts[static_cast<std::size_t>(std::ranges::lower_bound(bounds, value) - bounds.begin())];
    sum += value;
}

template <std::size_t kBounds>
void Metrics::Histogram<kBounds>::print(std::string& text, const char* name, const char* help) const {
    print_head(text, name, "histogram", help);
    std::uint64_t total = 0;
    for (std::size_t i = 0; i <= kBounds; ++i) {
        total += counts[i];
        const std::string bound = i < kBounds ? fmt::format("{}", bounds[i]) : "+Inf";
        fmt::format_to(std::back_inserter(text), "{}_bucket{{le=\"{}\"}} {}\n", name, bound, total);
    }
    fmt::format_to(std::back_inserter(text), "{}_sum {}\n{}_count {}\n", name, sum, name, total);
}

void Metrics::count_request(const std::string& route, int status, double seconds) {
    const std::lock_guard lock(mutex_);
    ++requests_[{route, status}];
    seconds_.add(seconds);
}

void Metrics::count_batch(std::size_t images) {
    const std::lock_guard lock(mutex_);
    batches_.add(static_cast<double>(images));
}

void Metrics::count_reload(bool succeeded) {
    const std::lock_guard lock(mutex_);
    ++(succeeded ? reloads_ : failed_reloads_);
}

std::string Metrics::text(std::span<const Gauge> gauges) const {
    std::string text;
    const auto out = std::back_inserter(text);
    for (const Gauge& gauge : gauges) {
        print_head(text, gauge.name.c_str(), "gauge", gauge.help.c_str());
        fmt::format_to(out, "{} {}\n", gauge.name, gauge.value);
    }
    const std::lock_guard lock(mutex_);
    print_head(text, "inkling_requests_total", "counter", "Requests that were answered.");
    for (const auto& [key, count] : requests_)
        fmt::format_to(out, "inkling_requests_total{{route=\"{}\",status=\"{}\"}} {}\n", key.first, key.second, count);
    seconds_.print(text, "inkling_request_seconds", "Seconds from a request's head to its answer.");
    batches_.print(text, "inkling_batch_images", "Images that were computed together.");
    print_head(text, "inkling_reloads_total", "counter", "Models that were loaded anew.");
    fmt::format_to(out, "inkling_reloads_total{{outcome=\"served\"}} {}\n", reloads_);
    fmt::format_to(out, "inkling_reloads_total{{outcome=\"failed\"}} {}\n", failed_reloads_);
    return text;
}

}  // namespace inkling::serve
