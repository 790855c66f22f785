#include "data/gzip_reader.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "data/idx.h"
#include "idx_files.h"
#include "largest_allocation.h"
#include "refusal.h"

namespace inkling {
namespace {

std::vector<std::uint8_t> labels_of(std::size_t count) {
    std::vector<std::uint8_t> labels(count);
    for (std::size_t i = 0; i < count; ++i) labels[i] = static_cast<std::uint8_t>(i * i % 47);
    return labels;
}

Bytes joined(std::initializer_list<Bytes> parts) {
    Bytes all;
    for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}

std::string refusal(const Bytes& file) {
    return data_refusal([&] { parse_idx_labels(file, "x-labels"); });
}

TEST(GzipReader, ReadsAllMembersWhereverTheyPart) {
    const auto labels = labels_of(300);
    const Bytes file = idx_labels(labels);
    for (const std::size_t part : {0u, 1u, 4u, 8u, 100u, 307u, 308u}) {
        const std::span whole(file);
        const Bytes empty = gzip({});
        EXPECT_EQ(parse_idx_labels(joined({gzip(whole.first(part)), empty, gzip(whole.subspan(part)), empty}), "x"),
                  labels)
            << part;
    }
}

TEST(GzipReader, ReadsWhatWasGzippedTwice) {
    const auto labels = labels_of(30'000);  // more than the buffer between the layers
    const Bytes once = gzip(idx_labels(labels));
    EXPECT_EQ(parse_idx_labels(gzip(once), "x"), labels);
    const std::span whole(once);
    EXPECT_EQ(parse_idx_labels(joined({gzip(whole.first(1)), gzip(whole.subspan(1)), Bytes(9)}), "x"), labels);
    // Deflate's ratio holds for each layer, not for both together.
    const std::vector<std::uint8_t> blank(2'000'000);
    const Bytes dense = gzip(gzip(idx_labels(blank)));
    ASSERT_LT(dense.size() * 1032, blank.size());
    EXPECT_EQ(parse_idx_labels(dense, "x"), blank);
}

TEST(GzipReader, RefusesWhatWasGzippedMoreOften) {
    EXPECT_EQ(refusal(gzip(gzip(gzip(idx_labels(labels_of(3)))))),
              "x-labels: gzipped more than 2 times, expected once; unpack it with gunzip");
}

TEST(GzipReader, TakesZerosAfterTheLastMemberAsPadding) {
    const auto labels = labels_of(20);
    const Bytes packed = gzip(idx_labels(labels));
    for (const std::size_t zeros : {1u, 2u, 511u, 100'000u})
        EXPECT_EQ(parse_idx_labels(joined({packed, Bytes(zeros)}), "x"), labels) << zeros;
    const Bytes padded = joined({packed, Bytes(5000)});
    EXPECT_EQ(parse_idx_labels(gzip(padded), "x"), labels);
}

TEST(GzipReader, SaysWhereSomethingElseFollows) {
    const Bytes packed = gzip(idx_labels(labels_of(20)));
    const auto expected = [](std::size_t place) {
        return fmt::format("byte {} belongs to no gzip stream and is no padding with zeros", place);
    };
    EXPECT_TRUE(contains(refusal(joined({packed, Bytes(1, std::byte{7})})), expected(packed.size())));
    EXPECT_TRUE(contains(refusal(joined({packed, Bytes(30), Bytes(1, std::byte{7})})), expected(packed.size() + 30)));
    EXPECT_TRUE(contains(refusal(joined({packed, Bytes(30), packed})), expected(packed.size() + 30)));
    EXPECT_TRUE(contains(refusal(gzip(joined({packed, Bytes(9000), Bytes(1, std::byte{7})}))),
                         "x-labels, unpacked once: " + expected(packed.size() + 9000)));
    // What begins as a member does and is none.
    EXPECT_TRUE(contains(refusal(joined({packed, Bytes(2, std::byte{0x1f})})), "gzip stream is damaged"));
    EXPECT_TRUE(contains(refusal(joined({packed, Bytes(1, std::byte{0x1f})})),
                         fmt::format("gzip stream is cut off after {} bytes", packed.size() + 1)));
}

TEST(GzipReader, RefusesDamageInEachMemberAndLayer) {
    const Bytes first = gzip(idx_labels(labels_of(20)));
    Bytes second = gzip({});
    second[second.size() - 5] ^= std::byte{1};
    EXPECT_TRUE(contains(refusal(joined({first, second})), "gzip checksum does not fit the contents"));
    EXPECT_TRUE(contains(refusal(gzip(joined({first, second}))), "x-labels, unpacked once: gzip checksum"));
    Bytes cut = gzip(joined({first, gzip({})}));
    cut.resize(cut.size() - 9);
    EXPECT_TRUE(contains(refusal(cut), "x-labels: gzip stream is cut off"));
}

TEST(GzipReader, TakesNoMemoryForWhatAHeaderInTwoLayersClaims) {
    const Bytes file = gzip(gzip(idx_file({2049, 0xFFFF'0000}, labels_of(20))));
    reset_largest_allocation();
    EXPECT_TRUE(contains(refusal(file), "header says 4294901760 labels"));
    EXPECT_LE(largest_allocation(), 1032 * file.size());
}

TEST(GzipReader, RefusesMoreContentsThanAnySplitHas) {
    // Reads on and on, whatever a header would claim.
    const Bytes member = gzip(Bytes(std::size_t{64} << 20));
    GzipReader reader([&] { return std::span<const std::byte>(member); }, "x");
    Bytes out(std::size_t{64} << 20);
    for (std::uint64_t read = 0; read < GzipReader::kMostContents; read += out.size())
        ASSERT_EQ(reader.read(out), out.size());
    EXPECT_TRUE(contains(data_refusal([&] { reader.read(out); }), "x: holds more than 4294967296 bytes"));
}

}  // namespace
}  // namespace inkling
