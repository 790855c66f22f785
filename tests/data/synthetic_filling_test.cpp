#include "data/synthetic_filling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "data/synthetic.h"
#include "refusal.h"

namespace inkling {
namespace {

/// Synthetic images of other writers, of which only some are learned: 6 A, 3 B, 1 f, and a C that is not.
struct Uneven {
    Dataset data = make_synthetic(Part::kTest, 47 * 8);
    std::vector<std::uint32_t> samples;

    Uneven() {
        for (const auto& [name, count] : {std::pair{"A", 6}, {"B", 3}, {"f", 1}}) take(name, count);
        std::ranges::sort(samples);
    }

    std::uint8_t label(const std::string& name) const {
        return static_cast<std::uint8_t>(std::ranges::find(data.class_names, name) - data.class_names.begin());
    }

    void take(const std::string& name, int count) {
        for (std::uint32_t i = 0; count > 0; ++i)
            if (data.labels[i] == label(name)) {
                samples.push_back(i);
                --count;
            }
    }
};

std::size_t count_of(const FilledData& filled, std::uint8_t label) {
    return static_cast<std::size_t>(std::ranges::count_if(
        filled.samples, [&](std::uint32_t sample) { return filled.data.labels[sample] == label; }));
}

TEST(SyntheticFilling, FillsThinClassesUpToAShareOfTheLargest) {
    const Uneven uneven;
    const FilledData filled = fill_classes(uneven.data, uneven.samples, 0.5, 1);
    EXPECT_EQ(count_of(filled, uneven.label("A")), 6u);
    for (const char* name : {"B", "f", "C", "0"}) EXPECT_EQ(count_of(filled, uneven.label(name)), 3u) << name;
    EXPECT_EQ(filled.samples.size(), 6u + 46 * 3);
    EXPECT_TRUE(std::ranges::is_sorted(filled.samples));
    EXPECT_EQ(filled.data.images.size(), filled.data.size() * 784);
    EXPECT_TRUE(std::ranges::equal(std::span(filled.data.images).first(uneven.data.images.size()), uneven.data.images));
}

TEST(SyntheticFilling, AddsAnotherWritersImageOfTheClassEachTime) {
    const Uneven uneven;
    const FilledData filled = fill_classes(uneven.data, uneven.samples, 1, 1);
    std::set<std::vector<std::uint8_t>> added;
    for (std::size_t i = uneven.data.size(); i < filled.data.size(); ++i) {
        const auto image = filled.data.image(i);
        added.insert({image.begin(), image.end()});
    }
    EXPECT_EQ(added.size(), filled.data.size() - uneven.data.size());
    // The first synthetic writer's f is the first that is added to class f.
    std::uint32_t index = 0;
    while (synthetic_label(1, Part::kTrain, index) != uneven.label("f")) ++index;
    const SyntheticImage expected = make_synthetic_image(1, Part::kTrain, index);
    const auto sample = std::ranges::find_if(filled.samples, [&](std::uint32_t i) {
        return i >= uneven.data.size() && filled.data.labels[i] == uneven.label("f");
    });
    EXPECT_TRUE(std::ranges::equal(filled.data.image(*sample), expected.pixels));
}

TEST(SyntheticFilling, IsAFunctionOfTheSeed) {
    const Uneven uneven;
    EXPECT_EQ(fill_classes(uneven.data, uneven.samples, 1, 1).data.images,
              fill_classes(uneven.data, uneven.samples, 1, 1).data.images);
    EXPECT_NE(fill_classes(uneven.data, uneven.samples, 1, 1).data.images,
              fill_classes(uneven.data, uneven.samples, 1, 2).data.images);
}

TEST(SyntheticFilling, RefusesClassesThatCannotBeWritten) {
    Uneven uneven;
    uneven.data.class_names[uneven.label("f")] = "\u03c6";
    EXPECT_EQ(usage_refusal([&] { fill_classes(uneven.data, uneven.samples, 0.5, 1); }),
              "training.synthetic_fill: class \"\u03c6\" lacks 2 images, and the synthetic writer does not know it, "
              "expected classes of EMNIST Balanced");
    uneven.data.shape = {1, 28, 14};
    EXPECT_EQ(usage_refusal([&] { fill_classes(uneven.data, uneven.samples, 0.5, 1); }),
              "training.synthetic_fill: images are 28x14, synthetic ones 28x28");
}

}  // namespace
}  // namespace inkling
