#include "serve/json_images.h"

#include <fmt/ranges.h>

#include "mutations.h"
#include "serve/served_folder.h"

namespace inkling::serve {
namespace {

std::string image_text(std::size_t values, int value = 0) {
    return fmt::format("[{}]", fmt::join(std::vector<int>(values, value), ","));
}

TEST(JsonImages, AreAsTheyStandThere) {
    const auto images = parse_json_images("{\"images\": [" + image_text(784, 255) + ", " + image_text(784) + "]}", 2);
    ASSERT_EQ(images.size(), 2u);
    EXPECT_EQ(images[0], [] {
        EmnistImage image;
        image.fill(255);
        return image;
    }());
    EXPECT_EQ(images[1], EmnistImage{});
    EXPECT_EQ(parse_json_images("{\"images\": [[1.0" + image_text(784).substr(2) + "]}", 1)[0][0], 1)
        << "1.0 is a whole number (JSON Schema)";
    EXPECT_TRUE(parse_json_images("{\"images\": []}", 1).empty());
}

TEST(JsonImages, RefusalsSayWhere) {
    const auto refusal = [](const std::string& text) { return refusal_of([&] { parse_json_images(text, 2); }); };
    EXPECT_EQ(refusal(""), "400 the body is no JSON from byte 1 on");
    EXPECT_EQ(refusal("{}"), "400 the JSON has no \"images\"");
    EXPECT_EQ(refusal("[]"), "400 the JSON is a list, expected an object with \"images\"");
    EXPECT_EQ(refusal("{\"pictures\": 1}"), "400 the JSON has the key \"pictures\", expected \"images\", once");
    EXPECT_EQ(refusal("{\"images\": [], \"images\": []}"),
              "400 the JSON has the key \"images\", expected \"images\", once");
    EXPECT_EQ(refusal(R"({"a\u0000\n\u007f": 1})"),
              R"(400 the JSON has the key "a\x00\x0a\x7f", expected "images", once)");
    EXPECT_EQ(refusal("{\"images\": null}"), "400 images is null, expected a list of images");
    EXPECT_EQ(refusal("{\"images\": [7]}"), "400 images[0] is 7, expected a list of 784 values");
    EXPECT_EQ(refusal("{\"images\": [[[]]]}"), "400 images[0][0] is a list, expected a whole number of 0 to 255");
    EXPECT_EQ(refusal("{\"images\": [[0, 256]]}"), "400 images[0][1] is 256, expected a whole number of 0 to 255");
    EXPECT_EQ(refusal("{\"images\": [[-1]]}"), "400 images[0][0] is -1, expected a whole number of 0 to 255");
    EXPECT_EQ(refusal("{\"images\": [[0.5]]}"), "400 images[0][0] is 0.5, expected a whole number of 0 to 255");
    EXPECT_EQ(refusal("{\"images\": [[\"0\"]]}"), "400 images[0][0] is a text, expected a whole number of 0 to 255");
    EXPECT_EQ(refusal("{\"images\": [" + image_text(783) + "]}"), "400 images[0] has 783 values, expected 784");
    EXPECT_EQ(refusal("{\"images\": [" + image_text(785) + "]}"), "400 images[0] has more than 784 values");
    const std::string one = image_text(784);
    EXPECT_EQ(refusal("{\"images\": [" + one + "," + one + "," + one + "]}"), "413 more than 2 images in a request");
}

TEST(JsonImages, DepthTakesNoMemory) {
    EXPECT_EQ(refusal_of([] { parse_json_images(std::string(10'000'000, '['), 1); }),
              "400 the JSON is a list, expected an object with \"images\"");
}

TEST(JsonImages, MutatedTextsAreReadOrRefused) {
    const std::string original = "{\"images\": [" + image_text(784, 200) + "]}";
    int refused = 0;
    for (int i = 0; i < mutated_files(); ++i) {
        RandomStream random(4, Purpose::kBenchmark, static_cast<std::uint32_t>(i));
        const auto bytes = std::as_bytes(std::span(original));
        Bytes text(bytes.begin(), bytes.end());
        mutate(text, random);
        try {
            EXPECT_LE(parse_json_images({reinterpret_cast<const char*>(text.data()), text.size()}, 4).size(), 4u);
        } catch (const Refusal&) {
            ++refused;
        }
    }
    EXPECT_GT(refused, mutated_files() / 2);
    EXPECT_LT(refused, mutated_files());
}

}  // namespace
}  // namespace inkling::serve
