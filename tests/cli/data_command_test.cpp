#include <gtest/gtest.h>

#include <cstdlib>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/hash.h"
#include "idx_files.h"
#include "program.h"
#include "refusal.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

std::vector<std::uint8_t> labels_in_turn(std::size_t count) {
    std::vector<std::uint8_t> labels(count);
    for (std::size_t i = 0; i < count; ++i) labels[i] = static_cast<std::uint8_t>(i % 10);
    return labels;
}

class DataCommand : public testing::Test {
  protected:
    // No data of the machine's own.
    DataCommand() {
        ::unsetenv("INKLING_DATA");
        ::setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
    }

    static std::vector<std::string> words(const std::string& text) {
        std::istringstream stream(text);
        return {std::istream_iterator<std::string>(stream), std::istream_iterator<std::string>()};
    }

    ProgramEnd run(const std::string& arguments) const { return run_program(folder_.path(), words(arguments)); }

    void write_digits() const {
        write_part(folder_.path(), "digits", "train", strokes(30, 20), labels_in_turn(30));
        write_part(folder_.path(), "digits", "test", strokes(12, 20), labels_in_turn(12));
    }

    TemporaryFolder folder_;
};

TEST_F(DataCommand, InfoTellsWhatIsThere) {
    write_digits();
    const ProgramEnd outcome = run("data info --data . --json info.json");
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_TRUE(contains(outcome.output, "digits: 10 classes"));
    EXPECT_TRUE(contains(outcome.output, "train        30 images, pixel mean"));
    EXPECT_TRUE(contains(outcome.output, "  1             3         2  ■■■■"));
    const std::string images = "emnist-digits-train-images-idx3-ubyte.gz";
    const std::string hash = sha256(read_file(folder_ / images));
    EXPECT_TRUE(contains(outcome.output, hash + "  " + images));

    const auto json = nlohmann::json::parse(read_text(folder_ / "info.json"));
    const auto& split = json["splits"][0];
    EXPECT_EQ(split["split"], "digits");
    EXPECT_EQ(split["classes"].size(), 10u);
    EXPECT_EQ(split["parts"]["test"]["images"], 12);
    EXPECT_EQ(split["parts"]["test"]["class_histogram"], (std::vector<int>{2, 2, 1, 1, 1, 1, 1, 1, 1, 1}));
    EXPECT_EQ(split["parts"]["train"]["files"][1]["sha256"], hash);
    const double ink = split["parts"]["train"]["mean"];
    EXPECT_GT(ink, 0.04);
    EXPECT_LT(ink, 0.06);
}

TEST_F(DataCommand, InfoListsEverySplitAndTakesOneWithOnePart) {
    write_digits();
    write_part(folder_.path(), "mine", "test", strokes(5, 20), labels_in_turn(5));
    const ProgramEnd all = run("data info --data .");
    EXPECT_EQ(all.status, 0);
    EXPECT_TRUE(contains(all.output, "digits: 10 classes"));
    EXPECT_TRUE(contains(all.output, "mine: 5 classes"));
    EXPECT_TRUE(contains(all.output, "Add --split NAME"));
    const ProgramEnd one = run("data info --data . --split mine");
    EXPECT_EQ(one.status, 0);
    EXPECT_FALSE(contains(one.output, "digits"));
}

TEST_F(DataCommand, TheFirstLineSaysWhatWasGuessed) {
    write_part(folder_.path(), "mine", "train", strokes(50, 20), labels_in_turn(50));
    write_part(folder_.path(), "mine", "test", strokes(20, 20), labels_in_turn(20));
    const std::string classes =
        "assumed of split mine: its labels, 0 to 9, are those of mnist, as there is no "
        "emnist-mine-mapping.txt";
    const std::string orientation = "its images are stored column by column, as EMNIST's are, for they do not show it";
    for (const char* command :
         {"data info --data . --split mine", "data show --data . --split mine", "data compare --data . --split mine"}) {
        const ProgramEnd guessed = run(command);
        EXPECT_EQ(guessed.status, 0) << guessed.output;
        const std::string first = guessed.output.substr(0, guessed.output.find('\n'));
        EXPECT_TRUE(first.starts_with(classes)) << first;
        EXPECT_TRUE(contains(first, orientation)) << command;
        const ProgramEnd told = run(std::string(command) + " --orientation upright");
        EXPECT_EQ(told.status, 0) << told.output;
        EXPECT_EQ(told.output.substr(0, told.output.find('\n')), classes) << command;
        EXPECT_EQ(run(std::string(command) + " --quiet").output, "");
    }
    EXPECT_EQ(run("data info --data . --split mine --orientation upright --json info.json --quiet").status, 0);
    const auto json = nlohmann::json::parse(read_text(folder_ / "info.json"))["splits"][0];
    EXPECT_EQ(json["orientation"], "upright");
    EXPECT_EQ(json["assumed"].size(), 1u);
    write_file(folder_ / "emnist-mine-mapping.txt", "0 48\n1 49\n2 50\n3 51\n4 52\n5 53\n6 54\n7 55\n8 56\n9 57");
    const ProgramEnd sure = run("data info --data . --split mine --orientation transposed");
    EXPECT_TRUE(sure.output.starts_with(".\n\nmine: 10 classes, images stored transposed\n")) << sure.output;
}

TEST_F(DataCommand, ShowTurnsImagesAsItIsTold) {
    write_part(folder_.path(), "mine", "test", strokes(5, 20), std::vector<std::uint8_t>{0, 1, 2, 3, 4});
    const auto picture = [&](const std::string& orientation) {
        const ProgramEnd end =
            run("data show --data . --split mine --count 1 --out " + orientation + ".png --orientation " + orientation);
        EXPECT_EQ(end.status, 0) << end.output;
        return read_text(folder_ / (orientation + ".png"));
    };
    EXPECT_NE(picture("upright"), picture("transposed"));
    EXPECT_EQ(run("data show --data . --split mine --orientation sideways").status, 2);
}

TEST_F(DataCommand, TheOnlySplitOfANamedFolderNeedsNoNameAndTheFirstLineSaysWhatItIs) {
    write_file(folder_ / "t10k-images-idx3-ubyte", idx_images(strokes(12, 20)));
    write_file(folder_ / "t10k-labels-idx1-ubyte", idx_labels(labels_in_turn(12)));
    const std::string first =
        "split mnist: MNIST's IDX files, images stored row by row; assumed: its labels, 0 to 9, are those of mnist";
    for (const char* command : {"data info --data .", "data show --data .", "data compare --data ."}) {
        const ProgramEnd end = run(command);
        EXPECT_EQ(end.status, 0) << end.output;
        EXPECT_TRUE(end.output.starts_with(first)) << end.output;
    }
    write_digits();
    EXPECT_EQ(run("data show --data . --split mnist").status, 0);
    const ProgramEnd several = run("data show --data .");
    EXPECT_EQ(several.status, 3);
    EXPECT_TRUE(contains(several.output, ".: no split 'balanced', found digits, mnist; name one of these"));
}

TEST_F(DataCommand, WithoutDataItSaysWhatToDo) {
    for (const char* command : {"data info", "data show"}) {
        const ProgramEnd outcome = run(command);
        EXPECT_EQ(outcome.status, 3);
        EXPECT_TRUE(contains(outcome.output, "run 'inkling data fetch"));
        EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 1) << outcome.output;
    }
}

TEST_F(DataCommand, BadDataGetStatusThreeAndOneLine) {
    write_digits();
    const std::string images = "emnist-digits-test-images-idx3-ubyte.gz";
    const Bytes whole = read_file(folder_ / images);
    Bytes damaged = whole;
    damaged[damaged.size() - 6] ^= std::byte{1};
    const std::vector<std::pair<Bytes, std::string>> cases = {
        {damaged, "gzip checksum does not fit"},
        {Bytes(whole.begin(), whole.begin() + 40), "gzip stream is cut off"},
        {idx_labels({}), "magic number 2049, expected 2051"},
        {idx_file({2051, 0xFFFFFFFF, 28, 28}, {}), "header says 4294967295 images"},
        {idx_file({2051, 1, 14, 14}, {}), "images of 14x14 pixels, expected 28x28"},
        {idx_images(strokes(3, 20)), "3 images, expected 12"},
    };
    for (const auto& [contents, expected] : cases) {
        write_file(folder_ / images, contents);
        const ProgramEnd outcome = run("data info --data . --quiet");
        EXPECT_EQ(outcome.status, 3);
        EXPECT_TRUE(contains(outcome.output, "inkling: ./" + images + ": "));
        EXPECT_TRUE(contains(outcome.output, expected));
        EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 1) << outcome.output;
    }
}

TEST_F(DataCommand, ShowDrawsTheSamplesThatItNames) {
    write_digits();
    const ProgramEnd outcome = run("data show --data . --split digits --class 1 --count 5 --seed 2 --json shown.json");
    EXPECT_EQ(outcome.status, 0);
    EXPECT_TRUE(contains(outcome.output, "█"));
    EXPECT_TRUE(contains(outcome.output, "1  #"));
    EXPECT_TRUE(contains(outcome.output, "2 images in digits-test.png"));
    EXPECT_EQ(outcome.output.find('\x1b'), std::string::npos);
    EXPECT_EQ(read_text(folder_ / "digits-test.png").substr(1, 3), "PNG");
    const auto json = nlohmann::json::parse(read_text(folder_ / "shown.json"));
    ASSERT_EQ(json["samples"].size(), 2u);
    for (const auto& sample : json["samples"]) {
        EXPECT_EQ(sample["class"], "1");
        EXPECT_EQ(sample["index"].get<int>() % 10, 1);
    }
}

TEST_F(DataCommand, ShowPutsWhatATrainingSeesBesideEachImage) {
    write_digits();
    const std::string show = "data show --data . --split digits --count 2 ";
    const ProgramEnd outcome = run(show + "--augment cnn --set augmentation.thickness=1 --out augmented.png");
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_TRUE(contains(outcome.output, "2 images in augmented.png"));
    EXPECT_EQ(run(show + "--out plain.png").status, 0);
    EXPECT_NE(read_file(folder_ / "augmented.png"), read_file(folder_ / "plain.png"));
    EXPECT_EQ(run(show + "--augment baseline-mlp --set augmentation.mixup=1 --out mixed.png").status, 0);
    EXPECT_NE(read_file(folder_ / "mixed.png"), read_file(folder_ / "plain.png"));
    const ProgramEnd still = run(show + "--augment baseline-mlp");
    EXPECT_EQ(still.status, 2);
    EXPECT_TRUE(contains(still.output, "--augment baseline-mlp: this recipe leaves images as they are"));
    const ProgramEnd alone = run(show + "--set augmentation.blur=1");
    EXPECT_EQ(alone.status, 2);
    EXPECT_TRUE(contains(alone.output, "sets a key of the recipe that --augment names, but there is none"));
}

TEST_F(DataCommand, ShowRefusesAClassThatIsNotThere) {
    write_digits();
    const ProgramEnd outcome = run("data show --data . --split digits --class A");
    EXPECT_EQ(outcome.status, 2);
    EXPECT_TRUE(contains(outcome.output, "--class A: split 'digits' has no such class, expected one of 0 1 2"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "digits-test.png"));
}

TEST_F(DataCommand, HelpHasAnExample) {
    for (const char* command : {"data", "data info", "data show", "data fetch"}) {
        const ProgramEnd outcome = run(std::string(command) + " --help");
        EXPECT_EQ(outcome.status, 0);
        EXPECT_TRUE(contains(outcome.output, "Example:\n  inkling data ") ||
                    contains(outcome.output, "Examples:\n  inkling data "));
    }
}

}  // namespace
}  // namespace inkling
