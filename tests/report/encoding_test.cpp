#include "report/encoding.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstring>
#include <vector>

namespace inkling {
namespace {

std::string base64_of(std::string_view text) { return base64(std::as_bytes(std::span(text))); }

TEST(Base64, EncodesTheExamplesOfItsStandard) {
    EXPECT_EQ(base64_of(""), "");
    EXPECT_EQ(base64_of("f"), "Zg==");
    EXPECT_EQ(base64_of("fo"), "Zm8=");
    EXPECT_EQ(base64_of("foo"), "Zm9v");
    EXPECT_EQ(base64_of("foob"), "Zm9vYg==");
    EXPECT_EQ(base64_of("fooba"), "Zm9vYmE=");
    EXPECT_EQ(base64_of("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64_of("\xfb\xff"), "+/8=");
}

TEST(ScriptHash, IsThatOfTheContentSecurityPolicysStandard) {
    EXPECT_EQ(script_hash("alert('Hello, world.');"), "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=");
}

std::vector<std::uint8_t> decode_base64(std::string_view text) {
    std::vector<std::uint8_t> bytes;
    std::uint32_t word = 0;
    int bits = 0;
    for (const char digit : text) {
        const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const char* at = std::strchr(digits, digit);
        if (digit == '=' || at == nullptr) break;
        word = word << 6 | static_cast<std::uint32_t>(at - digits);
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes.push_back(static_cast<std::uint8_t>(word >> bits));
    }
    return bytes;
}

TEST(ImageUri, HoldsThePixelsWithInkInBlack) {
    const std::vector<std::uint8_t> pixels = {0, 255, 100, 1, 2, 3};
    const std::string uri = image_uri(pixels, {.channels = 1, .height = 2, .width = 3});
    const std::string head = "data:image/png;base64,";
    ASSERT_EQ(uri.substr(0, head.size()), head);
    const auto png = decode_base64(std::string_view(uri).substr(head.size()));
    const auto text = std::string(png.begin(), png.end());
    EXPECT_EQ(text.substr(0, 8), "\x89PNG\r\n\x1a\n");
    const std::string header = text.substr(16, 13);
    EXPECT_EQ(header, std::string("\0\0\0\x03\0\0\0\x02\x08\0\0\0\0", 13));

    const std::size_t chunk = text.find("IDAT");
    ASSERT_NE(chunk, std::string::npos);
    const std::size_t size = png[chunk - 1];
    std::vector<std::uint8_t> rows(8);
    uLongf length = rows.size();
    ASSERT_EQ(uncompress(rows.data(), &length, png.data() + chunk + 4, size), Z_OK);
    EXPECT_EQ(rows, (std::vector<std::uint8_t>{0, 255, 0, 155, 0, 254, 253, 252}));
    const auto checksum = static_cast<std::uint32_t>(crc32(0, png.data() + chunk, static_cast<uInt>(size + 4)));
    const std::uint8_t* stored = png.data() + chunk + 4 + size;
    EXPECT_EQ(stored[0] << 24 | stored[1] << 16 | stored[2] << 8 | stored[3], static_cast<int>(checksum));
}

}  // namespace
}  // namespace inkling
