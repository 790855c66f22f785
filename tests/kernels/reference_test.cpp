#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "core/random.h"
#include "kernels/reference/activation.h"
#include "kernels/reference/batch_norm.h"
#include "kernels/reference/conv2d.h"
#include "kernels/reference/dense.h"
#include "kernels/reference/dropout.h"
#include "kernels/reference/pool2d.h"
#include "kernels/reference/softmax_cross_entropy.h"

namespace inkling::reference {
namespace {

using kernels::PoolKind;
using Values = std::vector<double>;

Values random_values(std::size_t count, std::uint64_t seed) {
    RandomStream random(seed, Purpose::kBenchmark);
    Values values(count);
    for (double& value : values) value = random.uniform(-1, 1);
    return values;
}

double dot(const Values& a, const Values& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

/// Expects `gradient` to be that of loss() by `values`, which loss() reads, by central differences.
void expect_gradient(const std::function<double()>& loss, Values& values, const Values& gradient) {
    constexpr double kStep = 1e-5;
    double largest = 0;
    for (const double g : gradient) largest = std::max(largest, std::abs(g));
    EXPECT_GT(largest, 0);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double kept = values[i];
        values[i] = kept + kStep;
        const double above = loss();
        values[i] = kept - kStep;
        const double below = loss();
        values[i] = kept;
        EXPECT_NEAR(gradient[i], (above - below) / (2 * kStep), 1e-7 * largest) << "value " << i;
    }
}

TEST(ReferenceDense, ComputesAKnownProduct) {
    Values output(2);
    dense_forward({.batch = 1, .inputs = 2, .units = 2}, Values{3, 5}, Values{1, 2, 10, 20}, Values{0.5, -1}, output);
    EXPECT_EQ(output, (Values{13.5, 129}));
}

TEST(ReferenceDense, GradientsAreThoseOfFiniteDifferences) {
    const DenseGeometry geometry{.batch = 3, .inputs = 5, .units = 4};
    Values input = random_values(15, 1), weight = random_values(20, 2), bias = random_values(4, 3), output(12);
    const Values upstream = random_values(12, 4);
    Values input_gradient(15), weight_gradient(20), bias_gradient(4);
    const auto loss = [&] {
        dense_forward(geometry, input, weight, bias, output);
        return dot(output, upstream);
    };
    dense_backward(geometry, input, weight, upstream, input_gradient, weight_gradient, bias_gradient);
    expect_gradient(loss, input, input_gradient);
    expect_gradient(loss, weight, weight_gradient);
    expect_gradient(loss, bias, bias_gradient);
}

TEST(ReferenceConv2d, ComputesAKnownCrossCorrelation) {
    const ConvolutionGeometry geometry{.batch = 1, .input = {1, 2, 3}, .filters = 1, .kernel = 2, .padding = 0};
    Values output(2);
    conv2d_forward(geometry, Values{1, 2, 3, 4, 5, 6}, Values{1, 10, 100, 1000}, Values{}, output);
    EXPECT_EQ(output, (Values{5421, 6532}));
}

TEST(ReferenceConv2d, PaddingReadsAsZeroAndStrideSkips) {
    const ConvolutionGeometry geometry{
        .batch = 1, .input = {1, 3, 3}, .filters = 1, .kernel = 3, .stride = 2, .padding = 1};
    Values output(4);
    conv2d_forward(geometry, Values{1, 2, 3, 4, 5, 6, 7, 8, 9}, Values(9, 1.0), Values{100}, output);
    EXPECT_EQ(output, (Values{112, 116, 124, 128}));
}

class ReferenceConv2dGeometries : public testing::TestWithParam<ConvolutionGeometry> {};

TEST_P(ReferenceConv2dGeometries, GradientsAreThoseOfFiniteDifferences) {
    const ConvolutionGeometry& g = GetParam();
    Values input = random_values(g.batch * g.input.size(), 1);
    Values weight = random_values(g.filters * g.input.channels * g.kernel * g.kernel, 2);
    Values bias = random_values(g.filters, 3);
    Values output(g.batch * g.output().size());
    const Values upstream = random_values(output.size(), 4);
    Values input_gradient(input.size()), weight_gradient(weight.size()), bias_gradient(bias.size());
    const auto loss = [&] {
        conv2d_forward(g, input, weight, bias, output);
        return dot(output, upstream);
    };
    conv2d_backward(g, input, weight, upstream, input_gradient, weight_gradient, bias_gradient);
    expect_gradient(loss, input, input_gradient);
    expect_gradient(loss, weight, weight_gradient);
    expect_gradient(loss, bias, bias_gradient);
}

INSTANTIATE_TEST_SUITE_P(
    , ReferenceConv2dGeometries,
    testing::Values(ConvolutionGeometry{2, {1, 4, 5}, 3, 1, 1, 0}, ConvolutionGeometry{2, {3, 5, 4}, 2, 3, 1, 1},
                    ConvolutionGeometry{1, {2, 6, 7}, 3, 3, 2, 0}, ConvolutionGeometry{2, {2, 5, 5}, 2, 5, 1, 2},
                    ConvolutionGeometry{1, {3, 7, 5}, 2, 5, 2, 2}, ConvolutionGeometry{2, {3, 5, 5}, 4, 1, 2, 0}));

TEST(ReferenceBatchNorm, TrainingNormalisesAndUpdatesRunningStatisticsUnbiased) {
    Values output(4), running_mean{10}, running_var{1};
    batch_norm_forward_training({.batch = 2, .channels = 1, .pixels = 2}, 0, 0.25, Values{1, 3, 5, 7}, Values{2},
                                Values{1}, running_mean, running_var, output);
    const double deviation = std::sqrt(5.0);  // the biased variance of 1, 3, 5, 7
    const Values expected{1 - 6 / deviation, 1 - 2 / deviation, 1 + 2 / deviation, 1 + 6 / deviation};
    for (int i = 0; i < 4; ++i) EXPECT_DOUBLE_EQ(output[i], expected[i]);
    EXPECT_DOUBLE_EQ(running_mean[0], 0.75 * 10 + 0.25 * 4);
    EXPECT_DOUBLE_EQ(running_var[0], 0.75 * 1 + 0.25 * 20.0 / 3);
}

TEST(ReferenceBatchNorm, InferenceUsesRunningStatistics) {
    Values output(2);
    batch_norm_forward_inference({.batch = 1, .channels = 2}, 0.75, Values{3, -1}, Values{2, 3}, Values{0.5, 1},
                                 Values{1, 1}, Values{0.25, 3.25}, output);
    EXPECT_EQ(output, (Values{4.5, -2}));
}

TEST(ReferenceBatchNorm, GradientsAreThoseOfFiniteDifferences) {
    for (const BatchNormShape shape : {BatchNormShape{3, 2, 6}, BatchNormShape{5, 3, 1}}) {
        Values input = random_values(shape.batch * shape.channels * shape.pixels, 1);
        Values weight = random_values(shape.channels, 2), bias = random_values(shape.channels, 3);
        Values output(input.size()), running_mean(shape.channels), running_var(shape.channels);
        const Values upstream = random_values(input.size(), 4);
        Values input_gradient(input.size()), weight_gradient(shape.channels), bias_gradient(shape.channels);
        const auto loss = [&] {
            batch_norm_forward_training(shape, 1e-3, 0.1, input, weight, bias, running_mean, running_var, output);
            return dot(output, upstream);
        };
        batch_norm_backward(shape, 1e-3, input, weight, upstream, input_gradient, weight_gradient, bias_gradient);
        expect_gradient(loss, input, input_gradient);
        expect_gradient(loss, weight, weight_gradient);
        expect_gradient(loss, bias, bias_gradient);
    }
}

struct ActivationCase {
    Activation activation;
    double at_minus_one;
    double at_two;
};

class ReferenceActivation : public testing::TestWithParam<ActivationCase> {};

TEST_P(ReferenceActivation, HasKnownValues) {
    const ActivationCase& c = GetParam();
    EXPECT_NEAR(activate(c.activation, -1).value, c.at_minus_one, 1e-12);
    EXPECT_NEAR(activate(c.activation, 2).value, c.at_two, 1e-12);
}

TEST_P(ReferenceActivation, DerivativeIsThatOfFiniteDifferences) {
    const ActivationCase& c = GetParam();
    constexpr double kStep = 1e-5;
    for (const double x : {-30.0, -6.0, -2.0, -0.7, -0.1, 0.1, 0.7, 2.0, 6.0, 30.0}) {
        const double difference = activate(c.activation, x + kStep).value - activate(c.activation, x - kStep).value;
        EXPECT_NEAR(activate(c.activation, x).derivative, difference / (2 * kStep), 1e-9) << "at " << x;
    }
}

TEST_P(ReferenceActivation, StaysFiniteFarOut) {
    const ActivationCase& c = GetParam();
    for (const double x : {-1000.0, 1000.0}) {
        EXPECT_TRUE(std::isfinite(activate(c.activation, x).value));
        EXPECT_TRUE(std::isfinite(activate(c.activation, x).derivative));
    }
}

// The numbers are those of the definitions, computed apart from this code.
const std::vector<ActivationCase> kActivationCases{
    {activation::Relu{}, 0, 2},
    {activation::LeakyRelu{0.25}, -0.25, 2},
    {activation::Elu{0.5}, -0.31606027941427883922, 2},
    {activation::Selu{}, -1.1113307378125627, 2.1014019747109610},
    {activation::Gelu{}, -0.15865525393145705142, 1.9544997361036415856},
    {activation::Silu{}, -0.26894142136999512075, 1.7615941559557648881},
    {activation::Mish{}, -0.30340146137410895, 1.9439589595339946},
    {activation::Tanh{}, -0.76159415595576488812, 0.96402758007581688395},
    {activation::Sigmoid{}, 0.26894142136999512075, 0.88079707797788244406},
    {activation::HardSwish{}, -1.0 / 3, 5.0 / 3},
    {activation::Softplus{}, 0.31326168751822283405, 2.1269280110429725},
};

INSTANTIATE_TEST_SUITE_P(, ReferenceActivation, testing::ValuesIn(kActivationCases));

TEST(ReferenceActivations, AllHaveKnownValuesHere) {
    std::vector<std::string> names;
    for (const ActivationCase& c : kActivationCases) names.emplace_back(name_of(c.activation));
    EXPECT_EQ(names, kind_names<Activation>());
}

/// A square window on planes of that height and width.
Pool pool_of(PoolKind kind, int height, int width, int kernel, int stride) {
    return {kind, kernel, kernel, stride, stride, height, width};
}

TEST(ReferencePool2d, KeepsTheLargestOrTheMeanAndLeavesOutWhatDoesNotFit) {
    const Values input{1, 2, 3, 4, 99, 8, 7, 6, 5, 99, 99, 99, 99, 99, 99};
    Values output(2);
    pool2d_forward(pool_of(PoolKind::kMax, 3, 5, 2, 2), input, output);
    EXPECT_EQ(output, (Values{8, 6}));
    pool2d_forward(pool_of(PoolKind::kAverage, 3, 5, 2, 2), input, output);
    EXPECT_EQ(output, (Values{4.5, 4.5}));
}

TEST(ReferencePool2d, GivesTheGradientToTheFirstOfEqualValues) {
    Values input_gradient(4);
    pool2d_backward(pool_of(PoolKind::kMax, 2, 2, 2, 2), Values{1, 5, 5, 5}, Values{3}, input_gradient);
    EXPECT_EQ(input_gradient, (Values{0, 3, 0, 0}));
}

TEST(ReferencePool2d, GradientsAreThoseOfFiniteDifferences) {
    constexpr int kPlanes = 6;
    for (const PoolKind kind : {PoolKind::kMax, PoolKind::kAverage})
        for (const Pool& pool :
             {pool_of(kind, 7, 7, 3, 2), pool_of(kind, 5, 6, 2, 2), pool_of(kind, 5, 4, 3, 1),
              pool_of(kind, 7, 5, 1, 2), Pool{kind, 3, 2, 1, 2, 4, 5}, Pool{kind, 2, 3, 2, 3, 2, 3}}) {
            Values input = random_values(kPlanes * pool.height * pool.width, 1);
            Values output(kPlanes * pool.output_height() * pool.output_width());
            const Values upstream = random_values(output.size(), 2);
            Values input_gradient(input.size());
            pool2d_backward(pool, input, upstream, input_gradient);
            expect_gradient(
                [&] {
                    pool2d_forward(pool, input, output);
                    return dot(output, upstream);
                },
                input, input_gradient);
        }
}

TEST(ReferencePool2d, OfTheWholePlaneIsGlobalAveragePooling) {
    Values output(6);
    pool2d_forward({PoolKind::kAverage, 2, 3, 2, 3, 2, 3}, Values(36, 2.5), output);
    for (const double mean : output) EXPECT_DOUBLE_EQ(mean, 2.5);
}

TEST(ReferenceDropout, DividesTheKeptByTheirShareAndIsItsOwnGradient) {
    Values output(4);
    const std::vector<std::uint8_t> kept{1, 0, 1, 0};
    dropout(0.75, kept, Values{1, 2, 3, 4}, output);
    EXPECT_EQ(output, (Values{4, 0, 12, 0}));

    Values input = random_values(4, 1), gradient(4);
    const Values upstream = random_values(4, 2);
    dropout(0.75, kept, upstream, gradient);
    expect_gradient(
        [&] {
            dropout(0.75, kept, input, output);
            return dot(output, upstream);
        },
        input, gradient);
}

TEST(ReferenceSoftmaxCrossEntropy, EqualLogitsCostTheLogarithmOfTheClasses) {
    const std::vector<std::int32_t> labels{2, 0};
    EXPECT_DOUBLE_EQ(softmax_cross_entropy_sum(4, {}, Values(8, 7.0), {.labels = labels}), 2 * std::log(4.0));
    EXPECT_DOUBLE_EQ(softmax_cross_entropy_sum(4, {.label_smoothing = 0.3f}, Values(8, 7.0), {.labels = labels}),
                     2 * std::log(4.0));
}

TEST(ReferenceSoftmaxCrossEntropy, SmoothingSpreadsTheTargetOverAllClasses) {
    const std::vector<std::int32_t> labels{1};
    const Values logits{0, std::log(3.0)};  // probabilities 1/4 and 3/4
    EXPECT_NEAR(softmax_cross_entropy_sum(2, {.label_smoothing = 0.25f}, logits, {.labels = labels}),
                -0.125 * std::log(0.25) - 0.875 * std::log(0.75), 1e-15);
}

TEST(ReferenceSoftmaxCrossEntropy, HoldsForLargeLogits) {
    const std::vector<std::int32_t> labels{0};
    EXPECT_DOUBLE_EQ(softmax_cross_entropy_sum(2, {}, Values{-1000, 1000}, {.labels = labels}), 2000);
}

TEST(ReferenceSoftmaxCrossEntropy, GradientIsThatOfTheMeanOverTheLabelledSamples) {
    const std::vector<std::int32_t> labels{3, 0, 4};
    const std::vector<float> offsets = {0.5f, -1, 0, 2, 0.1f};
    const std::vector<float> weights = {1, 0.5f, 2, 1.5f, 0};
    const std::vector<std::int32_t> others{1, 0, 4};
    const std::vector<float> shares{0.75f, 0.5f, 0.25f};
    const std::vector<float> teacher{0.5f, 0.25f, 0.25f, 0, 0, 0.125f, 0.125f, 0.125f, 0.125f, 0.5f, 0, 0, 0, 0, 1};
    const Targets plain{.labels = labels};
    const Targets mixed{.labels = labels, .other_labels = others, .shares = shares};
    Targets taught = plain;
    Targets all = mixed;
    taught.teacher = all.teacher = teacher;
    for (const LossRule& rule :
         {LossRule{}, LossRule{.label_smoothing = 0.1f},
          LossRule{.label_smoothing = 0.1f, .offsets = offsets, .weights = weights},
          LossRule{.teacher_weight = 0.5f, .teacher_temperature = 3},
          LossRule{.offsets = offsets, .weights = weights, .teacher_weight = 1, .teacher_temperature = 2}})
        for (const Targets& targets : {plain, mixed, taught, all}) {
            Values logits = random_values(20, 1), gradient(20);
            softmax_cross_entropy_backward(5, rule, logits, targets, gradient);
            // 1.5, 1 and 0 of the labels; of the first, a quarter is the other's 0.5.
            const double weight = rule.weights.empty() ? 3 : targets.shares.empty() ? 2.5 : 2.25;
            expect_gradient([&] { return softmax_cross_entropy_sum(5, rule, logits, targets) / weight; }, logits,
                            gradient);
            EXPECT_EQ(Values(gradient.begin() + 15, gradient.end()), Values(5, 0.0));
        }
}

TEST(ReferenceSoftmaxCrossEntropy, OfAMixIsThatOfItsPartsByTheirShares) {
    const std::vector<std::int32_t> one{1};
    const std::vector<std::int32_t> other{0};
    const std::vector<float> shares{0.75f};
    const Values logits{0, std::log(3.0)};
    EXPECT_NEAR(softmax_cross_entropy_sum(2, {}, logits, {.labels = one, .other_labels = other, .shares = shares}),
                -0.75 * std::log(0.75) - 0.25 * std::log(0.25), 1e-15);
}

TEST(ReferenceSoftmaxCrossEntropy, OfATeacherIsNothingMoreWhereItIsAgreedWith) {
    const std::vector<std::int32_t> labels{1};
    const std::vector<float> teacher{0.25f, 0.75f};
    const Values logits{0, 2 * std::log(3.0)};  // cooled: probabilities 1/4 and 3/4
    EXPECT_NEAR(softmax_cross_entropy_sum(2, {.teacher_weight = 0.25f, .teacher_temperature = 2}, logits,
                                          {.labels = labels, .teacher = teacher}),
                -0.75 * std::log(0.9), 1e-15);
}

}  // namespace
}  // namespace inkling::reference
