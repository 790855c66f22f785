#include <algorithm>

#include "cli/trained_runs.h"
#include "data/idx.h"
#include "pictures/png.h"
#include "refusal.h"

namespace inkling {
namespace {

class PredictCommand : public TrainedRuns {
  protected:
    void SetUp() override {
        TrainedRuns::SetUp();
        train("b", "1", {"--set", "training.calibrate=true"});
    }

    /// A stroke of the toy classes, as grey as theirs are on average, in EMNIST's form, as a PNG with white ink.
    void write_stroke(const std::string& name, std::size_t label) const {
        std::vector<std::uint8_t> pixels(kPixels, 255);  // png_of() takes ink for black
        for (std::size_t row = 1; row + 1 < kSide; ++row)
            for (std::size_t column = 1; column + 1 < kSide; ++column) pixels[row * kSide + column] = 225;
        for (std::size_t row = 3; row < 25; ++row) pixels[row * kSide + 4 + 6 * label] = 128;
        write_file(folder_ / name, png_of(pixels, kIdxImageShape));
    }
};

TEST_F(PredictCommand, ReadsPicturesAndTellsOfThoseThatItCannotRead) {
    for (std::size_t label = 0; label < 4; ++label) write_stroke(fmt::format("{}.png", label), label);
    write_file(folder_ / "broken.png", "no picture");
    const ProgramEnd end = run({"predict", "b", "0.png", "broken.png", "1.png", "none.png", "2.png", "3.png", "--json",
                                "read.json", "--explain", "why.png"});
    EXPECT_EQ(end.status, 3) << end.output;
    EXPECT_TRUE(contains(end.output, "inkling: broken.png: no picture, expected PNG, JPEG, BMP, PNM, TIFF or WebP\n"));
    EXPECT_TRUE(contains(end.output, "inkling: none.png: cannot open"));
    EXPECT_TRUE(contains(end.output, "inkling: 2 of 6 pictures could not be read\n"));
    const auto pictures = json("read.json")["pictures"];
    ASSERT_EQ(pictures.size(), 6u);
    int right = 0;
    for (const std::size_t at : {0u, 2u, 4u, 5u}) {
        const auto& character = pictures[at]["characters"][0];
        EXPECT_EQ(character["box"], (nlohmann::json{{"x", 0}, {"y", 0}, {"width", 28}, {"height", 28}}));
        double sum = 0, last = 1;
        for (const auto& each : character["classes"]) {
            EXPECT_LE(each["probability"], last);
            last = each["probability"];
            sum += last;
        }
        EXPECT_NEAR(sum, 1, 1e-5);
        EXPECT_EQ(character["set"][0], character["classes"][0]["name"]);
        if (pictures[at]["file"] == character["classes"][0]["name"].get<std::string>() + ".png") ++right;
    }
    EXPECT_EQ(right, 4) << end.output;
    EXPECT_TRUE(contains(pictures[1]["error"], "no picture"));
    EXPECT_FALSE(pictures[1].contains("characters"));
    EXPECT_EQ(read_text(folder_ / "why.png").substr(1, 3), "PNG");
}

TEST_F(PredictCommand, HasNoSetsWithoutCalibration) {
    write_stroke("1.png", 1);
    const ProgramEnd end = run({"predict", "a", "1.png", "--json", "read.json"});
    EXPECT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(end.output.starts_with("note: this network was not calibrated")) << end.output;
    EXPECT_TRUE(contains(end.output, "\n1.png: 1 "));
    EXPECT_FALSE(json("read.json")["pictures"][0]["characters"][0].contains("set"));
}

TEST_F(PredictCommand, LimitsTheClassesAndSaysWhereThereIsNoInk) {
    write_stroke("2.png", 2);
    write_file(folder_ / "blank.png", png_of(std::vector<std::uint8_t>(50 * 40, 9), {1, 40, 50}));
    const ProgramEnd end = run({"predict", "b/model.safetensors", "2.png", "blank.png", "--charset", "01", "--top", "9",
                                "--coverage", "0.99"});
    EXPECT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "blank.png: no ink\n"));
    EXPECT_EQ(end.output.find("2 "), std::string::npos) << end.output;
    EXPECT_TRUE(contains(end.output, " at 99%)"));
    const ProgramEnd other = run({"predict", "b", "2.png", "--charset", "xyz"});
    EXPECT_EQ(other.status, 2);
    EXPECT_TRUE(contains(other.output, "--charset xyz: the network has no class x, expected some of 0 1 2 3"));
    const ProgramEnd none = run({"predict", "nothing", "2.png"});
    EXPECT_EQ(none.status, 3);
    EXPECT_EQ(std::count(none.output.begin(), none.output.end(), '\n'), 1) << none.output;
    EXPECT_EQ(run({"predict", "b"}).status, 2);
}

TEST_F(PredictCommand, ReadsAPageWithBoxesAndWords) {
    constexpr int kWidth = 300, kHeight = 200;
    std::vector<std::uint8_t> ink(kWidth * kHeight, 20);
    for (const auto& [left, top] : {std::pair(40, 30), std::pair(60, 30), std::pair(200, 30), std::pair(40, 120)})
        for (int y = top; y < top + 40; ++y)
            for (int x = left; x < left + 6; ++x) ink[static_cast<std::size_t>(y * kWidth + x)] = 230;
    write_file(folder_ / "page.png", png_of(ink, {1, kHeight, kWidth}));
    write_file(folder_ / "words.txt", "3210\n");
    const ProgramEnd end = run(
        {"predict", "b", "page.png", "--text", "--boxes", "boxes.png", "--words", "words.txt", "--json", "read.json"});
    EXPECT_EQ(end.status, 0) << end.output;
    const auto page = json("read.json")["pictures"][0];
    const std::string text = page["text"];
    EXPECT_EQ(end.output, text);
    ASSERT_EQ(text.size(), 7u) << text;
    EXPECT_EQ(text[2], ' ');
    EXPECT_EQ(text[4], '\n');
    ASSERT_EQ(page["characters"].size(), 4u);
    const auto& box = page["characters"][2]["box"];
    EXPECT_NEAR(box["x"], 200, 2);
    EXPECT_NEAR(box["y"], 30, 2);
    EXPECT_NEAR(box["height"], 40, 4);
    EXPECT_TRUE(page["characters"][0]["is_character"].is_boolean());
    EXPECT_EQ(read_text(folder_ / "boxes.png").substr(1, 3), "PNG");
    const ProgramEnd two = run({"predict", "b", "page.png", "none.png", "--text"});
    EXPECT_EQ(two.status, 3);
    EXPECT_TRUE(contains(two.output, "page.png:\n" + text));
}

TEST_F(PredictCommand, SaysWhatIsOfPagesOnly) {
    write_stroke("1.png", 1);
    const auto refused = [&](const std::vector<std::string>& options, const std::string& message) {
        std::vector<std::string> arguments = {"predict", "b", "1.png"};
        arguments.insert(arguments.end(), options.begin(), options.end());
        const ProgramEnd end = run(arguments);
        EXPECT_EQ(end.status, 2) << end.output;
        EXPECT_TRUE(contains(end.output, message));
    };
    refused({"--boxes", "x.png"}, "--boxes: of pages only; add --text");
    refused({"--words", "x.txt"}, "--words: of pages only; add --text");
    refused({"1.png", "--text", "--boxes", "x.png"}, "--boxes x.png: 2 pictures, expected one");
    refused({"--text", "--explain", "x.png"}, "--explain");
    EXPECT_EQ(run({"predict", "b", "1.png", "--text", "--words", "none.txt"}).status, 3);
}

TEST_F(PredictCommand, TellsWhatIsNoCharacter) {
    write_stroke("1.png", 1);
    std::vector<std::uint8_t> pixels(kPixels, 255);
    for (std::size_t row = 3; row < 25; ++row)
        for (std::size_t column = 3; column < 25; ++column)
            pixels[row * kSide + column] = (row + column) % 2 == 0 ? 0 : 255;
    write_file(folder_ / "junk.png", png_of(pixels, kIdxImageShape));
    const ProgramEnd end = run({"predict", "b", "junk.png", "--json", "read.json"});
    EXPECT_EQ(end.status, 0) << end.output;
    EXPECT_TRUE(contains(end.output, "junk.png: no character, else "));
    EXPECT_EQ(json("read.json")["pictures"][0]["characters"][0]["is_character"], false);
}

}  // namespace
}  // namespace inkling
