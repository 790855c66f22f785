#include "data/dataset.h"

#include <gtest/gtest.h>

#include <cmath>

namespace inkling {
namespace {

TEST(Normalization, IsTheMeanAndDeviationOfAllPixels) {
    Dataset data;
    data.shape = {1, 1, 2};
    data.images = {0, 255, 51, 102};
    data.labels = {0, 0};
    const Normalization all = measure_normalization(data);
    EXPECT_FLOAT_EQ(all.mean, 0.4f);
    EXPECT_FLOAT_EQ(all.deviation, std::sqrt((0.16f + 0.36f + 0.04f + 0.0f) / 4));
    const std::vector<std::uint32_t> second = {1};
    EXPECT_FLOAT_EQ(measure_normalization(data, second).mean, 0.3f);
    EXPECT_FLOAT_EQ(measure_normalization(data, second).deviation, 0.1f);
}

TEST(Normalization, HasDeviationOneWithoutContrast) {
    Dataset data;
    data.shape = {1, 1, 3};
    data.images = {51, 51, 51};
    data.labels = {0};
    EXPECT_FLOAT_EQ(measure_normalization(data).mean, 0.2f);
    EXPECT_EQ(measure_normalization(data).deviation, 1.0f);
}

}  // namespace
}  // namespace inkling
