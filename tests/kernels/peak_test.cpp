#include "kernels/cpu/peak.h"

#include <gtest/gtest.h>

#include "core/threads.h"

namespace inkling::kernels {
namespace {

TEST(Peak, IsKnownForEachPrecisionThatThisBuildHas) {
    EXPECT_GT(multiply_add_peak(), 0);
    if (const auto peak = bfloat16_multiply_add_peak()) {
        EXPECT_GT(*peak, 0);
    }
}

TEST(Peak, IsMeasuredOnAsManyThreadsAsAreSet) {
    const int before = thread_count();
    set_thread_count(1);
    EXPECT_GT(multiply_add_peak(), 0);
    EXPECT_EQ(thread_count(), 1);
    set_thread_count(before);
}

}  // namespace
}  // namespace inkling::kernels
