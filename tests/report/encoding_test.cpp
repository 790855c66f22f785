#include "report/encoding.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/base64.h"
#include "pictures/png.h"

namespace inkling {
namespace {

TEST(ImageUri, HoldsAPngFile) {
    const std::vector<std::uint8_t> pixels = {0, 255, 100, 1, 2, 3};
    const Shape shape{.channels = 1, .height = 2, .width = 3};
    const std::string png = png_of(pixels, shape);
    EXPECT_EQ(image_uri(pixels, shape), "data:image/png;base64," + base64(std::as_bytes(std::span(png))));
}

}  // namespace
}  // namespace inkling
