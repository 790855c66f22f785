#include "serve/metrics.h"

#include <gtest/gtest.h>

#include "refusal.h"

namespace inkling::serve {
namespace {

TEST(Metrics, AreInPrometheussFormat) {
    Metrics metrics;
    metrics.count_request("/v1/predict", 200, 0.0005);
    metrics.count_request("/v1/predict", 200, 0.003);
    metrics.count_request("/v1/predict", 400, 7);
    metrics.count_batch(1);
    metrics.count_batch(64);
    metrics.count_reload(true);
    metrics.count_reload(false);
    metrics.count_reload(true);
    const std::string text = metrics.text(std::vector<Gauge>{{"inkling_connections", "Connections.", 3}});
    EXPECT_TRUE(
        text.starts_with("# HELP inkling_connections Connections.\n# TYPE inkling_connections gauge\n"
                         "inkling_connections 3\n"))
        << text;
    for (const char* line :
         {"# TYPE inkling_requests_total counter\n", "inkling_requests_total{route=\"/v1/predict\",status=\"200\"} 2\n",
          "inkling_requests_total{route=\"/v1/predict\",status=\"400\"} 1\n",
          "inkling_request_seconds_bucket{le=\"0.0005\"} 1\n", "inkling_request_seconds_bucket{le=\"0.0025\"} 1\n",
          "inkling_request_seconds_bucket{le=\"0.005\"} 2\n", "inkling_request_seconds_bucket{le=\"2.5\"} 2\n",
          "inkling_request_seconds_bucket{le=\"+Inf\"} 3\n", "inkling_request_seconds_count 3\n",
          "inkling_batch_images_bucket{le=\"1\"} 1\n", "inkling_batch_images_bucket{le=\"64\"} 2\n",
          "inkling_batch_images_sum 65\n", "inkling_reloads_total{outcome=\"served\"} 2\n",
          "inkling_reloads_total{outcome=\"failed\"} 1\n"})
        EXPECT_TRUE(contains(text, line));
}

}  // namespace
}  // namespace inkling::serve
