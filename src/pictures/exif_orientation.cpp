#include "pictures/exif_orientation.h"

#include <libexif/exif-data.h>

#include <limits>
#include <memory>

namespace inkling {
namespace {

struct Release {
    void operator()(ExifData* data) const { exif_data_unref(data); }
};

}  // namespace

int exif_orientation(std::span<const std::byte> jpeg) {
    if (jpeg.size() > std::numeric_limits<unsigned>::max()) return 1;
    const std::unique_ptr<ExifData, Release> data(exif_data_new_from_data(
        reinterpret_cast<const unsigned char*>(jpeg.data()), static_cast<unsigned>(jpeg.size())));
    if (data == nullptr) return 1;
    const ExifEntry* entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
    if (entry == nullptr || entry->format != EXIF_FORMAT_SHORT || entry->components != 1 || entry->size < 2) return 1;
    const int orientation = exif_get_short(entry->data, exif_data_get_byte_order(data.get()));
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
}

GreyPicture turned_upright(const GreyPicture& picture, int orientation) {
    if (orientation == 1) return picture;
    // 5 to 8 have rows and columns exchanged; of what is then left, some are mirrored from side to side or top to
    // bottom.
    const bool transposed = orientation >= 5;
    const bool from_right = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
    const bool from_below = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
    GreyPicture upright{.width = transposed ? picture.height : picture.width,
                        .height = transposed ? picture.width : picture.height,
                        .pixels = std::vector<std::uint8_t>(picture.pixels.size())};
    for (int y = 0; y < upright.height; ++y)
        for (int x = 0; x < upright.width; ++x) {
            const int column = from_right ? upright.width - 1 - x : x;
            const int row = from_below ? upright.height - 1 - y : y;
            const std::size_t from = transposed ? static_cast<std::size_t>(column) * picture.width + row
                                                : static_cast<std::size_t>(row) * picture.width + column;
            upright.pixels[static_cast<std::size_t>(y) * upright.width + x] = picture.pixels[from];
        }
    return upright;
}

}  // namespace inkling
