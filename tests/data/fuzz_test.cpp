#include <gtest/gtest.h>

#include "core/error.h"
#include "core/random.h"
#include "data/catalogue.h"
#include "data/idx.h"
#include "data/largest_allocation.h"
#include "idx_files.h"
#include "mutations.h"

namespace inkling {
namespace {

const int kFiles = mutated_files();

std::vector<std::uint8_t> noise(std::size_t size) {
    RandomStream random(2, Purpose::kPictures);
    std::vector<std::uint8_t> bytes(size);
    // Long runs of one value, so that deflate has something to do.
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = i % 50 == 0 ? static_cast<std::uint8_t>(random.below(256)) : bytes[i - 1];
    return bytes;
}

TEST(Fuzz, DamagedImageFilesAreReadOrRefused) {
    const int refusals = count_refusals(idx_images(noise(3 * kPixels)), true, 0, [](const Bytes& file) {
        const auto pixels = parse_idx_images(file, "x");
        EXPECT_EQ(pixels.size() % kPixels, 0u);
        EXPECT_LE(pixels.size(), 1032 * file.size());
    });
    EXPECT_GT(refusals, kFiles / 4);
    EXPECT_LT(refusals, kFiles);
}

TEST(Fuzz, DamagedLabelFilesAreReadOrRefused) {
    const int refusals = count_refusals(idx_labels(noise(300)), true, 1, [](const Bytes& file) {
        EXPECT_LE(parse_idx_labels(file, "x").size(), 1032 * file.size());
    });
    EXPECT_GT(refusals, kFiles / 4);
    EXPECT_LT(refusals, kFiles);
}

TEST(Fuzz, DamagedMappingsAreReadOrRefused) {
    std::string text;
    for (int label = 0; label < 47; ++label) text += fmt::format("{} {} {}\n", label, 48 + label, 49 + label);
    const auto bytes = std::as_bytes(std::span(text));
    const int refusals = count_refusals(Bytes(bytes.begin(), bytes.end()), false, 2, [](const Bytes& file) {
        const Mapping mapping = parse_mapping({reinterpret_cast<const char*>(file.data()), file.size()}, "x");
        EXPECT_GE(mapping.first_label, 0);
        EXPECT_LE(mapping.first_label + mapping.class_names.size(), 256u);
        EXPECT_FALSE(mapping.class_names.empty());
    });
    EXPECT_GT(refusals, kFiles / 4);
    EXPECT_LT(refusals, kFiles);
}

TEST(Fuzz, AHeaderOfFourBillionImagesAllocatesNothing) {
    const Bytes header = idx_file({2051, 0xFFFFFFFF, 28, 28}, {});
    for (const Bytes& file : {header, gzip(header)}) {
        reset_largest_allocation();
        EXPECT_THROW(parse_idx_images(file, "x"), Error);
        EXPECT_LT(largest_allocation(), 1024u);
    }
}

}  // namespace
}  // namespace inkling
