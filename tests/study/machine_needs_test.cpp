#include "study/machine_needs.h"

#include <gtest/gtest.h>

#include "planted.h"

namespace inkling {
namespace {

constexpr auto kFp32 = PrecisionChoice::kFp32;
constexpr auto kBf16 = PrecisionChoice::kBf16;
constexpr auto kAuto = PrecisionChoice::kAuto;

StudyRecipe with_precision(const std::string& precision, std::vector<Technique> techniques = {}) {
    StudyRecipe study = planted_study(std::move(techniques));
    study.families[0].baseline += "\n[training]\nprecision = \"" + precision + "\"\n";
    return study;
}

TEST(MachineNeeds, AreThoseOfTheBaseline) {
    EXPECT_EQ(needs_of(with_precision("fp32"), kBf16), (MachineNeeds{.automatic = kBf16, .bfloat16 = false}));
    EXPECT_EQ(needs_of(with_precision("bf16"), kFp32), (MachineNeeds{.automatic = kFp32, .bfloat16 = true}));
    EXPECT_EQ(needs_of(with_precision("auto"), kFp32), (MachineNeeds{.automatic = kFp32, .bfloat16 = false}));
    EXPECT_EQ(needs_of(with_precision("auto"), kBf16), (MachineNeeds{.automatic = kBf16, .bfloat16 = true}));
    EXPECT_EQ(needs_of(with_precision("auto"), kAuto), (MachineNeeds{.automatic = kAuto, .bfloat16 = true}));
}

TEST(MachineNeeds, AreThoseOfAnyOption) {
    const auto needs = [](const std::string& set, PrecisionChoice automatic) {
        const Technique activations = choice("activation", "network.activation", {"relu", "elu"});
        const Technique precision{"precision", {{.name = "other", .set = {"network.filters=[8]", set}}}};
        return needs_of(with_precision("fp32", {activations, precision}), automatic).bfloat16;
    };
    EXPECT_TRUE(needs("training.precision=bf16", kFp32));
    EXPECT_TRUE(needs("training.precision = \"bf16\"", kFp32));
    EXPECT_TRUE(needs("training.precision=auto", kBf16));
    EXPECT_FALSE(needs("training.precision=auto", kFp32));
    EXPECT_FALSE(needs("training.precision=fp32", kBf16));
    EXPECT_FALSE(needs("training.batch_size=16", kBf16));
}

TEST(MachineNeeds, SettleAutoAsATrainingHereDoes) {
    EXPECT_EQ(needs_of(with_precision("auto")).automatic, automatic_precision());
}

}  // namespace
}  // namespace inkling
