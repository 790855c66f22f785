#include "deploy/page_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/files.h"
#include "deploy/page_picture.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

/// Bars of a character, in fifths of its height: x, y, width, height.
struct Letter {
    char name;
    std::vector<std::array<int, 4>> bars;
};

const std::vector<Letter> kLetters = {
    {'L', {{0, 0, 1, 5}, {0, 4, 3, 1}}},
    {'T', {{0, 0, 4, 1}, {2, 0, 1, 5}}},
    {'O', {{0, 0, 1, 5}, {3, 0, 1, 5}, {0, 0, 4, 1}, {0, 4, 4, 1}}},
    {'I', {{0, 0, 1, 5}}},
    {'F', {{0, 0, 1, 5}, {0, 0, 3, 1}, {0, 2, 3, 1}}},
    {'E', {{0, 0, 1, 5}, {0, 0, 3, 1}, {0, 2, 3, 1}, {0, 4, 3, 1}}},
};

GreyPicture sheet(int width, int height) {
    return {
        .width = width,
        .height = height,
        .pixels = std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 225)};
}

constexpr int kFifth = 10;

/// Draws a letter; returns where it ends.
int draw(GreyPicture& picture, const Letter& letter, int left, int top) {
    int right = left;
    for (const auto& [x, y, width, height] : letter.bars) {
        right = std::max(right, left + kFifth * (x + width));
        for (int row = top + kFifth * y; row < top + kFifth * (y + height); ++row)
            for (int column = left + kFifth * x; column < left + kFifth * (x + width); ++column)
                picture.pixels[static_cast<std::size_t>(row) * picture.width + column] = 40;
    }
    return right;
}

GreyPicture picture_of(const std::vector<std::string>& lines, int apart) {
    GreyPicture picture = sheet(700, 60 + 100 * static_cast<int>(lines.size()));
    for (std::size_t line = 0; line < lines.size(); ++line) {
        int x = 40;
        for (const char name : lines[line]) {
            const auto letter = std::ranges::find(kLetters, name, &Letter::name);
            x = letter == kLetters.end() ? x + 4 * kFifth
                                         : draw(picture, *letter, x, 40 + 100 * static_cast<int>(line)) + apart;
        }
    }
    return picture;
}

std::vector<std::string> class_names() {
    std::vector<std::string> names;
    for (const Letter& letter : kLetters) names.emplace_back(1, letter.name);
    return names;
}

/// One matrix, whose rows are the letters: it reads what is most like them, and what is like none is strange to it.
Model letters_model() {
    Model model{.recipe = parse_recipe("[network]\nlayers = [{type = \"flatten\"}]\n", "letters.toml"),
                .split = "mine",
                .class_names = class_names(),
                .normalization = {0, 1},
                .parameters = {},
                .statistics = {}};
    const std::size_t classes = kLetters.size();
    const ParameterLayout layout = parameter_layout(model.recipe.network, model.classes());
    model.parameters.resize(layout.parameter_count);
    std::vector<EmnistImage> images;
    for (std::size_t i = 0; i < classes; ++i) {
        GreyPicture picture = sheet(100, 100);
        draw(picture, kLetters[i], 30, 25);
        images.push_back(convert_picture(picture).pixels);
        // -|x - letter|^2 but for what is the same for all, in units that make ten black pixels a nat.
        for (const TensorInfo& tensor : layout.parameters)
            for (std::size_t pixel = 0; pixel < 784; ++pixel) {
                const float value = static_cast<float>(images[i][pixel]) / 255;
                if (tensor.size == 784 * classes) model.parameters[tensor.offset + i * 784 + pixel] = 0.2f * value;
                if (tensor.size == classes) model.parameters[tensor.offset + i] -= 0.1f * value * value;
            }
    }
    Strangeness strangeness{.whitening = std::vector<double>(classes * classes), .centres = {}, .most = 200};
    for (std::size_t i = 0; i < classes; ++i) strangeness.whitening[i * classes + i] = 1;
    Network network = make_network(model, 1);
    for (const EmnistImage& image : images) {
        std::ranges::transform(image, network.input().begin(),
                               [](int pixel) { return static_cast<float>(pixel) / 255; });
        network.forward({});
        strangeness.centres.insert(strangeness.centres.end(), network.logits().begin(), network.logits().end());
    }
    model.strangeness = strangeness;
    return model;
}

std::string read(const GreyPicture& picture) {
    const Model model = letters_model();
    CharacterReader reader(model, find_charset("", model.class_names));
    return read_page(picture, reader, model.class_names, "page").text();
}

TEST(PageReader, ReadsLinesWordsAndCharacters) {
    EXPECT_EQ(read(picture_of({"TOIL LOT", "FEE", "FOIL TILE LIFE"}, 12)), "TOIL LOT\nFEE\nFOIL TILE LIFE\n");
}

TEST(PageReader, CutsWhatTouches) {
    GreyPicture picture = picture_of({"TOT", "LEFT"}, 12);
    const auto bridge = [&](int left, int right, int top) {
        for (int y = top; y < top + 3; ++y)
            for (int x = left; x < right; ++x) picture.pixels[static_cast<std::size_t>(y) * picture.width + x] = 40;
    };
    bridge(40 + 30, 40 + 40 + 12, 65);             // T and O
    bridge(40 + 30, 40 + 30 + 12, 40 + 100 + 44);  // L and E
    EXPECT_EQ(read(picture), "TOT\nLEFT\n");
}

TEST(PageReader, ASpaceIsWhatIsWideAmongThePagesGaps) {
    EXPECT_EQ(read(picture_of({"LOT OF", "TOIL"}, 4)), "LOT OF\nTOIL\n");
    EXPECT_EQ(read(picture_of({"LOT OF", "TOIL"}, 18)), "LOT OF\nTOIL\n");
}

TEST(PageReader, ABlankPageHasNoText) { EXPECT_EQ(read(sheet(200, 100)), ""); }

TEST(PageReader, BoxesAreInThePicturesPixels) {
    const GreyPicture picture = picture_of({"TOIL"}, 12);
    const Model model = letters_model();
    CharacterReader reader(model, find_charset("", model.class_names));
    const PageReading page = read_page(picture, reader, model.class_names, "page");
    ASSERT_EQ(page.lines.size(), 1u);
    const std::vector<PageCharacter>& word = page.lines[0][0].characters;
    ASSERT_EQ(word.size(), 4u);
    EXPECT_NEAR(word[1].box.x, 40 + 40 + 12, 2);
    EXPECT_NEAR(word[1].box.y, 40, 2);
    EXPECT_NEAR(word[1].box.width, 40, 4);
    EXPECT_NEAR(word[1].box.height, 50, 4);
    EXPECT_EQ(word[1].reading.is_character(), true);
}

TEST(PagePicture, IsAPngNoLargerThanAScreen) {
    const TemporaryFolder folder;
    const GreyPicture picture = picture_of({"TOIL"}, 12);
    const Model model = letters_model();
    CharacterReader reader(model, find_charset("", model.class_names));
    const PageReading page = read_page(picture, reader, model.class_names, "page");
    const auto width = [&](const GreyPicture& shown) {
        draw_page(folder / "page.png", shown, page, model.class_names);
        const auto png = read_file(folder / "page.png");
        EXPECT_EQ(std::to_integer<int>(png[1]), 'P');
        return 256 * std::to_integer<int>(png[18]) + std::to_integer<int>(png[19]);
    };
    EXPECT_EQ(width(picture), 700);
    EXPECT_EQ(width(sheet(5000, 100)), 1667);
}

}  // namespace
}  // namespace inkling
