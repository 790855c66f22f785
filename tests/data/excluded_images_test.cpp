#include "data/excluded_images.h"

#include <gtest/gtest.h>

#include "mutations.h"
#include "refusal.h"
#include "temporary_folder.h"
#include "toy_data.h"

namespace inkling {
namespace {

using Images = std::vector<std::uint32_t>;

std::string list_refusal(const std::string& text) {
    return data_refusal([&] { parse_excluded_images(text, "list.csv", 100); });
}

TEST(ExcludedImages, AreReadFromAnAuditsTableAndFromPlainLines) {
    EXPECT_EQ(parse_excluded_images("image,given,suggested\n17,O,0\n3,\",\",l\n", "x", 100), (Images{3, 17}));
    EXPECT_EQ(parse_excluded_images("17\n3\n", "x", 100), (Images{3, 17}));
    EXPECT_EQ(parse_excluded_images("\xef\xbb\xbfimage\r\n 17 \r\n\r\n99", "x", 100), (Images{17, 99}));
}

TEST(ExcludedImages, CountOnceThoughTheyAreListedTwice) {
    EXPECT_EQ(parse_excluded_images("3\n3\n", "x", 100), (Images{3}));
}

TEST(ExcludedImages, OfAnEmptyListAreNone) {
    EXPECT_TRUE(parse_excluded_images("", "x", 100).empty());
    EXPECT_TRUE(parse_excluded_images("image,given\n", "x", 100).empty());
}

TEST(ExcludedImages, AreWrittenAsTheyAreRead) {
    EXPECT_EQ(excluded_images_text(Images{3, 17}), "image\n3\n17\n");
    EXPECT_EQ(parse_excluded_images(excluded_images_text(Images{3, 17}), "x", 100), (Images{3, 17}));
    EXPECT_TRUE(parse_excluded_images(excluded_images_text({}), "x", 100).empty());
}

TEST(ExcludedImages, ARefusedListNamesTheLine) {
    EXPECT_EQ(list_refusal("image,given\n3,O\nO,3\n"),
              "list.csv:3: \"O\" is no number, expected an image's index in the training part, from 0");
    EXPECT_TRUE(contains(list_refusal("3\nimage\n"), "list.csv:2: \"image\" is no number"));
    EXPECT_TRUE(contains(list_refusal("-1\n"), "list.csv:1: \"-1\" is no number"));
    EXPECT_TRUE(contains(list_refusal("1.5\n"), "list.csv:1: \"1.5\" is no number"));
    EXPECT_EQ(list_refusal("99\n100\n"),
              "list.csv:2: image 100, but the training part's are 0 to 99; take the list of this data set");
    EXPECT_TRUE(contains(list_refusal("99999999999999999999999\n"), "list.csv:1: image 99999999999999999999999, but"));
}

TEST(ExcludedImages, AreOfTheDataWhoseClassesTheirListNames) {
    Dataset data = toy_dataset(12);
    data.class_names = {"O", ",", "\"", "\xc3\xa9"};
    const std::string heading = "image,given,suggested\n";
    EXPECT_EQ(parse_excluded_images(heading + "4,O,0\n1,\",\",l\n2,\"\"\"\",O\r\n3,\xc3\xa9,O\n\n5\n", "x", data),
              (Images{1, 2, 3, 4, 5}));
    EXPECT_EQ(parse_excluded_images("4,x\n", "x", data), (Images{4})) << "nothing says that it is given";
    EXPECT_EQ(parse_excluded_images("image,why\n4,blot\n", "x", data), (Images{4}));
    const auto refusal = [&](const std::string& lines) {
        return data_refusal([&] { parse_excluded_images(heading + lines, "list.csv", data); });
    };
    EXPECT_EQ(refusal("4,O,0\n\n6,O,0\n"),
              "list.csv:4: image 6 is given as O, but the training part's is \"; take the list of this data set");
    EXPECT_TRUE(contains(refusal("4,\",\",O\n"), "list.csv:2: image 4 is given as ,, but the training part's is O;"));
    EXPECT_TRUE(contains(refusal("12,O,0\n"), "list.csv:2: image 12, but the training part's are 0 to 11"));
}

TEST(ExcludedImages, DamagedListsAreReadOrRefused) {
    const std::string text = "\xef\xbb\xbfimage,given,suggested\r\n17,O,0\r\n3,\",\",l\r\n\r\n 99 \r\n";
    const auto bytes = std::as_bytes(std::span(text));
    const int refusals = count_refusals(Bytes(bytes.begin(), bytes.end()), false, 3, [](const Bytes& file) {
        const Images images =
            parse_excluded_images({reinterpret_cast<const char*>(file.data()), file.size()}, "x", 100);
        EXPECT_TRUE(std::is_sorted(images.begin(), images.end(), std::less_equal())) << "rising, none twice";
        EXPECT_TRUE(images.empty() || images.back() < 100);
    });
    EXPECT_GT(refusals, mutated_files() / 4);
    EXPECT_LT(refusals, mutated_files());
}

TEST(ExcludedImages, AMissingListIsNamed) {
    const TemporaryFolder folder;
    EXPECT_TRUE(contains(data_refusal([&] { read_excluded_images(folder / "none.csv", toy_dataset(4)); }), "none.csv"));
}

TEST(ExcludedImages, LeaveWhatIsLearnedFromAndNotWhatIsHeldOut) {
    const Dataset data = toy_dataset(12);
    const Holdout left =
        without_excluded({.train = {0, 1, 2, 3, 4, 5, 6, 7}, .validation = {8, 9, 10, 11}}, data, Images{1, 4, 9});
    EXPECT_EQ(left.train, (Images{0, 2, 3, 5, 6, 7}));
    EXPECT_EQ(left.validation, (Images{8, 9, 10, 11}));
}

TEST(ExcludedImages, MayNotBeAllOfAClass) {
    const Dataset data = toy_dataset(12);
    EXPECT_EQ(
        usage_refusal([&] {
            without_excluded({.train = {0, 1, 2, 3, 4, 5, 6, 7}, .validation = {8, 9, 10, 11}}, data, Images{2, 6});
        }),
        "the excluded images are all 2 of class 2 that there are to learn from; leave it one");
}

}  // namespace
}  // namespace inkling
