#include "nn/cpu/memory_plan.h"

#include <gtest/gtest.h>

namespace inkling {
namespace {

constexpr auto kFloat = Precision::kFloat32;

std::ptrdiff_t bytes_between(MemoryPlan& plan, TensorId from, TensorId to) {
    return static_cast<const std::byte*>(plan[to].data) - static_cast<const std::byte*>(plan[from].data);
}

TEST(MemoryPlan, TensorsNeededAtOneTimeStandApart) {
    MemoryPlan plan;
    const TensorId a = plan.acquire(100, kFloat);
    const TensorId b = plan.acquire(50, kFloat);
    const TensorId c = plan.acquire(10, kFloat);
    plan.allocate();
    EXPECT_EQ(bytes_between(plan, a, b), 448);  // 400 bytes, to the next cache line
    EXPECT_EQ(bytes_between(plan, b, c), 256);
}

TEST(MemoryPlan, ReleasedMemoryServesAgainInParts) {
    MemoryPlan plan;
    const TensorId large = plan.acquire(64, kFloat);
    plan.release(large);
    const TensorId first = plan.acquire(32, kFloat);
    const TensorId second = plan.acquire(32, kFloat);
    plan.allocate();
    EXPECT_EQ(plan[first].data, plan[large].data);
    EXPECT_EQ(bytes_between(plan, large, second), 128);
}

TEST(MemoryPlan, WhatIsHeldTwiceIsKeptUntilBothLetGo) {
    MemoryPlan plan;
    const TensorId held = plan.acquire(16, kFloat);
    plan.hold(held);
    plan.release(held);
    const TensorId beside = plan.acquire(16, kFloat);
    plan.release(held);
    const TensorId after = plan.acquire(16, kFloat);
    plan.allocate();
    EXPECT_NE(plan[beside].data, plan[held].data);
    EXPECT_EQ(plan[after].data, plan[held].data);
}

TEST(MemoryPlan, PrecisionsNeverShare) {
    MemoryPlan plan;
    const TensorId floats = plan.acquire(16, kFloat);
    plan.release(floats);
    const TensorId halves = plan.acquire(16, Precision::kBfloat16);
    plan.allocate();
    EXPECT_NE(plan[halves].data, plan[floats].data);
    EXPECT_EQ(plan[halves].precision, Precision::kBfloat16);
}

}  // namespace
}  // namespace inkling
