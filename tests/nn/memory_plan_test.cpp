#include "nn/cpu/memory_plan.h"

#include <gtest/gtest.h>

namespace inkling {
namespace {

constexpr auto kFloat = Precision::kFloat32;

/// Of a batch of 4 samples, in slices of 2, for 2 workers.
void allocate(MemoryPlan& plan) { plan.allocate(4, 2, 2); }

const std::byte* where(const MemoryPlan& plan, TensorId id, int sample = 0, int worker = 0) {
    return static_cast<const std::byte*>(plan.at(id, {.first = sample, .count = 2}, worker).data);
}

std::ptrdiff_t bytes_between(const MemoryPlan& plan, TensorId from, TensorId to) {
    return where(plan, to) - where(plan, from);
}

TEST(MemoryPlan, TensorsNeededAtOneTimeStandApart) {
    MemoryPlan plan;
    const TensorId a = plan.acquire(25, kFloat);
    const TensorId b = plan.acquire(12, kFloat);
    const TensorId c = plan.acquire(2, kFloat);
    allocate(plan);
    EXPECT_EQ(bytes_between(plan, a, b), 448);  // 4 x 100 bytes, to the next cache line
    EXPECT_EQ(bytes_between(plan, b, c), 192);
    EXPECT_EQ(where(plan, a, 2) - where(plan, a), 200);
}

TEST(MemoryPlan, ReleasedMemoryServesALaterPhaseInParts) {
    MemoryPlan plan;
    const TensorId large = plan.acquire(16, kFloat);
    plan.next_phase();
    plan.release(large);
    plan.next_phase();
    const TensorId first = plan.acquire(8, kFloat);
    const TensorId second = plan.acquire(8, kFloat);
    allocate(plan);
    EXPECT_EQ(where(plan, first), where(plan, large));
    EXPECT_EQ(bytes_between(plan, large, second), 128);
}

TEST(MemoryPlan, WhatIsReleasedServesTheBatchNoMoreInItsPhase) {
    MemoryPlan plan;
    const TensorId released = plan.acquire(16, kFloat);
    plan.next_phase();
    plan.release(released);
    const TensorId beside = plan.acquire(16, kFloat);
    plan.next_phase();
    plan.release(beside);
    allocate(plan);
    EXPECT_NE(where(plan, beside), where(plan, released));
}

TEST(MemoryPlan, WhatIsNeededInOnePhaseIsTheWorkersAndServesAgainInIt) {
    MemoryPlan plan;
    const TensorId first = plan.acquire(16, kFloat);
    plan.release(first);
    const TensorId second = plan.acquire(16, kFloat);
    plan.release(second);
    allocate(plan);
    EXPECT_EQ(where(plan, first, 0), where(plan, first, 2));
    EXPECT_EQ(where(plan, first), where(plan, second));
    EXPECT_NE(where(plan, first, 0, 0), where(plan, first, 0, 1));
}

TEST(MemoryPlan, WhatIsHeldTwiceIsKeptUntilBothLetGo) {
    MemoryPlan plan;
    const TensorId held = plan.acquire(16, kFloat);
    plan.hold(held);
    plan.release(held);
    const TensorId beside = plan.acquire(16, kFloat);
    plan.release(held);
    const TensorId after = plan.acquire(16, kFloat);
    plan.release(beside);
    plan.release(after);
    allocate(plan);
    EXPECT_NE(where(plan, beside), where(plan, held));
    EXPECT_EQ(where(plan, after), where(plan, held));
}

TEST(MemoryPlan, PrecisionsNeverShare) {
    MemoryPlan plan;
    const TensorId floats = plan.acquire(16, kFloat);
    plan.release(floats);
    const TensorId halves = plan.acquire(16, Precision::kBfloat16);
    plan.release(halves);
    allocate(plan);
    EXPECT_NE(where(plan, halves), where(plan, floats));
    EXPECT_EQ(plan.at(halves, {}, 0).precision, Precision::kBfloat16);
}

}  // namespace
}  // namespace inkling
