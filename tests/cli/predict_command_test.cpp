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

    /// A clean stroke of the toy classes, in EMNIST's form, as a PNG with white ink.
    void write_stroke(const std::string& name, std::size_t label) const {
        std::vector<std::uint8_t> pixels(kPixels, 255);  // png_of() takes ink for black
        for (std::size_t row = 3; row < 25; ++row) pixels[row * kSide + 4 + 6 * label] = 55;
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

}  // namespace
}  // namespace inkling
