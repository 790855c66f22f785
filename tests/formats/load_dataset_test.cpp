#include "formats/load_dataset.h"

#include <gtest/gtest.h>

#include <numeric>

#include "core/error.h"
#include "core/files.h"
#include "core/hash.h"
#include "data/catalogue.h"
#include "data/dataset.h"
#include "data/orientation.h"
#include "idx_files.h"
#include "refusal.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

std::vector<std::uint8_t> rising_labels(std::size_t count, int first, int classes) {
    std::vector<std::uint8_t> labels(count);
    for (std::size_t i = 0; i < count; ++i)
        labels[i] = static_cast<std::uint8_t>(first + static_cast<int>(i) % classes);
    return labels;
}

std::string load_refusal(const std::filesystem::path& folder, const std::string& split, Part part = Part::kTrain) {
    return data_refusal([&] { load_dataset(folder, split, part); });
}

TEST(Dataset, TurnsOfficialImagesUpright) {
    const TemporaryFolder folder;
    std::vector<std::uint8_t> pixels(2 * kPixels);
    pixels[kPixels + 3 * kSide + 20] = 77;  // row 3, column 20 of the file's second image
    write_part(folder.path(), "digits", "test", pixels, std::vector<std::uint8_t>{4, 9});
    const Dataset data = load_dataset(folder.path(), "digits", Part::kTest);
    EXPECT_EQ(data.size(), 2u);
    EXPECT_EQ(data.image(1)[20 * kSide + 3], 77);
    EXPECT_EQ(std::accumulate(data.images.begin(), data.images.end(), 0), 77);
    EXPECT_EQ(data.class_names[data.labels[1]], "9");
}

TEST(Dataset, TurnsATransposedSplitOfAnotherName) {
    const TemporaryFolder folder;
    const auto pixels = strokes(300, 20);
    write_part(folder.path(), "mine", "train", pixels, rising_labels(300, 0, 47));
    const Dataset data = load_dataset(folder.path(), "mine", Part::kTrain);
    EXPECT_EQ(data.image(0)[19 * kSide], 100);
    EXPECT_EQ(data.image(0)[19], 0);
}

TEST(Dataset, LeavesAnUprightSplitOfAnotherNameAsItIs) {
    const TemporaryFolder folder;
    auto pixels = strokes(300, 20);
    for (std::size_t i = 0; i < 300; ++i)
        for (std::size_t row = 0; row < kSide; ++row)
            for (std::size_t column = 0; column < row; ++column)
                std::swap(pixels[i * kPixels + row * kSide + column], pixels[i * kPixels + column * kSide + row]);
    write_part(folder.path(), "mine", "train", pixels, rising_labels(300, 0, 47));
    EXPECT_EQ(load_dataset(folder.path(), "mine", Part::kTrain).images, pixels);

    // Too few images to tell by themselves follow the other part.
    const auto few = std::span(pixels).first(5 * kPixels);
    write_part(folder.path(), "mine", "test", few, rising_labels(5, 0, 47));
    EXPECT_EQ(load_dataset(folder.path(), "mine", Part::kTest).images,
              std::vector<std::uint8_t>(few.begin(), few.end()));
}

TEST(Dataset, LeavesTheTrainingPartAloneWhereItHasNothingToTell) {
    const TemporaryFolder folder;
    write_part(folder.path(), "mine", "train", strokes(4, 20), rising_labels(4, 0, 2));
    write_part(folder.path(), "mine", "test", strokes(4, 20), rising_labels(4, 0, 2));
    write_file(folder / "emnist-mine-mapping.txt", "0 65\n1 66\n");
    write_file(folder / "emnist-mine-train-images-idx3-ubyte", "damaged");
    const Dataset data = load_dataset(folder.path(), "mine", Part::kTest, Orientation::kUpright);
    EXPECT_EQ(data.class_names, (std::vector<std::string>{"A", "B"}));
    EXPECT_EQ(data.images, strokes(4, 20));
    load_refusal(folder.path(), "mine");
}

TEST(Dataset, TurnsAPartAsTheOtherOneTold) {
    const TemporaryFolder folder;
    write_part(folder.path(), "mine", "train", strokes(300, 20), rising_labels(300, 0, 47));
    const auto few = strokes(5, 20);
    write_part(folder.path(), "mine", "test", few, rising_labels(5, 0, 47));
    EXPECT_EQ(load_dataset(folder.path(), "mine", Part::kTrain).stored, Orientation::kTransposed);
    const Dataset found = load_dataset(folder.path(), "mine", Part::kTest);
    EXPECT_EQ(found.stored, Orientation::kTransposed);
    EXPECT_EQ(load_dataset(folder.path(), "mine", Part::kTest, Orientation::kTransposed).images, found.images);
    EXPECT_EQ(load_dataset(folder.path(), "mine", Part::kTest, Orientation::kUpright).images, few);
    const std::vector<Part> parts = parts_of(folder.path(), "mine");
    EXPECT_EQ(parts, (std::vector{Part::kTrain, Part::kTest}));
    EXPECT_EQ(load_parts(folder.path(), "mine", parts).back().images, found.images);
    EXPECT_EQ(load_parts(folder.path(), "mine", parts, Orientation::kUpright).back().images, few);
}

TEST(Dataset, CountsLettersFromOneInTheFileAndFromZeroHere) {
    const TemporaryFolder folder;
    write_part(folder.path(), "letters", "train", strokes(52, 20), rising_labels(52, 1, 26));
    const Dataset data = load_dataset(folder.path(), "letters", Part::kTrain);
    EXPECT_EQ(data.labels.front(), 0);
    EXPECT_EQ(data.classes(), 26);
    EXPECT_EQ(data.class_names.front(), "A");
    EXPECT_EQ(class_histogram(data), std::vector<std::size_t>(26, 2));
}

TEST(Dataset, TakesItsClassesFromTheMappingFile) {
    const TemporaryFolder folder;
    write_part(folder.path(), "mine", "train", strokes(4, 20), rising_labels(4, 1, 2));
    write_file(folder / "emnist-mine-mapping.txt", "1 88 120\n2 89 121\n");
    const Dataset data = load_dataset(folder.path(), "mine", Part::kTrain);
    EXPECT_EQ(data.class_names, (std::vector<std::string>{"X", "Y"}));
    EXPECT_EQ(data.labels, (std::vector<std::uint8_t>{0, 1, 0, 1}));
}

TEST(Dataset, NamesClassesThatNobodyNamedByTheirNumbers) {
    const TemporaryFolder folder;
    write_part(folder.path(), "mine", "train", strokes(300, 20), rising_labels(300, 0, 5));
    const Dataset data = load_dataset(folder.path(), "mine", Part::kTrain);
    EXPECT_EQ(data.class_names, (std::vector<std::string>{"0", "1", "2", "3", "4"}));
    EXPECT_EQ(describe_assumptions(data),
              "assumed of split mine: its labels, 0 to 4, are the names of its classes, as there is no "
              "emnist-mine-mapping.txt");
    EXPECT_EQ(subset(data, std::vector<std::uint32_t>{1}).assumed, data.assumed);

    write_part(folder.path(), "ten", "train", strokes(300, 20), rising_labels(300, 10, 3));
    EXPECT_EQ(load_dataset(folder.path(), "ten", Part::kTrain).class_names,
              (std::vector<std::string>{"10", "11", "12"}));
}

TEST(Dataset, TakesTheClassesOfTheOfficialSplitWhoseRangeItsLabelsHave) {
    const TemporaryFolder folder;
    write_part(folder.path(), "mine", "train", strokes(300, 20), rising_labels(300, 0, 47));
    write_part(folder.path(), "abc", "train", strokes(300, 20), rising_labels(300, 1, 26));
    const Dataset mine = load_dataset(folder.path(), "mine", Part::kTrain);
    EXPECT_EQ(mine.class_names, official_mapping(*find_official_split("balanced")).class_names);
    EXPECT_EQ(mine.assumed, (std::vector<std::string>{
                                "its labels, 0 to 46, are those of balanced, as there is no emnist-mine-mapping.txt"}));
    const Dataset letters = load_dataset(folder.path(), "abc", Part::kTrain);
    EXPECT_EQ(letters.class_names.front(), "A");
    EXPECT_EQ(letters.labels.front(), 0);
}

TEST(Dataset, LetsTheTrainingPartDecideOnTheClassesOfBoth) {
    const TemporaryFolder folder;
    write_part(folder.path(), "mine", "train", strokes(10, 20), rising_labels(10, 1, 5));
    write_part(folder.path(), "mine", "test", strokes(2, 20), rising_labels(2, 4, 2));
    const Dataset test = load_dataset(folder.path(), "mine", Part::kTest);
    EXPECT_EQ(test.class_names, (std::vector<std::string>{"1", "2", "3", "4", "5"}));
    EXPECT_EQ(test.labels, (std::vector<std::uint8_t>{3, 4}));
    write_part(folder.path(), "mine", "test", strokes(2, 20), rising_labels(2, 5, 2));
    EXPECT_TRUE(contains(load_refusal(folder.path(), "mine", Part::kTest),
                         "label 6 of image 1, expected 1 to 5 as in the training part (there is no "
                         "emnist-mine-mapping.txt)"));
    // Alone, a test part has to decide.
    for (const char* kind : {"images-idx3", "labels-idx1"})
        std::filesystem::remove(folder / fmt::format("emnist-mine-train-{}-ubyte.gz", kind));
    EXPECT_EQ(load_dataset(folder.path(), "mine", Part::kTest).class_names, (std::vector<std::string>{"5", "6"}));
}

TEST(Dataset, SaysWhenItsOrientationIsAGuess) {
    const TemporaryFolder folder;
    const std::string guessed =
        "its images are stored column by column, as EMNIST's are, for they do not show it (if they lie on their side "
        "now, say --orientation upright)";
    write_part(folder.path(), "mine", "train", strokes(100, 20), rising_labels(100, 0, 2));
    write_part(folder.path(), "mine", "test", strokes(300, 20), rising_labels(300, 0, 2));
    write_file(folder / "emnist-mine-mapping.txt", "0 88\n1 89\n");
    for (const Part part : {Part::kTrain, Part::kTest})
        EXPECT_EQ(load_dataset(folder.path(), "mine", part).assumed, std::vector<std::string>{guessed});
    for (const Orientation told : {Orientation::kUpright, Orientation::kTransposed}) {
        const Dataset data = load_dataset(folder.path(), "mine", Part::kTrain, told);
        EXPECT_TRUE(data.assumed.empty());
        EXPECT_EQ(data.stored, told);
        EXPECT_EQ(describe_assumptions(data), "");
    }
    write_part(folder.path(), "mine", "train", strokes(300, 20), rising_labels(300, 0, 2));
    EXPECT_TRUE(load_dataset(folder.path(), "mine", Part::kTrain).assumed.empty()) << "measured, not guessed";
}

TEST(Dataset, SaysWhenAnOfficialNameAndTheInkDisagree) {
    const TemporaryFolder folder;
    auto pixels = strokes(300, 20);
    write_part(folder.path(), "digits", "train", pixels, rising_labels(300, 0, 10));
    EXPECT_TRUE(load_dataset(folder.path(), "digits", Part::kTrain).assumed.empty());
    transpose_images(pixels);
    write_part(folder.path(), "digits", "train", pixels, rising_labels(300, 0, 10));
    const Dataset data = load_dataset(folder.path(), "digits", Part::kTrain);
    EXPECT_EQ(data.stored, Orientation::kTransposed);
    EXPECT_TRUE(contains(describe_assumptions(data), "though they look as if row by row"));
    EXPECT_EQ(load_dataset(folder.path(), "digits", Part::kTrain, Orientation::kUpright).images, pixels);
}

TEST(Dataset, IsTurnedAndSaidToBeDarkOnLightWhereItIs) {
    const TemporaryFolder folder;
    auto pixels = strokes(300, 20);
    for (std::uint8_t& pixel : pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
    for (const char* split : {"mine", "digits"})
        write_part(folder.path(), split, "train", pixels, rising_labels(300, 0, 10));
    std::string mapping;
    for (int digit = 0; digit < 10; ++digit) mapping += fmt::format("{} {}\n", digit, '0' + digit);
    write_file(folder / "emnist-mine-mapping.txt", mapping);
    for (const char* split : {"mine", "digits"}) {
        const Dataset data = load_dataset(folder.path(), split, Part::kTrain);
        EXPECT_EQ(data.stored, Orientation::kTransposed) << split;
        EXPECT_EQ(data.image(0)[19 * kSide], 155) << split;
        EXPECT_EQ(data.assumed,
                  std::vector<std::string>{"its images are dark on light, unlike EMNIST's and what predict "
                                           "makes of pictures"});
    }
}

TEST(Dataset, NamesItsFilesWithTheirHashes) {
    const TemporaryFolder folder;
    write_part(folder.path(), "mine", "train", strokes(4, 20), rising_labels(4, 0, 2));
    write_file(folder / "emnist-mine-mapping.txt", "0 88\n1 89\n");
    const Dataset data = load_dataset(folder.path(), "mine", Part::kTrain);
    ASSERT_EQ(data.files.size(), 3u);
    for (const DataFile& file : data.files) EXPECT_EQ(file.sha256, sha256(read_file(folder / file.name))) << file.name;
}

TEST(Dataset, PrefersThePlainFileToTheGzippedOne) {
    const TemporaryFolder folder;
    write_part(folder.path(), "mine", "train", strokes(4, 20), rising_labels(4, 0, 2));
    write_file(folder / "emnist-mine-train-labels-idx1-ubyte", idx_labels(std::vector<std::uint8_t>{7, 7, 7, 7}));
    const Dataset data = load_dataset(folder.path(), "mine", Part::kTrain);
    EXPECT_EQ(data.class_names[data.labels.front()], "7");
}

TEST(Dataset, RefusesCountsThatDiffer) {
    const TemporaryFolder folder;
    write_part(folder.path(), "mine", "train", strokes(4, 20), rising_labels(5, 0, 2));
    EXPECT_EQ(load_refusal(folder.path(), "mine"),
              (folder / "emnist-mine-train-images-idx3-ubyte.gz").string() +
                  ": 4 images, expected 5 as emnist-mine-train-labels-idx1-ubyte.gz has labels");
}

TEST(Dataset, RefusesALabelBeyondTheClasses) {
    const TemporaryFolder folder;
    write_part(folder.path(), "balanced", "train", strokes(3, 20), std::vector<std::uint8_t>{0, 47, 1});
    EXPECT_EQ(load_refusal(folder.path(), "balanced"),
              (folder / "emnist-balanced-train-labels-idx1-ubyte.gz").string() +
                  ": label 47 of image 1, expected 0 to 46 as in the catalogue (there is no "
                  "emnist-balanced-mapping.txt)");
    write_part(folder.path(), "mine", "train", strokes(3, 20), std::vector<std::uint8_t>{0, 47, 1});
    const std::string labels = (folder / "emnist-mine-train-labels-idx1-ubyte.gz").string();
    write_file(folder / "emnist-mine-mapping.txt", "0 88\n");
    EXPECT_EQ(load_refusal(folder.path(), "mine"),
              labels + ": label 47 of image 1, expected 0 to 0 as in emnist-mine-mapping.txt");
}

TEST(Dataset, RefusesLetterZero) {
    const TemporaryFolder folder;
    write_part(folder.path(), "letters", "train", strokes(2, 20), std::vector<std::uint8_t>{1, 0});
    EXPECT_TRUE(contains(load_refusal(folder.path(), "letters"), "label 0 of image 1, expected 1 to 26"));
}

TEST(Dataset, RefusesAFileWithoutItsOther) {
    const TemporaryFolder folder;
    write_part(folder.path(), "mine", "train", strokes(2, 20), rising_labels(2, 0, 2));
    std::filesystem::remove(folder / "emnist-mine-train-labels-idx1-ubyte.gz");
    EXPECT_EQ(load_refusal(folder.path(), "mine"),
              folder.path().string() +
                  ": no file emnist-mine-train-labels-idx1-ubyte or .gz, expected it beside "
                  "emnist-mine-train-images-idx3-ubyte.gz");
}

TEST(Dataset, RefusesAPartThatIsNotThere) {
    const TemporaryFolder folder;
    write_part(folder.path(), "mine", "train", strokes(2, 20), rising_labels(2, 0, 2));
    EXPECT_EQ(load_dataset(folder.path(), "mine", Part::kTrain).size(), 2u);
    EXPECT_EQ(load_refusal(folder.path(), "mine", Part::kTest),
              folder.path().string() + ": split 'mine' has no test part, only the other one");
}

TEST(Dataset, RefusesAnEmptyPart) {
    const TemporaryFolder folder;
    write_part(folder.path(), "mine", "train", {}, {});
    EXPECT_TRUE(contains(load_refusal(folder.path(), "mine"), "no images, expected one at least"));
}

TEST(Dataset, RefusesAFileThatCannotBeRead) {
    const TemporaryFolder folder;
    write_part(folder.path(), "mine", "train", strokes(2, 20), rising_labels(2, 0, 2));
    const auto images = folder / "emnist-mine-train-images-idx3-ubyte.gz";
    std::filesystem::remove(images);
    std::filesystem::create_directory(images);
    EXPECT_EQ(load_refusal(folder.path(), "mine"), images.string() + ": not a regular file");
    std::filesystem::remove(images);
    std::filesystem::create_symlink(images, images);
    EXPECT_TRUE(contains(load_refusal(folder.path(), "mine"), images.string() + ": cannot open"));
}

TEST(Dataset, NamesTheSplitsThatAreThereAndTheNearest) {
    const TemporaryFolder folder;
    write_part(folder.path(), "balanced", "train", strokes(2, 20), rising_labels(2, 0, 2));
    write_part(folder.path(), "mine", "test", strokes(2, 20), rising_labels(2, 0, 2));
    EXPECT_EQ(load_refusal(folder.path(), "balansed"),
              folder.path().string() + ": no split 'balansed', found balanced, mine; did you mean 'balanced'?");
    EXPECT_EQ(load_refusal(folder.path(), "letters"), folder.path().string() +
                                                          ": no split 'letters', found balanced, mine; name one of "
                                                          "these with --split, or run 'inkling data fetch --split "
                                                          "letters' or name another folder with --data DIR");
}

TEST(Dataset, SaysWhatToDoWhereThereAreNoData) {
    const TemporaryFolder folder;
    EXPECT_EQ(
        load_refusal(folder.path(), "balanced"),
        folder.path().string() +
            ": no files of EMNIST, expected emnist-balanced-train-images-idx3-ubyte.gz and the like, or MNIST's IDX "
            "files, CSV, EMNIST's MATLAB file, NumPy arrays, a NumPy array for each class, a folder of pictures for "
            "each class; run 'inkling data "
            "fetch --split balanced' or name another folder with --data DIR");
    EXPECT_EQ(load_refusal(folder / "none", "balanced"), (folder / "none").string() +
                                                             ": no such folder, expected EMNIST's files; run 'inkling "
                                                             "data fetch' or name another folder with --data DIR");
    write_file(folder / "file", "");
    EXPECT_TRUE(contains(load_refusal(folder / "file", "balanced"), "file: no files of EMNIST, expected"));
}

TEST(RealData, AreTheSampleThatItsFactsDescribe) {
    const auto folder = real_data_folder();
    if (folder.empty()) GTEST_SKIP() << "no real data: set INKLING_DATA to a folder with the split 'sample'";
    const Dataset test = load_dataset(folder, "sample", Part::kTest);
    EXPECT_EQ(class_histogram(test), std::vector<std::size_t>(47, 200));
    const Dataset train = load_dataset(folder, "sample", Part::kTrain);
    EXPECT_EQ(train.size(), 92'474u);
    const auto histogram = class_histogram(train);
    EXPECT_EQ(*std::min_element(histogram.begin(), histogram.end()), 517u);
    EXPECT_EQ(histogram[26], 517u);
    EXPECT_EQ(train.class_names[26], "Q");
    EXPECT_EQ(std::count(histogram.begin(), histogram.end(), 2400), 27);
    // A b has its stem on the left and its bowl below.
    double upper_right = 0, lower_left = 0;
    for (std::size_t i = 0; i < test.size(); ++i) {
        if (test.class_names[test.labels[i]] != "b") continue;
        for (std::size_t offset = 0; offset < 6; ++offset) {
            upper_right += test.image(i)[6 * kSide + 17 + offset];
            lower_left += test.image(i)[(17 + offset) * kSide + 9];
        }
    }
    EXPECT_GT(lower_left, 3 * upper_right);
}

TEST(Orientation, IsReadFromDarkInkOnBrightPaper) {
    auto images = strokes(300, 20);
    EXPECT_FALSE(are_dark_on_light(images));
    for (std::uint8_t& pixel : images) pixel = static_cast<std::uint8_t>(255 - pixel);
    EXPECT_TRUE(are_dark_on_light(images));
    EXPECT_EQ(measure_orientation(images), Orientation::kTransposed);
    transpose_images(images);
    EXPECT_EQ(measure_orientation(images), Orientation::kUpright);
    EXPECT_FALSE(are_dark_on_light({}));
}

TEST(Orientation, IsRightForRealCharacters) {
    const auto folder = real_data_folder();
    if (folder.empty()) GTEST_SKIP() << "no real data: set INKLING_DATA to a folder with the split 'sample'";
    Dataset data = load_dataset(folder, "sample", Part::kTest);
    EXPECT_EQ(measure_orientation(data.images), Orientation::kUpright);
    EXPECT_EQ(measure_orientation(std::span(data.images).first(500 * kPixels)), Orientation::kUpright);
    transpose_images(data.images);
    EXPECT_EQ(measure_orientation(data.images), Orientation::kTransposed);
}

}  // namespace
}  // namespace inkling
