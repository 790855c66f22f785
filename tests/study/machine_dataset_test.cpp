#include "study/machine_dataset.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "core/random.h"
#include "data/synthetic.h"
#include "data/synthetic_filling.h"
#include "mutations.h"
#include "refusal.h"

namespace inkling {
namespace {

Dataset some_data() {
    Dataset data = make_synthetic(Part::kTrain, 60, 3);
    data.stored = Orientation::kTransposed;
    data.read_as = "of tests";
    data.assumed = {"one thing", "another"};
    return data;
}

TEST(MachineDataset, IsTheSameInAnotherProcess) {
    const Dataset data = some_data();
    const SealedMemory memory = sealed_dataset(data).value();
    Dataset read = dataset_in(SealedMemory::open(memory.place()).value());
    EXPECT_TRUE(read.images.empty());
    EXPECT_TRUE(std::ranges::equal(read.pixels(), data.images));
    EXPECT_TRUE(std::ranges::equal(read.image(59), data.image(59)));
    EXPECT_EQ(read.labels, data.labels);
    EXPECT_EQ(read.split, data.split);
    EXPECT_EQ(read.part, data.part);
    EXPECT_EQ(read.shape, data.shape);
    EXPECT_EQ(read.class_names, data.class_names);
    EXPECT_EQ(read.writers, data.writers);
    EXPECT_EQ(read.stored, data.stored);
    EXPECT_EQ(describe_assumptions(read), describe_assumptions(data));
    ASSERT_EQ(read.files.size(), 1u);
    EXPECT_EQ(read.files[0].sha256, data.files[0].sha256);
    // It may be copied, and filled up like any other.
    const std::array<std::uint32_t, 3> samples = {0, 1, 2};
    EXPECT_EQ(fill_classes(read, samples, 1, 1).data.images, fill_classes(data, samples, 1, 1).data.images);
    const Dataset copy = read;
    read = {};
    EXPECT_TRUE(std::ranges::equal(copy.pixels(), data.images));
}

TEST(MachineDataset, IsReadOnceOrByEachForItself) {
    Group alone;
    int loads = 0;
    const Dataset data = load_once_a_machine(alone, [&] {
        ++loads;
        return some_data();
    });
    EXPECT_EQ(loads, 1);
    EXPECT_TRUE(std::ranges::equal(data.pixels(), some_data().images));
}

TEST(MachineDataset, IsRefusedWhereItIsDamaged) {
    const SealedMemory memory = sealed_dataset(some_data()).value();
    RandomStream random(1, Purpose::kBenchmark);
    for (int i = 0; i < 500; ++i) {
        Bytes damaged(memory.bytes().begin(), memory.bytes().begin() + 3000);
        mutate(damaged, random);
        auto read = SealedMemory::make(std::array{std::span<const std::byte>(damaged)});
        if (!read) continue;  // nothing is left
        try {
            const Dataset data = dataset_in(std::move(*read));
            ASSERT_EQ(data.pixels().size(), data.size() * data.shape.size());
        } catch (const Error& error) {
            ASSERT_EQ(error.status(), ExitStatus::kFailed) << error.what();
        }
    }
}

}  // namespace
}  // namespace inkling
