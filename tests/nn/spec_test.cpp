#include "nn/spec.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "nn/spec_toml.h"
#include "refusal.h"

namespace inkling {
namespace {

LayerSpec layer(LayerSpec::Kind kind) { return {std::move(kind), ""}; }

NetworkSpec read(const std::string& text, std::vector<std::string> overrides = {}) {
    Config network = Config::parse("[network]\n" + text, "a.toml", overrides).table("network");
    return read_network(network);
}

/// One line for each layer, "0 conv2d 8 filters, 3x3".
std::vector<std::string> descriptions(const NetworkSpec& spec, int classes = 47) {
    std::vector<std::string> lines;
    for (const LayerSummary& summary : summarize(spec, classes))
        lines.push_back(summary.name + " " + summary.description);
    return lines;
}

std::size_t parameter_count(const NetworkSpec& spec, int classes = 47) {
    std::size_t count = 0;
    for (const LayerSummary& summary : summarize(spec, classes)) count += summary.parameters;
    return count;
}

TEST(Spec, NamesAreTheFields) {
    EXPECT_STREQ(initialization_name(Initialization::kAuto), "auto");
    EXPECT_STREQ(initialization_name(Initialization::kOrthogonal), "orthogonal");
}

TEST(Spec, OutputShapesArePyTorchs) {
    const Shape image{3, 28, 27};
    EXPECT_EQ(output_shape(layer(Conv2dSpec{8, 3, 2, 1}), image), (Shape{8, 14, 14}));
    EXPECT_EQ(output_shape(layer(Conv2dSpec{8, 5, 1, 0}), image), (Shape{8, 24, 23}));
    EXPECT_EQ(output_shape(layer(MaxPool2dSpec{}), image), (Shape{3, 14, 13}));
    EXPECT_EQ(output_shape(layer(AvgPool2dSpec{3, 2}), image), (Shape{3, 13, 13}));
    EXPECT_EQ(output_shape(layer(GlobalAvgPoolSpec{}), image), (Shape{3, 1, 1}));
    EXPECT_EQ(output_shape(layer(FlattenSpec{}), image), (Shape{2268, 1, 1}));
    EXPECT_EQ(output_shape(layer(BatchNormSpec{}), image), image);
    EXPECT_EQ(output_shape(layer(DenseSpec{5}), {7, 1, 1}), (Shape{5, 1, 1}));
}

TEST(Spec, RefusesShapesThatDoNotFit) {
    const LayerSpec pool{MaxPool2dSpec{}, "a.toml:7"};
    EXPECT_EQ(
        usage_refusal([&] {
            output_shape(pool, {128, 1, 1});
        }),
        "a.toml:7: max_pool2d of 2x2 does not fit into its input (128, 1, 1); use a smaller kernel or fewer pools "
        "before it");
    const LayerSpec conv{Conv2dSpec{8}, "a.toml:8"};
    EXPECT_EQ(usage_refusal([&] {
                  output_shape(conv, {64, 1, 1});
              }),
              "a.toml:8: conv2d takes an image, not 64 numbers; put it before the flatten, or leave out a pool before "
              "it, which left one pixel of each map");
    EXPECT_EQ(usage_refusal([&] {
                  output_shape(layer(DenseSpec{8}), {1, 28, 28});
              }),
              "dense takes a vector, not an image of (1, 28, 28); put a flatten before it");
    EXPECT_EQ(usage_refusal([&] {
                  output_shape(layer(Conv2dSpec{8, 3, 1, 3}), {1, 28, 28});
              }),
              "padding is 3, expected 0 to 2");
    EXPECT_EQ(usage_refusal([&] {
                  output_shape(layer(Conv2dSpec{0}), {1, 28, 28});
              }),
              "filters is 0, expected 1 to 65536");
    EXPECT_EQ(usage_refusal([&] {
                  output_shape(layer(DropoutSpec{1.0f}), {1, 28, 28});
              }),
              "p is 1, expected 0 to less than 1");
    EXPECT_THROW(output_shape(layer(ResidualSpec{}), {1, 28, 28}), Error);
}

TEST(Spec, CompletesWithAFlattenOnlyWhereOneIsMissing) {
    NetworkSpec spec;
    spec.layers = {layer(Conv2dSpec{4})};
    EXPECT_EQ(descriptions(spec, 10),
              (std::vector<std::string>{"0 conv2d 4 filters, 3x3, padding 1", "1 flatten", "2 dense 10 units"}));
    spec.layers.push_back(layer(FlattenSpec{}));
    EXPECT_EQ(complete_layers(spec, 10).size(), 3u);
    spec.layers = {layer(GlobalAvgPoolSpec{})};
    EXPECT_EQ(complete_layers(spec, 10).size(), 2u);
}

TEST(Spec, CountsParametersAsPyTorchDoes) {
    // sum(p.numel() for p in model.parameters()) of the same networks.
    EXPECT_EQ(parameter_count(read("family = \"mlp\"\nhidden = [512, 256, 128]\n")), 573999u);
    EXPECT_EQ(parameter_count(read("family = \"cnn\"\n")), 400367u);
}

TEST(Spec, SummarizesAResidualBlockWithItsShortcut) {
    NetworkSpec spec;
    spec.layers = {layer(Conv2dSpec{16}),
                   layer(ResidualSpec{{layer(Conv2dSpec{32, 3, 2, 1, false}), layer(BatchNormSpec{})}}),
                   layer(ResidualSpec{{layer(Conv2dSpec{32}), layer(ActivationSpec{})}})};
    const std::vector<LayerSummary> summaries = summarize(spec, 10);
    EXPECT_EQ(descriptions(spec, 10)[1], "1 residual, shortcut conv2d 32 filters, 1x1, stride 2, no bias, batch_norm");
    EXPECT_EQ(summaries[1].parameters, 16u * 32 + 2 * 32);
    EXPECT_EQ(summaries[1].output, (Shape{32, 14, 14}));
    EXPECT_EQ(summaries[2].name, "1.body.0");
    EXPECT_EQ(summaries[2].parameters, 9u * 16 * 32);
    EXPECT_EQ(summaries[4].description, "residual");
    EXPECT_EQ(summaries[4].parameters, 0u);
}

TEST(Spec, ShortcutsFollowTheBodysStride) {
    EXPECT_EQ(residual_shortcut({16, 28, 28}, {32, 14, 14})->stride, 2);
    EXPECT_EQ(residual_shortcut({16, 7, 7}, {32, 4, 4})->stride, 2);
    EXPECT_EQ(residual_shortcut({16, 7, 7}, {32, 7, 7})->stride, 1);
    EXPECT_FALSE(residual_shortcut({16, 7, 7}, {16, 9, 9}).has_value());
    EXPECT_FALSE(residual_shortcut({16, 28, 28}, {16, 13, 14}).has_value());
    EXPECT_FALSE(residual_shortcut({16, 28, 28}, {16, 26, 26}).has_value());
}

TEST(Spec, BoundsValuesAndParameters) {
    NetworkSpec wide;
    wide.layers = {{Conv2dSpec{65536}, "a.toml:3"}};
    EXPECT_EQ(usage_refusal([&] { complete_layers(wide, 10); }),
              "a.toml:3: conv2d 65536 filters, 3x3, padding 1 makes 51380224 values of one sample, more than 16777216");
    NetworkSpec heavy;
    heavy.layers = {layer(FlattenSpec{}), layer(DenseSpec{32000}), {DenseSpec{33000}, "a.toml:5"}};
    EXPECT_EQ(usage_refusal([&] { complete_layers(heavy, 10); }),
              "a.toml:5: with this layer the network has 1081153000 parameters, more than 1073741824");
    heavy.layers.back().kind = DenseSpec{65536};
    EXPECT_THROW(complete_layers(heavy, 10), Error);
}

TEST(Families, MlpHasTheLayersOfItsPyTorchTwin) {
    EXPECT_EQ(descriptions(read("family = \"mlp\"\nhidden = [64, 32]\ndropout = [0.0, 0.2]\nbias = false\n")),
              (std::vector<std::string>{"0 flatten", "1 dense 64 units, no bias", "2 batch_norm", "3 relu",
                                        "4 dense 32 units, no bias", "5 batch_norm", "6 relu", "7 dropout 0.2",
                                        "8 dense 47 units"}));
}

TEST(Families, CnnOrdersItsBlocksAsPyTorchUsersDo) {
    const std::string text =
        "family = \"cnn\"\nfilters = [8, 16]\nkernel = 5\nconvolutions_per_block = 2\npool = \"avg\"\n"
        "batch_norm = false\nactivation = \"leaky_relu\"\nalpha = 0.2\nconv_dropout = [0.1, 0.2]\n"
        "head = \"global_average\"\ndense = [32]\ndense_batch_norm = true\ndense_dropout = 0.5\n";
    EXPECT_EQ(descriptions(read(text)),
              (std::vector<std::string>{"0 conv2d 8 filters, 5x5, padding 2", "1 leaky_relu 0.2",
                                        "2 conv2d 8 filters, 5x5, padding 2", "3 leaky_relu 0.2", "4 avg_pool2d 2x2",
                                        "5 dropout 0.1", "6 conv2d 16 filters, 5x5, padding 2", "7 leaky_relu 0.2",
                                        "8 conv2d 16 filters, 5x5, padding 2", "9 leaky_relu 0.2", "10 avg_pool2d 2x2",
                                        "11 dropout 0.2", "12 global_avg_pool", "13 flatten", "14 dense 32 units",
                                        "15 batch_norm", "16 leaky_relu 0.2", "17 dropout 0.5", "18 dense 47 units"}));
    EXPECT_EQ(descriptions(read(text, {"network.conv_dropout=0.3", "network.pool=none"})).at(8), "8 dropout 0.3");
}

TEST(Families, ErrorsNameTheKeyThatMadeTheLayer) {
    EXPECT_EQ(usage_refusal([] { read("family = \"cnn\"\nfilters = [8, 8, 8, 8, 8]\n"); }).substr(0, 9), "a.toml:3:");
    EXPECT_EQ(usage_refusal([] { read("family = \"cnn\"\nhidden = [8]\n"); }),
              "a.toml:3: network.hidden is not for the family cnn, only for mlp");
    EXPECT_EQ(usage_refusal([] { read("family = \"mlp\"\nhidden = [8]\ndropout = [0.1, 0.2]\n"); }),
              "a.toml:4: network.dropout is a list of 2, expected a number or a list of 1, one for each part");
    EXPECT_EQ(usage_refusal([] { read("family = \"mlp\"\nalpha = 0.2\n"); }),
              "a.toml:3: network.alpha is not for relu, only for leaky_relu, elu");
    EXPECT_EQ(usage_refusal([] { read("family = \"mpl\"\n"); }),
              "a.toml:2: network.family is \"mpl\", expected one of mlp, cnn; did you mean mlp?");
    EXPECT_EQ(usage_refusal([] { read("initialization = \"auto\"\n"); }),
              "a.toml:1: network.family is missing: one of mlp, cnn, or a list of layers under network.layers");
}

TEST(LayerLists, ReadEveryTypeWithPyTorchsDefaults) {
    const NetworkSpec spec = read(R"(
layers = [
    {type = "conv2d", filters = 8, kernel = 5},
    {type = "batch_norm"},
    {type = "activation", kind = "elu"},
    {type = "leaky_relu"},
    {type = "max_pool2d", kernel = 3},
    {type = "residual", layers = [{type = "conv2d", filters = 8}, {type = "residual", layers = [{type = "mish"}]}]},
    {type = "avg_pool2d"},
    {type = "dropout"},
    {type = "global_avg_pool"},
    {type = "flatten"},
    {type = "dense", units = 12, bias = false},
]
)");
    EXPECT_EQ(descriptions(spec),
              (std::vector<std::string>{
                  "0 conv2d 8 filters, 5x5, padding 2", "1 batch_norm", "2 elu 1", "3 leaky_relu 0.01",
                  "4 max_pool2d 3x3", "5 residual", "5.body.0 conv2d 8 filters, 3x3, padding 1", "5.body.1 residual",
                  "5.body.1.body.0 mish", "6 avg_pool2d 2x2", "7 dropout 0.5", "8 global_avg_pool", "9 flatten",
                  "10 dense 12 units, no bias", "11 dense 47 units"}));
    EXPECT_EQ(spec.layers[2].origin, "a.toml:6");
}

TEST(LayerLists, ErrorsNameTheLine) {
    EXPECT_EQ(usage_refusal([] {
                  read(
                      "[[network.layers]]\ntype = \"flatten\"\n[[network.layers]]\ntype = \"conv2d\"\n"
                      "filters = 3\n");
              }).substr(0, 42),
              "a.toml:4: conv2d takes an image, not 784 n");
    EXPECT_EQ(usage_refusal([] { read("layers = [{type = \"dense\", unit = 3}]\n"); }),
              "a.toml:2: unknown key network.layers[0].unit; did you mean units?");
    EXPECT_EQ(usage_refusal([] { read("layers = [{type = \"dense\"}]\n"); }),
              "a.toml:2: network.layers[0].units is missing");
    EXPECT_EQ(usage_refusal([] { read("layers = [{type = \"relu\", alpha = 1}]\n"); }),
              "a.toml:2: network.layers[0].alpha is not for relu, only for leaky_relu, elu");
    EXPECT_NE(usage_refusal([] { read("layers = [{type = \"conv2\", filters = 3}]\n"); }).find("did you mean conv2d?"),
              std::string::npos);
    EXPECT_NE(
        usage_refusal([] { read("layers = [{filters = 3}]\n"); }).find("layers[0].type is missing, one of dense,"),
        std::string::npos);
    EXPECT_EQ(usage_refusal([] { read("family = \"mlp\"\nlayers = []\n"); }),
              "a.toml:3: network.layers is a list of layers and stands in place of a family; take one of them away");
    EXPECT_EQ(usage_refusal([] { read("layers = []\nfilters = [3]\n"); }),
              "a.toml:3: network.filters is for a family, not for a list of layers");
}

TEST(LayerLists, AreBoundedInNumberAndDepth) {
    std::string many = "layers = [\n";
    for (int i = 0; i < 1025; ++i) many += "{type = \"relu\"},\n";
    EXPECT_EQ(usage_refusal([&] { read(many + "]\n"); }),
              "a.toml:2: network.layers is a list of 1025, expected 1024 at most");
    std::string deep;
    for (int i = 0; i < 9; ++i) deep += "[{type = \"residual\", layers = ";
    deep += "[{type = \"relu\"}]";
    for (int i = 0; i < 9; ++i) deep += "}]";
    EXPECT_NE(usage_refusal([&] { read("layers = " + deep + "\n"); }).find("nests deeper than 8 residuals"),
              std::string::npos);
}

TEST(LayerLists, AndFamiliesReplaceEachOtherWhenOverridden) {
    const std::string layers = "layers = [{type = \"flatten\"}]\n";
    EXPECT_EQ(descriptions(read(layers, {"network.family=mlp", "network.hidden=[4]"})).at(1), "1 dense 4 units");
    const std::string family = "family = \"cnn\"\nfilters = [8]\nactivation = \"elu\"\nalpha = 2.0\n";
    EXPECT_EQ(descriptions(read(family, {"network.layers=[{type = \"flatten\"}]"})),
              (std::vector<std::string>{"0 flatten", "1 dense 47 units"}));
    EXPECT_EQ(descriptions(read(family, {"network.family=mlp", "network.hidden=[4]"})).at(3), "3 elu 2");
    EXPECT_EQ(descriptions(read(family, {"network.activation=relu"})).at(2), "2 relu");
}

TEST(NetworkToml, ReadsBackWhatItWrote) {
    const std::string text = R"(
input = [2, 16, 12]
initialization = "orthogonal"
layers = [
    {type = "conv2d", filters = 8, kernel = 5, stride = 2, padding = 1, bias = false},
    {type = "batch_norm", momentum = 0.3, eps = 1e-4},
    {type = "leaky_relu", alpha = 0.3},
    {type = "residual", layers = [{type = "conv2d", filters = 16}, {type = "gelu"}]},
    {type = "max_pool2d", kernel = 3, stride = 1},
    {type = "flatten"},
    {type = "dropout", p = 0.7},
    {type = "dense", units = 12},
]
)";
    const NetworkSpec spec = read(text);
    const std::string written = to_toml(spec);
    Config config = Config::parse(written, "b.toml").table("network");
    const NetworkSpec again = read_network(config);
    EXPECT_EQ(to_toml(again), written);
    EXPECT_EQ(descriptions(again), descriptions(spec));
    EXPECT_EQ(again.input, (Shape{2, 16, 12}));
    EXPECT_EQ(again.initialization, Initialization::kOrthogonal);
    EXPECT_EQ(std::get<BatchNormSpec>(again.layers[1].kind).eps, 1e-4f);
}

}  // namespace
}  // namespace inkling
