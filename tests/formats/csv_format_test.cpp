#include "formats/csv_format.h"

#include <gtest/gtest.h>

#include "mutations.h"
#include "tiny_split.h"

namespace inkling {
namespace {

struct Layout {
    std::string line_end = "\n";
    std::string quote = {};
    bool heading = false;
    bool label_last = false;
};

std::string row_of(std::vector<std::string> fields, const Layout& layout) {
    if (layout.label_last) std::rotate(fields.begin(), fields.begin() + 1, fields.end());
    std::string row;
    for (const std::string& field : fields) row += layout.quote + field + layout.quote + ",";
    row.pop_back();
    return row + layout.line_end;
}

/// The tiny images with these labels.
std::string csv_of(const std::vector<std::string>& labels, const Layout& layout = {}) {
    std::string text;
    if (layout.heading) {
        std::vector<std::string> names = {"Label"};
        for (std::size_t i = 0; i < kPixels; ++i) names.push_back("pixel" + std::to_string(i));
        text += row_of(names, layout);
    }
    const auto pixels = tiny_images(labels.size(), 1);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        std::vector<std::string> fields = {labels[i]};
        for (std::size_t k = 0; k < kPixels; ++k) fields.push_back(std::to_string(pixels[i * kPixels + k]));
        text += row_of(fields, layout);
    }
    return text;
}

Bytes bytes_of(const std::string& text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

StoredPart parse(const std::string& text) { return parse_csv(bytes_of(text), "x.csv"); }

std::string refusal(const std::string& text) {
    return data_refusal([&] { parse(text); });
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    text.replace(text.find(what), what.size(), with);
    return text;
}

const std::vector<std::string> kLabels = {"0", "2", "1"};

TEST(Csv, ReadsEveryWayToWriteTheSameTable) {
    for (const char* line_end : {"\n", "\r\n", "\r"})
        for (const char* quote : {"", "\""})
            for (const bool heading : {false, true})
                for (const bool label_last : {false, true}) {
                    if (label_last && !heading) continue;
                    for (const char* mark : {"", "\xef\xbb\xbf"}) {
                        const StoredPart part = parse(mark + csv_of(kLabels, {line_end, quote, heading, label_last}));
                        EXPECT_EQ(part.images, tiny_images(3, 1));
                        EXPECT_EQ(part.labels, (std::vector<std::uint8_t>{0, 2, 1}));
                        EXPECT_FALSE(part.mapping);
                        EXPECT_EQ(part.details,
                                  fmt::format("{}, label in column {}", heading ? "with a heading" : "no heading",
                                              label_last ? 785 : 1));
                    }
                }
}

TEST(Csv, ReadsWhatIsGzippedAndWhatHasNoLastLineEnd) {
    std::string text = csv_of(kLabels);
    EXPECT_EQ(parse_csv(gzip(bytes_of(text)), "x").labels, (std::vector<std::uint8_t>{0, 2, 1}));
    text.pop_back();
    EXPECT_EQ(parse(text).images, tiny_images(3, 1));
}

TEST(Csv, TakesLabelsThatAreNamesForClasses) {
    const StoredPart part = parse(csv_of({"b", "10", "9", "\xc3\xa4", "b"}));
    EXPECT_EQ(part.mapping->class_names, (std::vector<std::string>{"9", "10", "b", "\xc3\xa4"}));
    EXPECT_EQ(part.labels, (std::vector<std::uint8_t>{2, 1, 0, 3, 2}));
}

TEST(Csv, RefusesWhatIsNoPixelOrLabel) {
    const std::string text = csv_of(kLabels);
    EXPECT_EQ(refusal(replaced(text, ",200,", ",256,")),
              "x.csv:1: \"256\" in column 32, expected a pixel from 0 to 255");
    EXPECT_EQ(refusal(replaced(text, ",200,", ",-1,")), "x.csv:1: \"-1\" in column 32, expected a pixel from 0 to 255");
    EXPECT_EQ(refusal(replaced(text, ",200,", ",0.5,")),
              "x.csv:1: \"0.5\" in column 32, expected a pixel from 0 to 255");
    EXPECT_EQ(refusal(replaced(text, ",200,", ",,")), "x.csv:1: nothing in column 32, expected a pixel from 0 to 255");
    EXPECT_EQ(refusal(replaced(text, "\n2,", "\n,")), "x.csv:2: nothing in column 1, expected a label");
    EXPECT_EQ(refusal(replaced(text, "\n2,", "\n256,")),
              "x.csv:2: \"256\" in column 1, expected a label from 0 to 255");
    EXPECT_EQ(refusal(replaced(text, "\n2,", "\n\xff,")),
              "x.csv: a name that is no text in UTF-8, expected a class's; "
              "save it anew as UTF-8");
}

TEST(Csv, RefusesRaggedRowsAndRowsWithoutLabels) {
    const std::string text = csv_of(kLabels);
    const std::string rest = ": a label and 28x28 pixels";
    EXPECT_EQ(refusal(text.substr(0, text.rfind(','))),
              "x.csv:3: 784 columns, expected 785" + rest + "; these images have no labels");
    EXPECT_EQ(refusal(replaced(text, "\n2,", "\n2,0,0,")), "x.csv:2: 787 columns, expected 785" + rest);
    EXPECT_EQ(refusal("a,b,c\n1,2,3\n"), "x.csv:1: 3 columns, expected 785" + rest);
    EXPECT_EQ(refusal(text + "7\n"), "x.csv:4: 1 columns, expected 785" + rest);
}

TEST(Csv, CountsBlankLinesWhereItSaysWhatIsWrong) {
    for (const std::string end : {"\n", "\r\n", "\r"}) {
        const std::string blank = end + end + end + csv_of(kLabels, {.line_end = end}) + end + end;
        EXPECT_EQ(parse(blank).labels, (std::vector<std::uint8_t>{0, 2, 1}));
        EXPECT_EQ(refusal(blank + "7" + end), "x.csv:9: 1 columns, expected 785: a label and 28x28 pixels");
        EXPECT_EQ(refusal(replaced(blank, end + "2,", end + end + "256,")),
                  "x.csv:6: \"256\" in column 1, expected a label from 0 to 255");
        EXPECT_TRUE(refusal(blank + "\"7").starts_with("x.csv:9: a quote that has no partner"));
    }
}

TEST(Csv, NamesTheFirstOfSeveralColumnsThatAreWrong) {
    const std::string wrong = replaced(replaced(csv_of(kLabels), ",200,", ",x,"), ",1,", ",300,");
    EXPECT_EQ(refusal(wrong), "x.csv:1: \"300\" in column 2, expected a pixel from 0 to 255");
    EXPECT_EQ(refusal(csv_of(kLabels, {.heading = true}) + wrong),
              "x.csv:5: \"300\" in column 2, expected a pixel from 0 to 255");
}

/// Images whose corners are paper, and whose last column is this.
std::string with_last_column(const std::string& label, const std::vector<std::string>& last,
                             const std::string& pixel = "0") {
    std::string text;
    for (std::size_t i = 0; i < last.size(); ++i) {
        std::vector<std::string> fields(kPixels + 1, pixel);
        fields[100 + i] = "200";
        fields.front() = label;
        fields.back() = last[i];
        text += row_of(fields, {});
    }
    return text;
}

TEST(Csv, RefusesLabelsThatStandLastWhereNothingSaysSo) {
    EXPECT_EQ(refusal(with_last_column("0", {"7", "2", "9"})),
              "x.csv: column 1 is 0 in every row, and column 785 has 2 to 9, as labels are; expected the label in "
              "column 1: move it there, or begin with a heading that calls its column label");
    EXPECT_TRUE(refusal(with_last_column("255", {"0", "1"}, "255")).starts_with("x.csv: column 1 is 255 in every row"));
    std::string heading = "label";
    for (std::size_t i = 0; i < kPixels; ++i) heading += ",p" + std::to_string(i);
    EXPECT_EQ(parse(heading + "\n" + with_last_column("0", {"7", "2", "9"})).labels.size(), 3u);
}

TEST(Csv, TakesATableOfOneClass) {
    EXPECT_EQ(parse(with_last_column("0", {"0", "0", "0"})).labels, (std::vector<std::uint8_t>{0, 0, 0}));
    EXPECT_EQ(parse(with_last_column("7", {"0", "3", "0"})).labels, (std::vector<std::uint8_t>{7, 7, 7}));
    EXPECT_EQ(parse(with_last_column("0", {"0", "3"}, "2")).labels.size(), 2u) << "there is ink beside it";
    EXPECT_EQ(parse(with_last_column("0", {"0", "255"})).labels.size(), 2u) << "ink, and no label";
}

TEST(Csv, RefusesOtherEncodingsAndBrokenQuotes) {
    const std::string text = csv_of(kLabels);
    std::string wide = "\xff\xfe";
    for (const char letter : text) wide += std::string{letter, '\0'};
    EXPECT_EQ(refusal(wide), "x.csv: text in UTF-16 or UTF-32, expected UTF-8; save it anew as UTF-8");
    EXPECT_EQ(refusal(replaced(text, ",200,", ",\"200,")),
              "x.csv:1: a quote that has no partner, expected fields in quotes or without");
    EXPECT_EQ(refusal(replaced(text, ",200,", ",2\"00,")),
              "x.csv:1: a quote that has no partner, expected fields in quotes or without");
    EXPECT_EQ(refusal("\"" + text), "x.csv:1: a quote that has no partner, expected fields in quotes or without");
    EXPECT_EQ(refusal(std::string(100'000, '7')), "x.csv:1: a field without end, expected numbers that commas part");
}

TEST(Csv, IsFoundByItsNameAndTurnedAsItsInkSays) {
    const TemporaryFolder folder;
    const auto write = [&](const std::string& name, std::size_t count) {
        std::string text;
        const auto pixels = strokes(count, 20);
        for (std::size_t i = 0; i < count; ++i) {
            std::vector<std::string> fields = {std::to_string(i % 3)};
            for (std::size_t k = 0; k < kPixels; ++k) fields.push_back(std::to_string(pixels[i * kPixels + k]));
            text += row_of(fields, {});
        }
        write_file(folder / name, text);
    };
    write("mnist_train.csv", 300);
    write("mnist_test.csv", 6);
    write("emnist-mine-train.csv", 5);
    write("A_Z Handwritten Data.csv", 30);
    write_file(folder / "notes.csv", "image,why\n3,no digit\n");
    std::vector<std::string> names;
    for (const SplitFiles& split : find_splits(folder.path())) names.push_back(split.name);
    EXPECT_EQ(names, (std::vector<std::string>{"A_Z Handwritten Data", "mine", "mnist"}));

    const Dataset test = load_dataset(folder.path(), "mnist", Part::kTest);
    EXPECT_EQ(test.size(), 6u);
    EXPECT_EQ(test.stored, Orientation::kTransposed) << "as the training part's ink shows";
    const Dataset mine = load_dataset(folder.path(), "mine", Part::kTrain);
    EXPECT_TRUE(contains(describe_assumptions(mine), "stored column by column, as EMNIST's are, for they do not show"));
    EXPECT_FALSE(has_part(folder.path(), "mine", Part::kTest));

    const std::string alone = "A_Z Handwritten Data";
    const Dataset learned = load_dataset(folder.path(), alone, Part::kTrain);
    const Dataset tested = load_dataset(folder.path(), alone, Part::kTest);
    EXPECT_EQ(learned.size(), 24u);
    EXPECT_EQ(class_histogram(tested), (std::vector<std::size_t>{2, 2, 2}));
    EXPECT_TRUE(contains(describe_assumptions(learned), "stored row by row, as MNIST's are, for they do not show it"));
    EXPECT_TRUE(contains(describe_assumptions(learned), "five sixths to learn from and a sixth to test by"));
    const Dataset named = load_dataset(folder / "mnist_train.csv", "mnist", Part::kTest);
    EXPECT_EQ(named.size(), 51u) << "a sixth of each class of 100";
}

TEST(Csv, NamesOfClassesAreTheTrainingPartsInBoth) {
    const TemporaryFolder folder;
    write_file(folder / "own-train.csv", csv_of({"a", "b", "c"}));
    write_file(folder / "own-test.csv", csv_of({"c", "a"}));
    const Dataset test = load_dataset(folder.path(), "own", Part::kTest);
    EXPECT_EQ(test.class_names, (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(test.labels, (std::vector<std::uint8_t>{2, 0}));
    write_file(folder / "own-test.csv", csv_of({"c", "d"}));
    EXPECT_EQ(data_refusal([&] { load_dataset(folder.path(), "own", Part::kTest); }),
              (folder / "own-test.csv").string() + ": class d is not among the 3 of the training part");
}

TEST(Csv, AListBesideTheDataHasTheClassesThatATableLacks) {
    const TemporaryFolder folder;
    write_file(folder / "own-train.csv", csv_of({"c", "a", "c"}));
    write_file(folder / "classes.txt", "a\nb\nc\n");
    const Dataset data = load_dataset(folder.path(), "own", Part::kTrain);
    EXPECT_EQ(data.class_names, (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(data.labels, (std::vector<std::uint8_t>{2, 0, 2}));
    write_file(folder / "classes.txt", "a\nb\n");
    EXPECT_EQ(data_refusal([&] { load_dataset(folder.path(), "own", Part::kTrain); }),
              (folder / "own-train.csv").string() + ": class c is not among the 2 of classes.txt");
}

TEST(Csv, DamagedFilesAreReadOrRefused) {
    const int refusals = count_refusals(
        bytes_of(csv_of(kLabels, {.heading = true})), true, 30,
        [](const Bytes& file) {
            const StoredPart part = parse_csv(file, "x");
            EXPECT_EQ(part.images.size(), part.labels.size() * kPixels);
        },
        3 * 1032);
    EXPECT_GT(refusals, mutated_files() / 4);
    EXPECT_LT(refusals, mutated_files());
}

}  // namespace
}  // namespace inkling
