#include "kernels/cpu/bfloat16.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

namespace inkling {
namespace {

using kernels::Bfloat16;
using kernels::Lanes;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// A value stored and loaded again, by vectors, by integers alone and by a scalar, which must agree.
float stored(float value) {
    std::array<Bfloat16, kernels::kLanes> halves;
    kernels::store(halves.data(), kernels::broadcast(value));
    const float loaded = kernels::load(halves.data())[kernels::kLanes - 1];
    const float by_integers =
        kernels::to_float(Bfloat16{kernels::rounded(kernels::broadcast(value))[kernels::kLanes - 1]});
    const float scalar = kernels::to_float(kernels::from_float<Bfloat16>(value));
    if (std::isnan(value))
        EXPECT_TRUE(std::isnan(scalar) && std::isnan(by_integers) && std::isnan(loaded));
    else
        EXPECT_TRUE(scalar == loaded && by_integers == loaded) << value;
    return loaded;
}

TEST(Bfloat16, KeepsEightBitsOfPrecision) {
    for (const float exact : {0.0f, 1.0f, -1.5f, 0.1015625f, 255.0f, -3.0e38f / 3.0e38f, 0x1p-126f})
        EXPECT_EQ(stored(exact), exact);
}

TEST(Bfloat16, RoundsToTheNearestAndTiesToEven) {
    EXPECT_EQ(stored(1 + 0x1p-9f), 1.0f);
    EXPECT_EQ(stored(1 + 0x1p-8f), 1.0f);
    EXPECT_EQ(stored(1 + 0x1p-8f + 0x1p-20f), 1 + 0x1p-7f);
    EXPECT_EQ(stored(1 + 3 * 0x1p-8f), 1 + 0x1p-6f);
    EXPECT_EQ(stored(-1 - 0x1p-8f), -1.0f);
}

TEST(Bfloat16, KeepsWhatIsNoFiniteNumber) {
    EXPECT_EQ(stored(kInfinity), kInfinity);
    EXPECT_EQ(stored(-kInfinity), -kInfinity);
    EXPECT_TRUE(std::isnan(stored(std::numeric_limits<float>::quiet_NaN())));
    EXPECT_EQ(stored(std::numeric_limits<float>::max()), kInfinity);
}

}  // namespace
}  // namespace inkling
