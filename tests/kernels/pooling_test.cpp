#include "kernels/cpu/pooling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

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

}  // namespace
}  // namespace inkling
