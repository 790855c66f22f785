#include "deploy/rounded_weights.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "deploy/random_model.h"

namespace inkling {
namespace {

template <class Number>
std::vector<Number> numbers(const RoundedRow& row) {
    std::vector<Number> values(row.bytes.size() / sizeof(Number));
    std::memcpy(values.data(), row.bytes.data(), row.bytes.size());
    return values;
}

TEST(RoundRow, MakesTheLargestWeight127) {
    const RoundedRow row = round_row(std::vector<float>{0.5f, -1.27f, 0.004f, 0}, WeightFormat::kInt8);
    EXPECT_FLOAT_EQ(row.scale, 0.01f);
    EXPECT_EQ(numbers<std::int8_t>(row), (std::vector<std::int8_t>{50, -127, 0, 0}));
}

TEST(RoundRow, TakesWeightsThatAreAllZero) {
    const RoundedRow row = round_row(std::vector<float>(3), WeightFormat::kInt8);
    EXPECT_EQ(row.scale, 0);
    EXPECT_EQ(numbers<std::int8_t>(row), std::vector<std::int8_t>(3));
}

TEST(RoundRow, TakesWeightsThatAreNearlyZero) {
    for (const float weight : {1e-38f, 1e-40f, 1.5e-43f, 1e-45f}) {
        const RoundedRow row = round_row(std::vector<float>{weight, -weight}, WeightFormat::kInt8);
        EXPECT_NEAR(row.scale * static_cast<float>(numbers<std::int8_t>(row)[0]), weight, 1e-42) << weight;
        EXPECT_EQ(numbers<std::int8_t>(row)[0], -numbers<std::int8_t>(row)[1]) << weight;
    }
}

TEST(RoundRow, KnowsBinary16) {
    // 1; the next number; the least normal and the least subnormal one; a tie, to even; what is too small.
    const std::vector<float> weights = {1, 1.0009765625f, 6.103515625e-5f, 5.9604645e-8f, 1.00048828125f, 1e-9f, -2};
    const RoundedRow row = round_row(weights, WeightFormat::kFloat16);
    EXPECT_EQ(row.scale, 1);
    EXPECT_EQ(numbers<std::uint16_t>(row),
              (std::vector<std::uint16_t>{0x3c00, 0x3c01, 0x0400, 0x0001, 0x3c00, 0x0000, 0xc000}));
}

TEST(RoundRow, ScalesWhatBinary16CannotHold) {
    const RoundedRow row = round_row(std::vector<float>{131008, -65504}, WeightFormat::kFloat16);
    EXPECT_EQ(row.scale, 2);
    EXPECT_EQ(numbers<std::uint16_t>(row), (std::vector<std::uint16_t>{0x7bff, 0xf7ff}));
}

TEST(RoundRow, LeavesFloatsAsTheyAre) {
    const std::vector<float> weights = {0.1f, -3e30f};
    const RoundedRow row = round_row(weights, WeightFormat::kFloat32);
    EXPECT_EQ(row.scale, 1);
    EXPECT_EQ(numbers<float>(row), weights);
}

class RoundedModel : public testing::Test {
  protected:
    /// The largest distance of a filter's or matrix's weight from what it was, to its row's largest; 1 where something
    /// else changed.
    double largest_change(WeightFormat format) const {
        const Model rounded = with_rounded_weights(model, format);
        double largest = rounded.statistics == model.statistics ? 0 : 1;
        for (const TensorInfo& tensor : parameter_layout(model.recipe.network, model.classes()).parameters) {
            const std::size_t row = tensor.size / static_cast<std::size_t>(tensor.shape.front());
            for (std::size_t i = 0; i < tensor.size; ++i) {
                const std::size_t begin = tensor.offset + i / row * row;
                double scale = 0;
                for (std::size_t k = begin; k < begin + row; ++k)
                    scale = std::max(scale, std::abs(static_cast<double>(model.parameters[k])));
                const double change = std::abs(static_cast<double>(rounded.parameters[tensor.offset + i]) -
                                               model.parameters[tensor.offset + i]);
                const bool is_rounded = tensor.kind == TensorKind::kFilter || tensor.kind == TensorKind::kMatrix;
                largest = std::max(largest, is_rounded ? change / scale : std::ceil(change));
            }
        }
        return largest;
    }

    Model model = random_model(network_of({1, 28, 28}, {Conv2dSpec{.filters = 5}, BatchNormSpec{}, kTanh, FlattenSpec{},
                                                        DenseSpec{.units = 6}}),
                               3);
};

TEST_F(RoundedModel, IsWithinHalfAStepIn8Bits) {
    EXPECT_LE(largest_change(WeightFormat::kInt8), 0.5 / 127 + 1e-6);
    EXPECT_GT(largest_change(WeightFormat::kInt8), 0.4 / 127);
}

TEST_F(RoundedModel, IsWithinHalfABitIn16Bits) {
    EXPECT_LE(largest_change(WeightFormat::kFloat16), std::exp2(-11));
    EXPECT_GT(largest_change(WeightFormat::kFloat16), std::exp2(-12));
}

TEST_F(RoundedModel, IsTheSameIn32Bits) {
    EXPECT_EQ(with_rounded_weights(model, WeightFormat::kFloat32).parameters, model.parameters);
}

}  // namespace
}  // namespace inkling
