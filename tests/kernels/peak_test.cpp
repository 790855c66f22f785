#include "kernels/cpu/peak.h"

#include <gtest/gtest.h>

#include "core/threads.h"
#include "kernels/cpu/onednn.h"

namespace inkling::kernels {
namespace {

TEST(Peak, IsKnownForEachPrecisionThatThisBuildHas) {
    EXPECT_GT(multiply_add_peak(Precision::kFloat32), 0);
    EXPECT_EQ(multiply_add_peak(Precision::kBfloat16) > 0, has_bfloat16());
}

TEST(Peak, IsMeasuredOnAsManyThreadsAsAreSet) {
    const int before = thread_count();
    set_thread_count(1);
    EXPECT_GT(multiply_add_peak(Precision::kFloat32), 0);
    EXPECT_EQ(thread_count(), 1);
    set_thread_count(before);
}

}  // namespace
}  // namespace inkling::kernels
