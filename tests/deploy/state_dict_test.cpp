#include "deploy/state_dict.h"

#include <gtest/gtest.h>

#include "core/files.h"
#include "deploy/random_model.h"
#include "nn/safetensors.h"
#include "refusal.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

class StateDictFile : public testing::Test {
  protected:
    /// Writes the model's tensors, each name behind a prefix, with what PyTorch counts and more.
    void write(const std::string& prefix, const std::vector<NamedTensor>& more = {}) {
        const ParameterLayout layout = parameter_layout(model.recipe.network, model.classes());
        std::vector<NamedTensor> tensors = more;
        const auto add = [&](const std::vector<TensorInfo>& infos, std::span<const float> values) {
            for (const TensorInfo& info : infos)
                tensors.push_back({prefix + info.name,
                                   {info.shape.begin(), info.shape.end()},
                                   values.subspan(info.offset, info.size)});
        };
        add(layout.parameters, model.parameters);
        add(layout.statistics, model.statistics);
        tensors.push_back({prefix + "1.num_batches_tracked", {}, std::span(&kBatches, 1)});
        write_file(path, encode_safetensors(tensors, {}));
    }

    std::string refused() const {
        return data_refusal([&] { import_state_dict(path, context); });
    }

    static constexpr std::int64_t kBatches = 7;
    TemporaryFolder folder;
    std::filesystem::path path = folder / "dict.safetensors";
    Model model = random_model(
        network_of({1, 28, 28}, {Conv2dSpec{.filters = 3}, BatchNormSpec{}, SqueezeExcitationSpec{2}}), 10);
    StateDictContext context{.recipe = model.recipe, .normalization = {0.1f, 0.3f}};
};

TEST_F(StateDictFile, BecomesTheModelThatItCameOf) {
    for (const char* prefix : {"", "module.", "model.0."}) {
        write(prefix);
        const Model imported = import_state_dict(path, context);
        EXPECT_EQ(imported.parameters, model.parameters) << prefix;
        EXPECT_EQ(imported.statistics, model.statistics) << prefix;
        EXPECT_EQ(imported.class_names, model.class_names);
        EXPECT_EQ(imported.normalization.deviation, 0.3f);
    }
}

TEST_F(StateDictFile, HasTheClassesOfASplit) {
    write("");
    context.split = "digits";
    EXPECT_EQ(import_state_dict(path, context).class_names[9], "9");
    context.split = "letters";
    EXPECT_TRUE(contains(refused(), "10 classes, expected the 26 of split letters"));
}

TEST_F(StateDictFile, IsRefusedWhereItIsOfAnotherNetwork) {
    write("");
    context.recipe.network = network_of({1, 28, 28}, {Conv2dSpec{.filters = 4}, BatchNormSpec{}});
    EXPECT_TRUE(contains(refused(), "no tensor \"3.weight\""));
    context.recipe.network =
        network_of({1, 28, 28}, {Conv2dSpec{.filters = 3, .kernel = 5}, BatchNormSpec{}, SqueezeExcitationSpec{2}});
    EXPECT_TRUE(contains(refused(), "tensor 0.weight has shape (3, 1, 3, 3), expected (3, 1, 5, 5)"));
    context.recipe.network = model.recipe.network;
    write("", {{"5.bias", {1}, std::span<const float>(model.parameters).first(1)}});
    EXPECT_TRUE(contains(refused(), "tensor 5.bias has no place in the recipe's network"));
}

TEST_F(StateDictFile, IsRefusedWhereAWeightIsNotFinite) {
    model.parameters[3] = std::numeric_limits<float>::quiet_NaN();
    write("");
    EXPECT_TRUE(contains(refused(), "not finite"));
}

}  // namespace
}  // namespace inkling
