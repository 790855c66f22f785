#include "kernels/cpu/dropout.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/aligned_buffer.h"
#include "core/random.h"
#include "kernels/cpu/bfloat16.h"
#include "kernels/cpu/layout.h"

namespace inkling::kernels {
namespace {

constexpr Dropout kDropout{.p = 0.4f, .seed = 1ull << 40 | 7, .step = 9, .layer = 3};
const std::vector<Shape> kShapes = {{1, 1, 1},  {8, 1, 1},  {9, 1, 1},  {47, 1, 1}, {100, 1, 1}, {1, 3, 3},
                                    {16, 2, 2}, {17, 1, 5}, {24, 3, 3}, {40, 7, 7}, {129, 1, 2}};

/// Where a value stands in a blocked sample.
std::size_t place(const Shape& shape, int channel, std::size_t pixel) {
    return (static_cast<std::size_t>(channel / kChannelBlock) * shape.pixels() + pixel) * kChannelBlock +
           static_cast<std::size_t>(channel % kChannelBlock);
}

// So a mask is the same for every instruction set: the rule knows neither vectors nor blocks.
TEST(Dropout, MasksWhatTheRuleByChannelAndPixelSays) {
    for (const Shape& shape : kShapes) {
        const std::size_t size = blocked_size(shape);
        AlignedBuffer<float> input(size), output(size);
        AlignedBuffer<std::uint8_t> kept(size);
        for (std::size_t i = 0; i < size; ++i) input.data()[i] = static_cast<float>(i + 1);
        apply_dropout(kDropout, 5, shape, input.data(), output.data(), kept.data());
        for (int channel = 0; channel < shape.channels; ++channel)
            for (std::size_t pixel = 0; pixel < shape.pixels(); ++pixel) {
                const std::size_t at = place(shape, channel, pixel);
                const bool keeps =
                    dropout_keeps(kDropout, 5, channel, static_cast<int>(pixel), static_cast<int>(shape.pixels()));
                ASSERT_EQ(kept.data()[at] != 0, keeps) << shape.channels << " channels, " << channel << ", " << pixel;
                ASSERT_EQ(output.data()[at], keeps ? input.data()[at] * (1.0f / 0.6f) : 0.0f);
            }
    }
}

TEST(Dropout, MasksGradientsAsItMaskedValues) {
    const Shape shape{24, 3, 3};
    const std::size_t size = blocked_size(shape);
    AlignedBuffer<float> values(size), output(size), gradient(size);
    AlignedBuffer<std::uint8_t> kept(size);
    for (float& value : values.span()) value = 1;
    apply_dropout(kDropout, 0, shape, values.data(), output.data(), kept.data());
    mask_gradient(kDropout, size, kept.data(), static_cast<const float*>(values.data()), gradient.data());
    for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(gradient.data()[i], output.data()[i]) << i;
}

TEST(DropoutRule, IsThatOfOldRuns) {
    // Words of Philox with the key 0, as random streams of purpose 3 give them.
    const Dropout dropout{.p = 0.5f};
    const auto word = [](std::uint32_t counter, int index) { return philox({counter, 3, 0, 0}, {0, 0})[index]; };
    const auto expected = [](std::uint32_t bits) { return bits >= 0x80000000u; };
    EXPECT_EQ(dropout_keeps(dropout, 0, 0, 0, 1), expected(word(0, 0)));
    EXPECT_EQ(dropout_keeps(dropout, 0, 1, 0, 1), expected(word(8, 0)));
    EXPECT_EQ(dropout_keeps(dropout, 0, 15, 0, 1), expected(word(15, 0)));
    EXPECT_EQ(dropout_keeps(dropout, 0, 16, 0, 1), expected(word(0, 1)));
    EXPECT_EQ(dropout_keeps(dropout, 0, 64, 0, 1), expected(word(16, 0)));
    EXPECT_EQ(dropout_keeps(dropout, 0, 0, 3, 9), expected(word(0, 3)));
    EXPECT_EQ(dropout_keeps(dropout, 0, 16, 0, 9), expected(word(2 * 16, 1)));  // its plane begins at the ninth vector
}

}  // namespace
}  // namespace inkling::kernels
