#include "data/catalogue.h"

#include <gtest/gtest.h>

#include "core/files.h"
#include "handwriting/glyphs.h"
#include "idx_files.h"
#include "refusal.h"

namespace inkling {
namespace {

TEST(Catalogue, HasTheClassesThatCanBeWrittenInBalanced) {
    EXPECT_EQ(find_official_split("balanced")->class_names, kWrittenClasses);
}

Mapping official(std::string_view split) { return official_mapping(*find_official_split(split)); }

std::string mapping_refusal(const std::string& text) {
    return data_refusal([&] { parse_mapping(text, "m.txt"); });
}

TEST(Catalogue, KnowsTheSizesOfTheSixSplits) {
    struct Facts {
        std::uint32_t train, test;
        std::size_t classes;
        int first_label;
    };
    const std::vector<std::pair<std::string, Facts>> facts = {
        {"balanced", {112'800, 18'800, 47, 0}}, {"byclass", {697'932, 116'323, 62, 0}},
        {"bymerge", {697'932, 116'323, 47, 0}}, {"letters", {124'800, 20'800, 26, 1}},
        {"digits", {240'000, 40'000, 10, 0}},   {"mnist", {60'000, 10'000, 10, 0}},
    };
    EXPECT_EQ(official_splits().size(), facts.size());
    for (const auto& [name, expected] : facts) {
        const OfficialSplit* split = find_official_split(name);
        ASSERT_NE(split, nullptr) << name;
        EXPECT_EQ(split->train_images, expected.train) << name;
        EXPECT_EQ(split->test_images, expected.test) << name;
        EXPECT_EQ(split->class_names.size(), expected.classes) << name;
        EXPECT_EQ(split->first_label, expected.first_label) << name;
    }
    EXPECT_EQ(find_official_split("sample"), nullptr);
}

TEST(Catalogue, NamesMergedClassesByTheirUpperCaseLetter) {
    const Mapping balanced = official("balanced");
    EXPECT_EQ(balanced.class_names[9], "9");
    EXPECT_EQ(balanced.class_names[10], "A");
    EXPECT_EQ(balanced.class_names[36], "a");
    EXPECT_EQ(balanced.class_names[46], "t");
    EXPECT_EQ(official("byclass").class_names[61], "z");
    EXPECT_EQ(official("letters").class_names[25], "Z");
}

TEST(Catalogue, KnowsAnOfficialSplitByTheExactRangeOfItsLabels) {
    const std::vector<std::pair<std::pair<int, int>, std::string>> ranges = {
        {{0, 61}, "byclass"}, {{0, 46}, "balanced"}, {{1, 26}, "letters"}, {{0, 9}, "mnist"}};
    for (const auto& [range, name] : ranges) {
        ASSERT_NE(find_official_range(range.first, range.second), nullptr) << name;
        EXPECT_EQ(find_official_range(range.first, range.second)->name, name);
    }
    for (const auto& [first, last] : {std::pair(0, 45), {0, 25}, {1, 47}, {1, 9}, {0, 0}, {26, 26}})
        EXPECT_EQ(find_official_range(first, last), nullptr) << first << " to " << last;
}

TEST(Catalogue, NamesOtherClassesByTheirNumbers) {
    EXPECT_EQ(numbered_mapping(0, 2).class_names, (std::vector<std::string>{"0", "1", "2"}));
    EXPECT_EQ(numbered_mapping(9, 11).class_names, (std::vector<std::string>{"9", "10", "11"}));
    EXPECT_EQ(numbered_mapping(9, 11).first_label, 9);
    EXPECT_EQ(numbered_mapping(0, 255).class_names.size(), 256u);
}

TEST(Catalogue, AgreesWithARealMapping) {
    const auto folder = real_data_folder();
    if (folder.empty()) GTEST_SKIP() << "no real data: set INKLING_DATA to a folder with the split 'sample'";
    const Mapping mapping = parse_mapping(read_text(folder / "emnist-sample-mapping.txt"), "sample");
    EXPECT_EQ(mapping.class_names, official("balanced").class_names);
}

TEST(Mapping, StartsAtItsFirstLabel) {
    const Mapping mapping = parse_mapping("1 65 97\n2 66 98\r\n\n", "m.txt");
    EXPECT_EQ(mapping.first_label, 1);
    EXPECT_EQ(mapping.class_names, (std::vector<std::string>{"A", "B"}));
}

TEST(Mapping, RefusesWhatIsNotALineOfNumbers) {
    const std::string expected = "m.txt:2: expected '<label> <character code>[ <character code>]' with codes 33 to 126";
    for (const char* line : {"1", "1 65 97 3", "one 65", "1 6x", "1 31", "1 127", "1 -65", "1 99999999999", "1 65 200"})
        EXPECT_EQ(mapping_refusal(std::string("0 48\n") + line + "\n2 50\n"), expected) << line;
}

TEST(Mapping, RefusesLabelsThatDoNotRiseByOne) {
    EXPECT_EQ(mapping_refusal("0 48\n2 50"), "m.txt:2: label 2, expected labels within 0 to 255 that rise by one");
    EXPECT_TRUE(contains(mapping_refusal("0 48\n0 49"), "m.txt:2: label 0"));
    EXPECT_TRUE(contains(mapping_refusal("-1 48"), "m.txt:1: label -1"));
    EXPECT_TRUE(contains(mapping_refusal("255 48\n256 49"), "m.txt:2: label 256"));
}

TEST(Mapping, RefusesAClassThatIsThereTwice) {
    EXPECT_EQ(mapping_refusal("0 65\n1 66\n\n2 65 97"), "m.txt:4: class A is there twice, expected each once");
    EXPECT_EQ(parse_mapping("0 65 97\n1 97\n", "m.txt").class_names, (std::vector<std::string>{"A", "a"}));
}

TEST(Mapping, RefusesAnEmptyFile) {
    EXPECT_EQ(mapping_refusal(""), "m.txt: no classes, expected one line a class");
    EXPECT_TRUE(contains(mapping_refusal("\n \n"), "no classes"));
}

TEST(Catalogue, ReadsAMappingWhateverWroteIt) {
    for (const char* text : {"\xef\xbb\xbf"
                             "1 88\r\n2 89\r\n",
                             "1 88\r2 89\r", "1 88\n2 89", "1 88\r\n\r\n2 89", "\xef\xbb\xbf\r\n1 88\n2 89\n"}) {
        const Mapping mapping = parse_mapping(text, "m.txt");
        EXPECT_EQ(mapping.class_names, (std::vector<std::string>{"X", "Y"})) << text;
        EXPECT_EQ(mapping.first_label, 1) << text;
    }
    EXPECT_TRUE(contains(mapping_refusal(std::string("\xff\xfe"
                                                     "1\0 \0",
                                                     6)),
                         "m.txt: text in UTF-16 or UTF-32, expected UTF-8"));
    EXPECT_TRUE(contains(mapping_refusal("1 88\rx\r"), "m.txt:2: expected"));
}

}  // namespace
}  // namespace inkling
