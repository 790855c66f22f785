#include "formats/numpy_format.h"

#include <gtest/gtest.h>

#include "formats/npz_file.h"
#include "mutations.h"
#include "tiny_split.h"

namespace inkling {
namespace {

std::string refusal(const std::string& name, Part part = Part::kTrain) {
    const std::string line = split_refusal(format_fixture(name), part);
    EXPECT_TRUE(contains(line, format_fixture(name)));
    return line.substr(std::min(line.size(), format_fixture(name).size() + 2));
}

TEST(Numpy, ReadsAnArchiveAsKerasHasMnist) {
    const std::string path = format_fixture("mine.npz");
    const Dataset train = load_dataset(path, "mine", Part::kTrain);
    EXPECT_EQ(train.images, tiny_images(6, 1));
    EXPECT_EQ(train.labels, (std::vector<std::uint8_t>{0, 1, 2, 0, 1, 2}));
    EXPECT_EQ(train.stored, Orientation::kUpright);
    const Dataset test = load_dataset(path, "mine", Part::kTest);
    EXPECT_EQ(test.images, tiny_images(3, 2)) << "of big-endian floats";
    EXPECT_EQ(test.labels, (std::vector<std::uint8_t>{0, 1, 2}));
    EXPECT_EQ(test.files.size(), 1u);
}

TEST(Numpy, ReadsOneArrayAFileAsKuzushijiComes) {
    const TemporaryFolder folder;
    for (const char* name :
         {"tiny49-train-imgs.npz", "tiny49-train-labels.npz", "tiny49-test-imgs.npz", "tiny49-test-labels.npz"})
        std::filesystem::copy(format_fixture(name), folder / name);
    const Dataset train = load_dataset(folder.path(), "tiny49", Part::kTrain);
    EXPECT_EQ(train.images, tiny_images(6, 1));
    EXPECT_EQ(train.files.size(), 2u);
    EXPECT_EQ(load_dataset(folder.path(), "tiny49", Part::kTest).images, tiny_images(3, 2));
    write_file(folder / "tiny49_classmap.csv",
               "index,codepoint,char\r\n0,U+3042,\u3042\r\n1,U+3044,\u3044\r\n2,U+3046,\u3046\r\n");
    const std::vector<std::string> kana = {"\u3042", "\u3044", "\u3046"};
    EXPECT_EQ(load_dataset(folder.path(), "tiny49", Part::kTrain).class_names, kana);
    const std::string map = (folder / "tiny49_classmap.csv").string();
    for (const char* wrong : {"h\n1,U+3042,a\n", "h\n0,a\n", "h\n0\n", "h\n0,U+3042,\n"}) {
        write_file(map, wrong);
        EXPECT_TRUE(split_refusal(folder.path()).starts_with(map + ":2: ")) << wrong;
    }
    write_file(map, "index,codepoint,char\n");
    EXPECT_EQ(split_refusal(folder.path()), map + ": no classes, expected a line for each");
    std::filesystem::remove(folder / "tiny49-test-labels.npz");
    EXPECT_EQ(data_refusal([&] { load_dataset(folder.path(), "tiny49", Part::kTest); }),
              folder.path().string() + ": no file tiny49-test-labels.npz, expected it beside tiny49-test-imgs.npz");
}

/// An .npy file of bytes, as NumPy writes it.
std::string npy_of(const std::string& shape, const std::vector<std::uint8_t>& values) {
    std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (" + shape + "), }";
    header.resize(117, ' ');
    header += '\n';
    return std::string("\x93NUMPY\x01\0\x76\0", 10) + header + std::string(values.begin(), values.end());
}

TEST(Numpy, ReadsAnArrayForEachClassAsQuickDrawComes) {
    const TemporaryFolder folder;
    const std::filesystem::path doodles = folder / "doodles";
    std::filesystem::create_directory(doodles);
    write_file(doodles / "full_numpy_bitmap_ice cream.npy", npy_of("12, 784", tiny_images(12, 1)));
    write_file(doodles / "cat.npy", npy_of("6, 28, 28", tiny_images(6, 50)));
    const Dataset train = load_dataset(doodles, "doodles", Part::kTrain);
    const Dataset test = load_dataset(doodles, "doodles", Part::kTest);
    EXPECT_EQ(train.class_names, (std::vector<std::string>{"cat", "ice cream"}));
    EXPECT_EQ(train.size() + test.size(), 18u);
    EXPECT_EQ(std::ranges::count(test.labels, 0), 1);
    EXPECT_EQ(std::ranges::count(test.labels, 1), 2);
    EXPECT_EQ(train.stored, Orientation::kUpright);
    EXPECT_EQ(train.files.size(), 2u);
    for (std::size_t i = 0; i < train.size(); ++i)
        EXPECT_EQ(*std::ranges::find_if(train.image(i), [](int value) { return value > 0; }) >= 50,
                  train.labels[i] == 0);

    write_file(doodles / "cat.npy", npy_of("6, 27", std::vector<std::uint8_t>(6 * 27)));
    EXPECT_EQ(split_refusal(doodles),
              (doodles / "cat.npy").string() + ": an array of shape (6, 27), expected images, (N, 784)");
    write_file(doodles / "cat.npy", "no array");
    EXPECT_TRUE(contains(split_refusal(doodles), "cat.npy: does not begin with \\x93NUMPY"));
    std::filesystem::rename(doodles / "cat.npy", doodles / "ice cream.npy");
    EXPECT_EQ(split_refusal(doodles),
              doodles.string() + ": class ice cream is there twice, expected one file for each");
}

TEST(Numpy, RefusesWhatIsNoImageOrLabel) {
    EXPECT_EQ(refusal("fortran.npz"),
              "x_train: stored in Fortran's order, expected C's; save numpy.ascontiguousarray of it");
    EXPECT_TRUE(contains(refusal("shares.npz"), "x_train: value 0.00392"));
    EXPECT_TRUE(contains(refusal("shares.npz"), "at index 0, expected whole numbers from 0 to 255"));
    EXPECT_EQ(refusal("negative.npz"), "y_train: value -1 at index 0, expected whole numbers from 0 to 255");
    EXPECT_TRUE(contains(refusal("text.npz"), "y_train: its header is {'descr': '<U1', 'fortran_order': False,"));
    EXPECT_EQ(refusal("small.npz"), "images of shape (6, 27, 28), expected (N, 28, 28)");
    EXPECT_EQ(refusal("one-hot.npz"), "labels of shape (6, 6), expected one number an image");
    EXPECT_EQ(refusal("no-test.npz", Part::kTest),
              "holds 3 arrays: x_train.npy, y_train.npy, y_test.npy, expected x_test.npy");
    EXPECT_EQ(refusal("tiny49-test-imgs.npz"), "holds 1 arrays: arr_0.npy, expected y_train.npy");
    auto named = read_file(format_fixture("no-test.npz"));
    const std::string name = "x_train.npy";
    for (auto at = named.begin();; ++at) {
        at = std::search(at, named.end(), name.begin(), name.end(),
                         [](std::byte byte, char letter) { return static_cast<char>(byte) == letter; });
        if (at == named.end()) break;
        at[1] = std::byte{'\n'};
    }
    EXPECT_EQ(data_refusal([&] { parse_npz(named, "x", "x_train"); }),
              "x: holds 3 arrays: x\\x0atrain.npy, y_train.npy, y_test.npy, expected x_train.npy");
}

TEST(Numpy, RefusesWhatIsNoArchive) {
    const auto refused = [](const Bytes& bytes) { return data_refusal([&] { parse_npz(bytes, "x", "x_train"); }); };
    EXPECT_TRUE(contains(refused(Bytes(100)), "x: no archive of NumPy's ("));
    EXPECT_TRUE(contains(refused({}), "x: "));
    const auto file = read_file(format_fixture("mine.npz"));
    for (std::size_t size = 0; size < file.size(); size += 7)
        EXPECT_FALSE(refused(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size))).empty());
}

TEST(Numpy, DamagedArraysAreReadOrRefused) {
    const std::string file = npy_of("6, 784", tiny_images(6, 1));
    const auto bytes = std::as_bytes(std::span(file));
    const int refusals = count_refusals(Bytes(bytes.begin(), bytes.end()), false, 21, [](const Bytes& mutated) {
        EXPECT_LE(parse_npy(mutated, "x").values.size(), mutated.size());
    });
    EXPECT_GT(refusals, mutated_files() / 4);
}

TEST(Numpy, DamagedFilesAreReadOrRefused) {
    const int refusals = count_refusals(
        read_file(format_fixture("mine.npz")), false, 20,
        [](const Bytes& file) {
            EXPECT_FALSE(parse_npz(file, "x", "x_train").values.empty());
            EXPECT_LE(parse_npz(file, "x", "y_test").values.size(), 1032 * file.size());
        },
        3 * 1032);
    EXPECT_GT(refusals, mutated_files() / 4);
    EXPECT_LT(refusals, mutated_files());
}

}  // namespace
}  // namespace inkling
