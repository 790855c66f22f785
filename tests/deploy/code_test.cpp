#include <gtest/gtest.h>

#include "core/files.h"
#include "deploy/code/pieces.h"
#include "deploy/code/source_file.h"
#include "deploy/export_networks.h"
#include "refusal.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

TEST(EveryActivation, IsRunByCode) {
    for_each_kind<Activation>([](const auto& kind) {
        EXPECT_TRUE(contains(std::string(code_piece(kind.kName)), "static void apply_" + std::string(kind.kName)));
    });
}

class SourceFile : public testing::Test {
  protected:
    std::string text_of(CodeLanguage language) const {
        save_source(folder / "network", model, language, WeightFormat::kInt8, "1");
        return read_text(folder / "network");
    }

    TemporaryFolder folder;
    Model model = random_model(network_of(kImage, {FlattenSpec{}, DenseSpec{.units = 4}, kTanh}), 3);
};

TEST_F(SourceFile, CannotBeLeftByWhatNamesSay) {
    model.recipe.name = model.split = "*/ int main() {} // ?\?/\n\\";
    model.class_names[1] = "\"};\n?\?/\\";
    for (const CodeLanguage language : {CodeLanguage::kC99, CodeLanguage::kCpp17}) {
        const std::string text = text_of(language);
        EXPECT_TRUE(contains(text, "/* _/ int main() {} // __/__: a trained network"));
        EXPECT_TRUE(contains(text, "    \"\\042};\\012\\077\\077/\\134\",\n"));
    }
}

TEST_F(SourceFile, HasNoFunctionThatItDoesNotCall) {
    const std::string text = text_of(CodeLanguage::kC99);
    EXPECT_TRUE(contains(text, "static void apply_tanh("));
    EXPECT_FALSE(text.find("conv2d") != std::string::npos);
    EXPECT_FALSE(text.find("apply_relu") != std::string::npos);
}

TEST_F(SourceFile, TellsWhatItTakes) {
    const CodeNeeds needs = save_source(folder / "network", model, CodeLanguage::kC99, WeightFormat::kInt8, "1");
    const std::size_t numbers = 2 * (4 + 3);  // a factor and a bias of each output
    EXPECT_EQ(needs.constant_bytes, 784 * 4 + 4 * 3 + numbers * sizeof(float));
    EXPECT_EQ(needs.work_bytes, 2 * 784 * sizeof(float));
}

TEST_F(SourceFile, RefusesNumbersThatAreNotFinite) {
    model.recipe.network = network_of(kImage, {FlattenSpec{}, BatchNormSpec{.eps = 1e-30f}});
    const ParameterLayout layout = parameter_layout(model.recipe.network, 3);
    model.parameters.assign(layout.parameter_count, 3e38f);
    model.statistics.assign(layout.statistics_count, 0);
    EXPECT_TRUE(contains(refusal_with(ExitStatus::kFailed, [&] { text_of(CodeLanguage::kC99); }), "inf"));
}

}  // namespace
}  // namespace inkling
