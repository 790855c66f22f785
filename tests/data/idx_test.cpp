#include "data/idx.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/threads.h"
#include "data/gzip.h"
#include "idx_files.h"
#include "refusal.h"

namespace inkling {
namespace {

std::vector<std::uint8_t> counting_pixels(std::size_t count) {
    std::vector<std::uint8_t> pixels(count * kPixels);
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
    return pixels;
}

std::string images_refusal(const Bytes& file) {
    return data_refusal([&] { parse_idx_images(file, "x-images"); });
}

std::string labels_refusal(const Bytes& file) {
    return data_refusal([&] { parse_idx_labels(file, "x-labels"); });
}

Bytes without_last(Bytes file, std::size_t count) {
    file.resize(file.size() - count);
    return file;
}

Bytes with_one_more(Bytes file) {
    file.push_back(std::byte{1});
    return file;
}

TEST(Idx, ReadsPlainImages) {
    const auto pixels = counting_pixels(3);
    EXPECT_EQ(parse_idx_images(idx_images(pixels), "x"), pixels);
}

TEST(Idx, ReadsGzippedImagesOfMoreThanOneBlock) {
    const auto pixels = counting_pixels(3000);
    EXPECT_EQ(parse_idx_images(gzip(idx_images(pixels)), "x"), pixels);
}

TEST(Idx, ReadsPlainAndGzippedLabels) {
    const std::vector<std::uint8_t> labels = {0, 46, 255, 7};
    EXPECT_EQ(parse_idx_labels(idx_labels(labels), "x"), labels);
    EXPECT_EQ(parse_idx_labels(gzip(idx_labels(labels)), "x"), labels);
}

TEST(Idx, ReadsAFileWithoutItems) {
    EXPECT_TRUE(parse_idx_images(idx_images({}), "x").empty());
    EXPECT_TRUE(parse_idx_labels(gzip(idx_labels({})), "x").empty());
}

TEST(Idx, EncodesWhatItReads) {
    const auto pixels = counting_pixels(5);
    EXPECT_EQ(encode_idx_images(pixels), idx_images(pixels));
    const std::vector<std::uint8_t> labels = {3, 0, 46};
    EXPECT_EQ(encode_idx_labels(labels), idx_labels(labels));
    EXPECT_EQ(parse_idx_images(encode_idx_images({}), "x"), std::vector<std::uint8_t>());
}

TEST(Idx, CompressesToOneGzipStreamThatReadsAsItWas) {
    for (const std::size_t images : {0u, 1u, 1336u, 1337u, 4000u}) {  // about and over one block of 1 MiB
        const auto pixels = counting_pixels(images);
        const auto file = gzip_compressed(encode_idx_images(pixels));
        EXPECT_EQ(parse_idx_images(file, "x"), pixels) << images;
    }
}

TEST(Idx, CompressesAlikeOnAnyNumberOfThreads) {
    const auto file = encode_idx_images(counting_pixels(6000));
    const int before = thread_count();
    set_thread_count(1);
    const auto alone = gzip_compressed(file);
    set_thread_count(4);
    EXPECT_EQ(gzip_compressed(file), alone);
    set_thread_count(before);
}

TEST(Idx, RefusesAnotherMagicNumber) {
    EXPECT_EQ(images_refusal(idx_labels(counting_pixels(1))),
              "x-images: magic number 2049, expected 2051 of an IDX file of images");
    EXPECT_EQ(labels_refusal(idx_images(counting_pixels(1))),
              "x-labels: magic number 2051, expected 2049 of an IDX file of labels");
}

TEST(Idx, RefusesATruncatedHeader) {
    for (std::size_t size = 0; size < 16; ++size) {
        Bytes file = idx_images({});
        file.resize(size);
        EXPECT_EQ(images_refusal(file), "x-images: ends inside the header, expected an IDX file") << size;
    }
    EXPECT_TRUE(contains(labels_refusal(gzip(without_last(idx_labels({}), 1))), "ends inside the header"));
}

TEST(Idx, RefusesATruncatedBody) {
    const Bytes file = without_last(idx_images(counting_pixels(3)), 1);
    EXPECT_EQ(images_refusal(file),
              "x-images: header says 3 images (2368 bytes), but the file can hold 2367 bytes at most");
    EXPECT_EQ(images_refusal(gzip(file)), "x-images: header says 3 images, but only 2 are there");
    EXPECT_TRUE(contains(labels_refusal(without_last(idx_labels(counting_pixels(1)), 5)), "header says 784 labels"));
}

TEST(Idx, RefusesTrailingBytes) {
    const std::string expected =
        "x-images: bytes are left over after the contents, which end at byte 1584, expected the end of the file";
    const Bytes file = idx_images(counting_pixels(2));
    EXPECT_EQ(images_refusal(with_one_more(file)), expected);
    EXPECT_EQ(images_refusal(gzip(with_one_more(file))), expected);
    const Bytes packed = gzip(file);
    EXPECT_EQ(
        images_refusal(with_one_more(packed)),
        fmt::format("x-images: byte {} belongs to no gzip stream and is no padding with zeros, expected the end of "
                    "the file; get the file again",
                    packed.size()));
}

TEST(Idx, RefusesOtherDimensions) {
    EXPECT_EQ(images_refusal(idx_file({2051, 1, 32, 28}, counting_pixels(2))),
              "x-images: images of 32x28 pixels, expected 28x28");
    EXPECT_TRUE(contains(images_refusal(idx_file({2051, 1, 28, 0}, {})), "images of 28x0 pixels"));
}

TEST(Idx, RefusesAWrongGzipChecksum) {
    Bytes file = gzip(idx_images(counting_pixels(2)));
    file[file.size() - 8] ^= std::byte{1};
    EXPECT_EQ(images_refusal(file),
              fmt::format("x-images: gzip checksum does not fit the contents at byte {}, expected a sound gzip stream; "
                          "get the file again",
                          file.size() - 4));
}

TEST(Idx, RefusesAWrongGzipLength) {
    Bytes file = gzip(idx_images(counting_pixels(2)));
    file.back() ^= std::byte{1};
    EXPECT_TRUE(contains(images_refusal(file), "gzip stream is damaged"));
}

TEST(Idx, RefusesAGzipStreamThatIsCutOffAnywhere) {
    const Bytes whole = gzip(idx_images(counting_pixels(2)));
    for (std::size_t size = 2; size < whole.size(); ++size) {
        const Bytes file(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_TRUE(contains(images_refusal(file), "gzip stream is cut off")) << size;
    }
}

TEST(Idx, RefusesFourBillionImagesWithoutMemoryForThem) {
    EXPECT_EQ(images_refusal(idx_file({2051, 0xFFFFFFFF, 28, 28}, {})),
              "x-images: header says 4294967295 images (3367254359296 bytes), but the file can hold 16 bytes at most");
    EXPECT_TRUE(contains(images_refusal(gzip(idx_file({2051, 0xFFFFFFFF, 28, 28}, counting_pixels(20)))),
                         "header says 4294967295 images"));
    EXPECT_TRUE(contains(labels_refusal(gzip(idx_file({2049, 0xFFFFFFFF}, counting_pixels(20)))),
                         "header says 4294967295 labels"));
}

}  // namespace
}  // namespace inkling
