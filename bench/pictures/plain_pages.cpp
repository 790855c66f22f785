#include "plain_pages.h"

#include <algorithm>

#include "pictures/page_marks.h"

namespace inkling {
namespace {

constexpr int kThreshold = 128;

GreyPicture cut_out(const GreyPicture& picture, const PictureBox& box) {
    GreyPicture part{.width = box.width, .height = box.height, .pixels = {}};
    for (int y = box.y; y < box.y + box.height; ++y)
        for (int x = box.x; x < box.x + box.width; ++x)
            part.pixels.push_back(picture.pixels[static_cast<std::size_t>(y) * picture.width + x]);
    return part;
}

/// The boxes of what is darker than the threshold and as large as a character, row by row.
std::vector<std::vector<PictureBox>> rows_of(const GreyPicture& picture) {
    GreyPicture ink = picture;
    for (std::uint8_t& pixel : ink.pixels) pixel = pixel < kThreshold ? 255 : 0;
    std::vector<PictureBox> boxes;
    for (const PagePiece& mark : find_marks(ink, "a page"))
        if (mark.box.height > 10) boxes.push_back(mark.box);
    std::ranges::sort(boxes, {}, &PictureBox::y);
    std::vector<std::vector<PictureBox>> rows;
    for (const PictureBox& box : boxes) {
        if (rows.empty() || box.y > rows.back().front().y + rows.back().front().height) rows.emplace_back();
        rows.back().push_back(box);
    }
    for (std::vector<PictureBox>& row : rows) std::ranges::sort(row, {}, &PictureBox::x);
    return rows;
}

}  // namespace

EmnistImage resized(const GreyPicture& picture) {
    EmnistImage image{};
    for (int row = 0; row < 28; ++row)
        for (int column = 0; column < 28; ++column) {
            const int top = row * picture.height / 28, bottom = std::max((row + 1) * picture.height / 28, top + 1);
            const int left = column * picture.width / 28, right = std::max((column + 1) * picture.width / 28, left + 1);
            int sum = 0;
            for (int y = top; y < bottom; ++y)
                for (int x = left; x < right; ++x)
                    sum += picture.pixels[static_cast<std::size_t>(y) * picture.width + x];
            image[static_cast<std::size_t>(row) * 28 + static_cast<std::size_t>(column)] =
                static_cast<std::uint8_t>(255 - sum / ((bottom - top) * (right - left)));
        }
    return image;
}

std::string read_plainly(const GreyPicture& picture, CharacterReader& reader,
                         const std::vector<std::string>& class_names) try {
    const std::vector<std::vector<PictureBox>> rows = rows_of(picture);
    std::vector<EmnistImage> images;
    for (const std::vector<PictureBox>& row : rows)
        for (const PictureBox& box : row) images.push_back(resized(cut_out(picture, box)));
    const std::vector<Reading> readings = reader.read(images);
    auto next = readings.begin();
    std::string text;
    for (const std::vector<PictureBox>& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (i > 0 && row[i].x - row[i - 1].x - row[i - 1].width > row[i].height / 2) text += ' ';
            text += class_names[(next++)->classes.front().label];
        }
        text += '\n';
    }
    return text;
} catch (const Error&) {
    return {};  // more marks than a page has: nothing is read
}

}  // namespace inkling
