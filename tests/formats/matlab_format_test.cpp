#include "formats/matlab_format.h"

#include <gtest/gtest.h>

#include "data/folds.h"
#include "mutations.h"
#include "tiny_split.h"

namespace inkling {
namespace {

std::string refusal(const std::string& name) {
    const std::string line = split_refusal(format_fixture(name));
    EXPECT_TRUE(contains(line, format_fixture(name)));
    return line.substr(std::min(line.size(), format_fixture(name).size() + 2));
}

TEST(Matlab, ReadsWhatSciPyWrote) {
    for (const char* name : {"emnist-tiny.mat", "plain.mat"}) {
        const auto file = read_file(format_fixture(name));
        const StoredPart train = parse_matlab(file, "x", Part::kTrain);
        EXPECT_EQ(train.images, tiny_images(6, 1));
        EXPECT_EQ(train.labels, (std::vector<std::uint8_t>{1, 2, 3, 1, 2, 3}));
        EXPECT_EQ(train.writers, (std::vector<std::uint32_t>{1000, 1000, 1001, 1001, 1002, 1002}));
        EXPECT_EQ(train.mapping->class_names, (std::vector<std::string>{"A", "B", "C"}));
        EXPECT_EQ(train.mapping->first_label, 1);
        EXPECT_EQ(parse_matlab(file, "x", Part::kTest).images, tiny_images(3, 2));
    }
}

TEST(Matlab, IsASplitWhoseWritersMakeFolds) {
    const std::string path = format_fixture("emnist-tiny.mat");
    EXPECT_EQ(find_splits(path).at(0).name, "tiny");
    const Dataset train = load_dataset(path, "tiny", Part::kTrain);
    EXPECT_EQ(train.stored, Orientation::kTransposed);
    EXPECT_EQ(train.image(0)[2 * kSide + 1], 200) << "pixel 30 of a transposed image";
    EXPECT_EQ(train.labels, (std::vector<std::uint8_t>{0, 1, 2, 0, 1, 2}));
    EXPECT_TRUE(contains(describe_assumptions(train),
                         "split tiny: EMNIST's MATLAB file, images stored column by column, with their writers"));
    const Folds folds = writer_folds(train, 1, 3, 0);
    for (std::size_t i = 0; i < 6; i += 2) EXPECT_EQ(folds.fold[i], folds.fold[i + 1]) << "one writer, one fold";
}

TEST(Matlab, RefusesWhatIsNotAsEmnistHasIt) {
    EXPECT_EQ(refusal("no-writers.mat"), "dataset.train: no field 'writers', expected EMNIST's");
    EXPECT_EQ(refusal("few-labels.mat"), "dataset.train.labels: 5x1 numbers, expected 6x1, one for each image");
    EXPECT_EQ(refusal("narrow.mat"), "dataset.train.images: 783 columns, expected 784");
    EXPECT_EQ(refusal("large-values.mat"),
              "dataset.train.images: value 300 in row 1, column 1, expected whole numbers from 0 to 255");
    EXPECT_EQ(refusal("complex.mat"), "dataset.train.labels: complex numbers, expected real ones");
    EXPECT_EQ(refusal("text.mat"), "dataset.train.labels: 1x6 numbers, expected 6x1, one for each image");
    EXPECT_EQ(refusal("gap.mat"), "dataset.mapping: label 3 in row 2, expected labels that rise by one");
    EXPECT_EQ(refusal("umlaut.mat"), "dataset.mapping: code 196 in row 1, expected 33 to 126");
    EXPECT_EQ(refusal("other.mat"), "no variable 'dataset', expected EMNIST's");
}

TEST(Matlab, RefusesOtherVersionsAndWhatIsCutOff) {
    const auto file = read_file(format_fixture("plain.mat"));
    const auto refused = [](const Bytes& bytes) {
        return data_refusal([&] { parse_matlab(bytes, "x", Part::kTrain); });
    };
    Bytes changed = file;
    std::swap(changed[126], changed[127]);
    EXPECT_EQ(refused(changed), "x: a big-endian MATLAB file, expected a little-endian one; save it anew");
    changed = file;
    changed[7] = std::byte{'7'};
    changed[9] = std::byte{'3'};
    EXPECT_EQ(refused(changed), "x: a MATLAB file of version 7.3, expected 5 to 7; save it anew with -v7");
    EXPECT_EQ(refused({}), "x: does not begin as MATLAB's files do, expected one of version 5 to 7");
    for (std::size_t size = 128; size < file.size(); ++size)
        EXPECT_FALSE(refused(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size))).empty());
}

TEST(Matlab, DamagedFilesAreReadOrRefused) {
    std::uint32_t stream = 10;
    for (const char* name : {"emnist-tiny.mat", "plain.mat"}) {
        const int refusals = count_refusals(
            read_file(format_fixture(name)), false, stream++,
            [](const Bytes& file) {
                const StoredPart part = parse_matlab(file, "x", Part::kTrain);
                EXPECT_EQ(part.images.size(), part.labels.size() * kPixels);
            },
            3 * 1032);
        EXPECT_GT(refusals, mutated_files() / 4);
        EXPECT_LT(refusals, mutated_files());
    }
}

}  // namespace
}  // namespace inkling
