#include "formats/picture_format.h"

#include <gtest/gtest.h>
#include <leptonica/allheaders.h>
#include <unistd.h>

#include "pictures/read_picture.h"
#include "tiny_split.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;

/// A picture of a stroke, black on white: upright, or lying where `wide`.
void write_stroke(const fs::path& path, int thickness, bool wide = false) {
    fs::create_directories(path.parent_path());
    PIX* picture = pixCreate(60, 60, 8);
    pixSetAll(picture);
    for (int along = 10; along < 50; ++along)
        for (int across = 0; across < thickness; ++across)
            pixSetPixel(picture, wide ? along : 27 + across, wide ? 27 + across : along, 0);
    ASSERT_EQ(pixWrite(path.c_str(), picture, path.extension() == ".png" ? IFF_PNG : IFF_PNM), 0);
    pixDestroy(&picture);
}

TEST(PictureFolder, IsDealtIntoPartsByClassWhereItHasNone) {
    const TemporaryFolder folder;
    const fs::path mine = folder / "mine";
    for (int i = 0; i < 12; ++i) {
        write_stroke(mine / "dash" / fmt::format("{}.png", i), 3 + i % 4, true);
        write_stroke(mine / "bar" / fmt::format("{}.PGM", i), 3 + i % 4);
    }
    write_file(mine / "dash" / "notes.txt", "not a picture");
    fs::create_directories(mine / "empty");
    EXPECT_EQ(find_splits(mine / "").at(0).name, "mine");
    const Dataset train = load_dataset(mine, "mine", Part::kTrain);
    const Dataset test = load_dataset(mine, "mine", Part::kTest);
    EXPECT_EQ(train.class_names, (std::vector<std::string>{"bar", "dash"}));
    EXPECT_EQ(class_histogram(train), (std::vector<std::size_t>{10, 10}));
    EXPECT_EQ(class_histogram(test), (std::vector<std::size_t>{2, 2}));
    EXPECT_EQ(load_dataset(mine, "mine", Part::kTest).images, test.images) << "the same parts each time";
    const auto both = load_parts(mine, "mine", parts_of(mine, "mine"));
    ASSERT_EQ(both.size(), 2u);
    EXPECT_EQ(both[0].images, train.images);
    EXPECT_EQ(both[1].images, test.images);
    EXPECT_EQ(both[1].labels, test.labels);
    EXPECT_EQ(both[1].part, Part::kTest);
    EXPECT_EQ(describe_assumptions(both[1]), describe_assumptions(test));
    EXPECT_FALSE(train.stored);
    EXPECT_EQ(
        describe_assumptions(train),
        "split mine: a folder of pictures for each class, 24 of them, of each class five sixths to learn from and "
        "a sixth to test by; assumed: 1 file or folder that is no picture left out");
    // A bar stands, 24 pixels high.
    EXPECT_GT(test.image(0)[4 * kSide + 14], 200);
    EXPECT_LT(test.image(0)[14 * kSide + 4], 50);
    EXPECT_EQ(
        refusal_with(ExitStatus::kUsage, [&] { load_dataset(mine, "mine", Part::kTrain, Orientation::kTransposed); }),
        "split mine: pictures are upright as they are seen; leave out --orientation");
}

TEST(PictureFolder, TakesItsPartsFromTrainAndTest) {
    const TemporaryFolder folder;
    for (const char* part : {"train", "test"})
        for (const char* name : {"10", "9", "A"}) write_stroke(folder / part / name / "1.png", 4);
    fs::remove_all(folder / "test" / "9");
    const std::string split = find_splits(folder.path()).at(0).name;
    EXPECT_EQ(split, folder.path().filename().string());
    const Dataset train = load_dataset(folder.path(), split, Part::kTrain);
    EXPECT_EQ(train.class_names, (std::vector<std::string>{"9", "10", "A"}));
    const Dataset test = load_dataset(folder.path(), split, Part::kTest);
    EXPECT_EQ(test.class_names, train.class_names);
    EXPECT_EQ(test.labels, (std::vector<std::uint8_t>{1, 2}));
    write_stroke(folder / "test" / "B" / "1.png", 4);
    EXPECT_TRUE(contains(data_refusal([&] { load_dataset(folder.path(), split, Part::kTest); }),
                         "class B is not among the 3 of the training part"));
}

TEST(PictureFolder, NamesThePictureThatIsBroken) {
    const TemporaryFolder folder;
    for (int i = 0; i < 3; ++i) {
        write_stroke(folder / "a" / fmt::format("{}.png", i), 4);
        write_stroke(folder / "b" / fmt::format("{}.png", i), 4, true);
    }
    const fs::path broken = folder / "b" / "1.png";
    write_file(broken, "no picture at all");
    EXPECT_EQ(split_refusal(folder.path()),
              broken.string() + ": no picture, expected PNG, JPEG, BMP, PNM, TIFF or WebP");
    write_stroke(broken, 0);
    EXPECT_EQ(split_refusal(folder.path()), broken.string() + ": no ink, expected a picture of one character");
}

/// A folder with pictures for two classes, "a" and "b".
void write_two_classes(const fs::path& folder) {
    for (int i = 0; i < 3; ++i) {
        write_stroke(folder / "a" / fmt::format("{}.png", i), 4);
        write_stroke(folder / "b" / fmt::format("{}.png", i), 4, true);
    }
}

TEST(PictureFolder, RefusesAClassWithoutAPictureThatIsRead) {
    const TemporaryFolder folder;
    write_two_classes(folder.path());
    fs::create_directories(folder / "c");
    EXPECT_EQ(load_dataset(folder.path(), find_splits(folder.path()).at(0).name, Part::kTrain).classes(), 2);
    write_file(folder / "c" / "0.gif", "GIF89a");
    EXPECT_EQ(split_refusal(folder.path()), (folder / "c").string() +
                                                ": no picture in it but 0.gif, expected names "
                                                "that end in " +
                                                picture_endings() + "; save them anew or move the folder away");
    EXPECT_TRUE(picture_endings().starts_with(".png, .jpg, "));
}

TEST(PictureFolder, RefusesAPartWithoutAPictureThatIsRead) {
    const TemporaryFolder folder;
    write_two_classes(folder / "train");
    fs::create_directories(folder / "test" / "a");
    const std::string split = find_splits(folder.path()).at(0).name;
    EXPECT_FALSE(has_part(folder.path(), split, Part::kTest));
    write_file(folder / "test" / "a" / "0.gif", "GIF89a");
    EXPECT_TRUE(contains(split_refusal(folder.path(), Part::kTest), (folder / "test" / "a").string() + ": no picture"));
}

TEST(PictureFolder, TakesARunAmongItForNoClass) {
    const TemporaryFolder folder;
    write_two_classes(folder.path());
    for (const char* name : {"run/history.csv", "run/checkpoint/state.safetensors", "study/study.sqlite"}) {
        fs::create_directories((folder / name).parent_path());
        write_file(folder / name, "x");
    }
    fs::create_symlink(folder / "gone", folder / "notes.txt");
    EXPECT_EQ(load_dataset(folder.path(), find_splits(folder.path()).at(0).name, Part::kTrain).classes(), 2);
}

TEST(PictureFolder, RefusesALinkToNothingInPlaceOfAClass) {
    const TemporaryFolder folder;
    write_two_classes(folder.path());
    fs::create_directory_symlink(folder / "gone", folder / "c");
    EXPECT_EQ(split_refusal(folder.path()),
              (folder / "c").string() + ": a link to nothing, expected a folder of pictures; mend or remove it");
    write_stroke(folder / "elsewhere" / "x" / "0.png", 4);
    fs::remove(folder / "c");
    fs::create_directory_symlink(folder / "elsewhere" / "x", folder / "c");
    EXPECT_EQ(load_dataset(folder.path(), find_splits(folder.path()).at(0).name, Part::kTrain).classes(), 3);
}

TEST(PictureFolder, RefusesAClassThatCannotBeListed) {
    if (::geteuid() == 0) GTEST_SKIP() << "root lists every folder";
    const TemporaryFolder folder;
    write_two_classes(folder.path());
    write_stroke(folder / "c" / "0.png", 4);
    fs::permissions(folder / "c", fs::perms::none);
    const std::string refusal = split_refusal(folder.path());
    fs::permissions(folder / "c", fs::perms::owner_all);
    EXPECT_EQ(refusal, (folder / "c").string() + ": cannot list the folder (Permission denied), expected pictures");
}

TEST(PictureFolder, SaysWhatItLeavesOut) {
    const TemporaryFolder folder;
    write_two_classes(folder.path());
    const std::string split = find_splits(folder.path()).at(0).name;
    for (const char* name : {".hidden", "Thumbs.db", "README.md"}) write_file(folder / "a" / name, "x");
    EXPECT_TRUE(load_dataset(folder.path(), split, Part::kTrain).assumed.empty());
    for (const char* name : {"a/3.gif", "a/4.heic", "b/notes.txt"}) write_file(folder / name, "x");
    fs::create_directories(folder / "runs" / "cnn-0");
    for (const Part part : {Part::kTrain, Part::kTest})
        EXPECT_EQ(load_dataset(folder.path(), split, part).assumed,
                  std::vector<std::string>{"4 files or folders that are no pictures left out"});
}

}  // namespace
}  // namespace inkling
