#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/aligned_buffer.h"
#include "kernels/cpu/bfloat16.h"
#include "kernels/cpu/pointwise.h"
#include "kernels/reference/activation.h"

namespace inkling {
namespace {

/// Every activation as it is by default, and again with other values for its parameters.
std::vector<Activation> all_activations() {
    std::vector<Activation> activations;
    for_each_kind<Activation>([&]<class Kind>(Kind kind) {
        activations.push_back(kind);
        for (const auto& key : keys_of<Kind>())
            if (const auto* member = std::get_if<float Kind::*>(&key.member)) kind.** member = 0.375f;
        if (!std::is_empty_v<Kind>) activations.push_back(kind);
    });
    return activations;
}

/// Numbers that bfloat16 holds exactly, from -100 to 100 and dense about zero, kinks and thresholds among them.
std::vector<float> inputs() {
    std::vector<float> values{0, 3, -3, 20, -20, 88, -88, 100, -100};
    for (float step = 0.0078125f; step < 32; step *= 2)
        for (int i = 8; i < 16; ++i) {
            values.push_back(step * static_cast<float>(i) / 8);
            values.push_back(-values.back());
        }
    while (values.size() % 16 != 0) values.push_back(0);
    return values;
}

void put(float& to, float value) { to = value; }
void put(kernels::Bfloat16& to, float value) {
    to.bits = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16);
}

constexpr kernels::Slice kOneSample{.first = 0, .count = 1};

/// What a pass over dense features gives, forward and, for an output gradient of 1, backward.
template <class Value>
struct Passes {
    explicit Passes(const Activation& activation) {
        const std::vector<float> x = inputs();
        kernels::Pointwise pointwise;
        pointwise.input = {static_cast<int>(x.size()), 1, 1};
        pointwise.activation = activation;
        std::vector<float> scratch(kernels::pointwise_scratch_size(pointwise));
        AlignedBuffer<Value> input(x.size()), output(x.size()), gradient(x.size()), input_gradient(x.size());
        for (std::size_t i = 0; i < x.size(); ++i) {
            put(input.data()[i], x[i]);
            put(gradient.data()[i], 1);
        }
        const kernels::ConstValues from(static_cast<const Value*>(input.data()));
        kernels::pointwise_forward(pointwise, kOneSample, from, {}, nullptr, output.data(), {}, scratch);
        kernels::pointwise_backward(pointwise, kOneSample, from, {}, nullptr,
                                    static_cast<const Value*>(gradient.data()), {}, {}, input_gradient.data(), scratch);
        for (const Value value : output.span()) values.push_back(kernels::to_float(value));
        for (const Value value : input_gradient.span()) derivatives.push_back(kernels::to_float(value));
    }

    std::vector<float> values, derivatives;
};

/// Expects both to be the reference's, to `tolerance` of the number's own size, or of 1 for smaller ones.
template <class Value>
void expect_as_reference(double tolerance) {
    const std::vector<float> x = inputs();
    for (const Activation& activation : all_activations()) {
        const Passes<Value> fast(activation);
        for (std::size_t i = 0; i < x.size(); ++i) {
            const reference::ActivationResult exact = reference::activate(activation, x[i]);
            EXPECT_NEAR(fast.values[i], exact.value, tolerance * std::max(1.0, std::abs(exact.value)))
                << name_of(activation) << " at " << x[i];
            EXPECT_NEAR(fast.derivatives[i], exact.derivative, tolerance * std::max(1.0, std::abs(exact.derivative)))
                << name_of(activation) << "'s derivative at " << x[i];
        }
    }
}

TEST(Activations, EqualTheReference) { expect_as_reference<float>(2e-6); }

TEST(Activations, EqualTheReferenceRoundedToBfloat16) { expect_as_reference<kernels::Bfloat16>(1.0 / 256); }

TEST(Activations, ShowANetworkThatDiverged) {
    for (const Activation& activation : all_activations()) {
        kernels::Pointwise pointwise;
        pointwise.input = {16, 1, 1};
        pointwise.activation = activation;
        AlignedBuffer<float> values(16);
        std::fill_n(values.data(), 16, NAN);
        std::vector<float> scratch(kernels::pointwise_scratch_size(pointwise));
        kernels::pointwise_forward(pointwise, kOneSample, static_cast<const float*>(values.data()), {}, nullptr,
                                   values.data(), {}, scratch);
        EXPECT_TRUE(std::isnan(values.data()[0])) << name_of(activation);
    }
}

}  // namespace
}  // namespace inkling
