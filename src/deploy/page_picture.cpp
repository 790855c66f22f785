#include "deploy/page_picture.h"

#include <algorithm>
#include <array>

#include "pictures/canvas.h"

namespace inkling {
namespace {

constexpr int kMostSide = 2000;
constexpr Colour kRead{20, 70, 200};
constexpr Colour kNoCharacter{200, 30, 30};

void draw_character(Canvas& canvas, const PageCharacter& character, double scale,
                    const std::vector<std::string>& class_names) {
    const double left = scale * character.box.x, top = scale * character.box.y;
    const double right = left + scale * character.box.width, bottom = top + scale * character.box.height;
    const Colour colour = character.reading.is_character().value_or(true) ? kRead : kNoCharacter;
    const std::array<Point, 5> corners = {{{left, top}, {right, top}, {right, bottom}, {left, bottom}, {left, top}}};
    canvas.line(corners, 1, colour);
    const double size = std::clamp(0.45 * (bottom - top), 9.0, 24.0);
    canvas.text((left + right) / 2, top - 2, class_names[character.reading.classes.front().label], size, colour,
                Align::kCentre);
}

}  // namespace

void draw_page(const std::filesystem::path& path, const GreyPicture& picture, const PageReading& page,
               const std::vector<std::string>& class_names) {
    const int factor = (std::max(picture.width, picture.height) + kMostSide - 1) / kMostSide;
    GreyPicture small = shrunk(picture, factor);
    // A canvas takes ink for bright; half of it, so that what is drawn over it is seen.
    for (std::uint8_t& pixel : small.pixels) pixel = static_cast<std::uint8_t>((255 - pixel) / 2);
    Canvas canvas(small.width, small.height);
    canvas.image(0, 0, 1, small.pixels, {1, small.height, small.width});
    for (const std::vector<PageWord>& line : page.lines)
        for (const PageWord& word : line)
            for (const PageCharacter& character : word.characters)
                draw_character(canvas, character, 1.0 / factor, class_names);
    canvas.save(path);
}

}  // namespace inkling
