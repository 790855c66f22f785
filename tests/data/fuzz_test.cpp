#include <gtest/gtest.h>

#include <functional>

#include "core/error.h"
#include "core/random.h"
#include "data/catalogue.h"
#include "data/idx.h"
#include "idx_files.h"
#include "largest_allocation.h"
#include "soak.h"

namespace inkling {
namespace {

const int kFiles = soaked(10'000);

/// Damages a file in one to four ways: bits, bytes, big-endian words, cuts, insertions, repetitions.
void mutate(Bytes& file, RandomStream& random) {
    const auto below = [&](std::size_t bound) { return random.below(static_cast<std::uint32_t>(bound)); };
    const auto at = [&](std::size_t index) { return file.begin() + static_cast<std::ptrdiff_t>(index); };
    for (std::uint32_t damage = 1 + below(4); damage > 0 && !file.empty(); --damage) {
        const std::size_t index = below(2) == 0 ? below(std::min<std::size_t>(file.size(), 20)) : below(file.size());
        switch (below(6)) {
            case 0:
                file[index] ^= static_cast<std::byte>(1u << below(8));
                break;
            case 1:
                file[index] = static_cast<std::byte>(below(256));
                break;
            case 2: {
                static constexpr std::array<std::uint32_t, 6> kWords = {0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 28};
                const std::uint32_t word = kWords[below(kWords.size())];
                for (std::size_t i = 0; i < 4 && (index & ~3u) + i < file.size(); ++i)
                    file[(index & ~3u) + i] = static_cast<std::byte>(word >> (24 - 8 * i));
                break;
            }
            case 3:
                file.resize(index);
                break;
            case 4:
                file.insert(at(index), 1 + below(40), static_cast<std::byte>(below(256)));
                break;
            default: {
                const Bytes part(at(index), at(index + below(file.size() - index)));
                file.insert(at(below(file.size())), part.begin(), part.end());
            }
        }
    }
}

/// Feeds mutations of a file, and gzipped ones if it may be gzipped, to `parse`: each must be read or refused as bad
/// data in one line, without more memory than its bytes can stand for. Returns how many were refused.
int count_refusals(const Bytes& original, bool gzipped, std::uint32_t stream,
                   const std::function<void(const Bytes&)>& parse) {
    int refusals = 0;
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(kFiles); ++i) {
        RandomStream random(1, Purpose::kPictures, stream, i);
        Bytes file = original;
        const std::uint32_t kind = gzipped ? random.below(3) : 0;
        if (kind == 1) file = gzip(file);
        mutate(file, random);
        if (kind == 2) file = gzip(file);
        reset_largest_allocation();
        try {
            parse(file);
        } catch (const Error& error) {
            ++refusals;
            EXPECT_EQ(error.status(), ExitStatus::kData) << error.what();
            EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
        }
        EXPECT_LE(largest_allocation(), 1032 * file.size() + 4096) << "file " << i;
    }
    return refusals;
}

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
