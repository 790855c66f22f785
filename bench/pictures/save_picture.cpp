#include "save_picture.h"

#include <algorithm>

#include "core/files.h"
#include "pictures/png.h"

namespace inkling {

void save_picture(const std::filesystem::path& folder, const char* condition, const GreyPicture& picture) {
    std::vector<std::uint8_t> light(picture.pixels.size());
    std::ranges::transform(picture.pixels, light.begin(),
                           [](std::uint8_t ink) { return static_cast<std::uint8_t>(255 - ink); });
    std::string name = condition;
    std::ranges::replace_if(
        name, [](char letter) { return letter == ' ' || letter == ',' || letter == '\''; }, '-');
    write_file(folder / (name + ".png"), png_of(light, {1, picture.height, picture.width}));
}

}  // namespace inkling
