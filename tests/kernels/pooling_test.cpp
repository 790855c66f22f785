#include "kernels/cpu/pooling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/random.h"
#include "kernels/cpu/bfloat16.h"
#include "kernels/cpu/layout.h"

namespace inkling {
namespace {

TEST(MaxPool, ShowsWhatIsNotANumberWhereverItStands) {
    const kernels::Pool pool{.height = 2, .width = 2};
    for (std::size_t place = 0; place < 4; ++place) {
        std::vector<float> plane(4 * kernels::kChannelBlock, 1.0f);
        plane[place * kernels::kChannelBlock] = std::numeric_limits<float>::quiet_NaN();
        std::vector<float> output(kernels::kChannelBlock);
        std::vector<std::uint8_t> winners(kernels::kChannelBlock);
        kernels::pool_plane(pool, plane.data(), output.data(), winners.data());
        EXPECT_TRUE(std::isnan(output[0])) << place;
        EXPECT_EQ(winners[0], place);
        EXPECT_EQ(output[1], 1.0f);
        EXPECT_EQ(winners[1], 0);
    }
}

template <class Value>
void expect_winners_values(const kernels::Pool& pool) {
    const std::size_t output_size =
        static_cast<std::size_t>(pool.output_height()) * pool.output_width() * kernels::kChannelBlock;
    std::vector<float> plane(static_cast<std::size_t>(pool.height) * pool.width * kernels::kChannelBlock);
    std::vector<Value> stored(plane.size());
    RandomStream random(1, Purpose::kBenchmark);
    for (std::size_t i = 0; i < plane.size(); ++i) {
        plane[i] = static_cast<float>(random.below(256)) - 128;  // which bfloat16 keeps
        stored[i] = kernels::from_float<Value>(plane[i]);
    }
    std::vector<float> output(output_size), values(output_size);
    std::vector<std::uint8_t> winners(output_size);
    kernels::pool_plane(pool, plane.data(), output.data(), winners.data());
    kernels::values_of_winners(pool, stored.data(), winners.data(), values.data());
    EXPECT_EQ(values, output);
}

TEST(MaxPool, FindsTheValuesOfItsWinners) {
    for (const kernels::Pool& pool : {kernels::Pool{.height = 6, .width = 4}, kernels::Pool{.height = 5, .width = 7},
                                      kernels::Pool{kernels::PoolKind::kMax, 3, 3, 2, 2, 9, 8}}) {
        expect_winners_values<float>(pool);
        expect_winners_values<kernels::Bfloat16>(pool);
    }
}

}  // namespace
}  // namespace inkling
