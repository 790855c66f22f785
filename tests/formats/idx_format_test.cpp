#include <gtest/gtest.h>

#include "data/split_writer.h"
#include "tiny_split.h"

namespace inkling {
namespace {

Bytes idx_numbers(std::initializer_list<std::uint32_t> header, const std::vector<std::uint32_t>& values) {
    Bytes file = idx_file(header, {});
    for (const std::uint32_t value : values)
        for (int shift = 24; shift >= 0; shift -= 8) file.push_back(static_cast<std::byte>(value >> shift));
    return file;
}

TEST(IdxFormat, ReadsMnistsNamesPlainAndGzippedUpright) {
    for (const std::string dash : {"-", "."}) {
        const TemporaryFolder folder;
        const std::vector<std::uint8_t> labels = {0, 1, 2};
        write_file(folder / ("train-images" + dash + "idx3-ubyte"), idx_images(tiny_images(3, 1)));
        write_file(folder / ("train-labels" + dash + "idx1-ubyte.gz"), gzip(idx_labels(labels)));
        write_file(folder / ("t10k-images" + dash + "idx3-ubyte.gz"), gzip(idx_images(tiny_images(3, 7))));
        write_file(folder / ("t10k-labels" + dash + "idx1-ubyte"), idx_labels(labels));
        const Dataset train = load_dataset(folder.path(), "mnist", Part::kTrain);
        EXPECT_EQ(train.images, tiny_images(3, 1));
        EXPECT_EQ(train.stored, Orientation::kUpright);
        EXPECT_TRUE(
            contains(describe_assumptions(train), "split mnist: MNIST's IDX files, images stored row by row; assumed"));
        EXPECT_EQ(load_dataset(folder.path(), "mnist", Part::kTest).images, tiny_images(3, 7));
    }
}

TEST(IdxFormat, KeepsTheWritersOfQmnist) {
    const TemporaryFolder folder;
    write_file(folder / "qmnist-train-images-idx3-ubyte", idx_images(tiny_images(2, 1)));
    write_file(folder / "qmnist-train-labels-idx2-int",
               idx_numbers({3074, 2, 8}, {5, 0, 77, 1, 2, 3, 0, 0, 4, 0, 78, 1, 2, 3, 0, 0}));
    const Dataset data = load_dataset(folder.path(), "qmnist", Part::kTrain);
    EXPECT_EQ(data.writers, (std::vector<std::uint32_t>{77, 78}));
    EXPECT_EQ(data.class_names[data.labels[0]], "5");
    write_file(folder / "qmnist-train-labels-idx2-int", idx_numbers({3074, 2, 2}, {5, 0, 4, 0}));
    EXPECT_TRUE(contains(split_refusal(folder.path()), "2 numbers for each image, expected 8 as in QMNIST"));
    write_file(folder / "qmnist-train-labels-idx2-int", idx_numbers({3074, 4000000000, 8}, {5, 0, 4, 0}));
    EXPECT_TRUE(contains(split_refusal(folder.path()), "header says 4000000000 rows of numbers"));
}

TEST(IdxFormat, KeepsWritersAndNamesThatAreWords) {
    const TemporaryFolder folder;
    Dataset data{.split = "mine",
                 .images = tiny_images(3, 1),
                 .labels = {0, 1, 0},
                 .class_names = {"cat", "dog"},
                 .writers = {9, 9, 4'000'000'000},
                 .files = {}};
    write_part(folder.path(), data);
    const Dataset read = load_dataset(folder.path(), "mine", Part::kTrain);
    EXPECT_EQ(read.images, data.images);
    EXPECT_EQ(read.class_names, data.class_names);
    EXPECT_EQ(read.writers, data.writers);
    data.writers.clear();
    data.class_names = {"A", "B"};
    write_part(folder.path(), data);
    EXPECT_TRUE(load_dataset(folder.path(), "mine", Part::kTrain).writers.empty()) << "the old ones are gone";
    EXPECT_EQ(load_dataset(folder.path(), "mine", Part::kTrain).class_names, data.class_names);
}

TEST(IdxFormat, TakesNamesFromAListBesideTheData) {
    const TemporaryFolder folder;
    write_part(folder.path(), "mine", "train", tiny_images(3, 1), std::vector<std::uint8_t>{1, 2, 3});
    write_file(folder / "classes.txt",
               "\xef\xbb\xbf"
               "alpha\r\nbeta\r\n\r\ngamma\r\n");
    const Dataset from_one = load_dataset(folder.path(), "mine", Part::kTrain);
    EXPECT_EQ(from_one.class_names, (std::vector<std::string>{"alpha", "beta", "gamma"}));
    EXPECT_EQ(from_one.labels, (std::vector<std::uint8_t>{0, 1, 2}));
    write_file(folder / "mine-classes.txt", "zero\none\ntwo\nthree\n");
    EXPECT_EQ(load_dataset(folder.path(), "mine", Part::kTrain).labels, (std::vector<std::uint8_t>{1, 2, 3}));

    const std::string name = (folder / "mine-classes.txt").string();
    write_file(name, "a\nb\na\n");
    EXPECT_EQ(split_refusal(folder.path()), name + ":3: class a is there twice, expected each once");
    write_file(name, "a\nb\n");
    EXPECT_EQ(split_refusal(folder.path()),
              name + ": 2 names for 3 labels, 1 to 3; expected a name for each, one a line");
    write_file(name, "\n\n");
    EXPECT_EQ(split_refusal(folder.path()), name + ": no classes, expected one name a line");
    write_file(name, "a\n\xe4\n");
    EXPECT_TRUE(contains(split_refusal(folder.path()), ":2: a name that is no text in UTF-8"));
}

TEST(IdxFormat, SaysWhereAListMayBeginWithLabelOne) {
    const TemporaryFolder folder;
    write_part(folder.path(), "mine", "train", strokes(300, 20), std::vector<std::uint8_t>(300, 2));
    write_part(folder.path(), "mine", "test", strokes(1, 20), std::vector<std::uint8_t>{0});
    write_file(folder / "classes.txt", "a\nb\nc\n");
    for (const Part part : {Part::kTrain, Part::kTest}) {
        const Dataset data = load_dataset(folder.path(), "mine", part);
        EXPECT_EQ(data.class_names[data.labels[0]], part == Part::kTrain ? "c" : "a");
        EXPECT_EQ(data.assumed, (std::vector<std::string>{
                                    "the first name in classes.txt is label 0's, though no image has this label (if it "
                                    "is label 1's, write an emnist-mine-mapping.txt)"}));
    }
    write_file(folder / "classes.txt", "0\n1\n2\n");
    EXPECT_TRUE(load_dataset(folder.path(), "mine", Part::kTrain).assumed.empty()) << "the first name is label 0's";
    write_file(folder / "classes.txt", "a\nb\n");
    EXPECT_EQ(load_dataset(folder.path(), "mine", Part::kTrain).labels[0], 1) << "label 2 has no other name than b";
    EXPECT_TRUE(load_dataset(folder.path(), "mine", Part::kTrain).assumed.empty());
}

TEST(IdxFormat, RefusesAListThatIsTooShortForItsLabels) {
    const TemporaryFolder folder;
    write_part(folder.path(), "mine", "train", tiny_images(3, 1), std::vector<std::uint8_t>{0, 9, 4});
    const std::string name = (folder / "classes.txt").string();
    write_file(name, "0\n1\n2\n3\n4\n5\n6\n7\n8\n");
    EXPECT_EQ(split_refusal(folder.path()),
              name + ": 9 names for 10 labels, 0 to 9; expected a name for each, one a line");
}

TEST(IdxFormat, ASplitThatIsThereTwiceIsRefused) {
    const TemporaryFolder folder;
    write_part(folder.path(), "mnist", "train", tiny_images(2, 1), std::vector<std::uint8_t>{0, 1});
    write_file(folder / "train-images-idx3-ubyte", idx_images(tiny_images(2, 1)));
    EXPECT_TRUE(contains(data_refusal([&] { find_split(folder.path(), "mnist"); }),
                         "split 'mnist' is there twice, as EMNIST's IDX files and as MNIST's IDX files; move one"));
}

}  // namespace
}  // namespace inkling
