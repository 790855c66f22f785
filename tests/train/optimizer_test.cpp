#include "train/optimizer.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/error.h"
#include "fixtures.h"
#include "kernels/reference/updates.h"

namespace inkling {
namespace {

ParameterLayout layout_of(std::size_t parameters, std::size_t regularized) {
    ParameterLayout layout;
    layout.parameter_count = parameters;
    layout.regularized_count = regularized;
    return layout;
}

using nlohmann::json;

constexpr OptimizerKind kKinds[] = {OptimizerKind::kSgd,   OptimizerKind::kAdam,    OptimizerKind::kAdamw,
                                    OptimizerKind::kNadam, OptimizerKind::kRmsprop, OptimizerKind::kAdagrad,
                                    OptimizerKind::kAsgd,  OptimizerKind::kLion};

OptimizerKind kind_named(const std::string& name) {
    return *std::ranges::find_if(kKinds, [&](OptimizerKind kind) { return optimizer_name(kind) == name; });
}

OptimizerSpec optimizer_spec(const json& settings) {
    OptimizerSpec spec;
    spec.kind = kind_named(settings["optimizer"]);
    spec.weight_decay = settings.value("weight_decay", spec.weight_decay);
    spec.momentum = settings.value("momentum", spec.momentum);
    spec.dampening = settings.value("dampening", spec.dampening);
    spec.nesterov = settings.value("nesterov", spec.nesterov);
    spec.beta1 = settings.value("beta1", spec.beta1);
    spec.beta2 = settings.value("beta2", spec.beta2);
    spec.eps = settings.value("eps", spec.eps);
    spec.alpha = settings.value("alpha", spec.alpha);
    spec.centered = settings.value("centered", spec.centered);
    spec.amsgrad = settings.value("amsgrad", spec.amsgrad);
    spec.momentum_decay = settings.value("momentum_decay", spec.momentum_decay);
    spec.lr_decay = settings.value("lr_decay", spec.lr_decay);
    spec.initial_accumulator_value = settings.value("initial_accumulator_value", spec.initial_accumulator_value);
    spec.lambd = settings.value("lambd", spec.lambd);
    spec.t0 = settings.value("t0", spec.t0);
    return spec;
}

RegularizationSpec regularization_spec(const json& settings) {
    return {.l1 = settings.value("l1", 0.0f),
            .l2 = settings.value("l2", 0.0f),
            .biases_and_norms = settings.value("biases_and_norms", false)};
}

TEST(Optimizer, EqualsPyTorchOver25Steps) {
    const json fixture = read_fixture("optimizers.json");
    const std::size_t regularized = fixture["regularized"];
    for (const json& settings : fixture["cases"]) {
        SCOPED_TRACE(settings.dump().substr(0, 120));
        std::vector<float> parameters = floats(fixture["parameters"]);
        Optimizer optimizer(optimizer_spec(settings), regularization_spec(settings),
                            layout_of(parameters.size(), regularized));
        const std::vector<float> rates = floats(settings["learning_rates"]);
        for (std::size_t step = 0; step < rates.size(); ++step) {
            const std::vector<float> gradients = floats(fixture["gradients"][step]);
            const float scale = settings.contains("max_norm") ? clip_factor(gradients, settings["max_norm"]) : 1;
            optimizer.step(parameters, gradients, rates[step], scale);
            const json expected = settings["after"].value(std::to_string(step + 1), json());
            if (expected.is_null()) continue;
            EXPECT_TRUE(close(parameters, floats(expected), 1e-5)) << "step " << step + 1;
        }
        if (!settings.contains("average")) continue;
        EXPECT_TRUE(close(optimizer.state(), floats(settings["average"]), 1e-5));
    }
}

TEST(Optimizer, LionEqualsItsPapersFormula) {
    const json fixture = read_fixture("optimizers.json");
    std::vector<float> parameters = floats(fixture["parameters"]);
    std::vector<double> expected(parameters.begin(), parameters.end());
    std::vector<double> state(parameters.size());
    const float rate = 0.01f, weight_decay = 0.5f;
    const std::size_t regularized = fixture["regularized"];
    const OptimizerSpec spec{.kind = OptimizerKind::kLion, .weight_decay = weight_decay, .beta2 = 0.99f};
    Optimizer optimizer(spec, {}, layout_of(parameters.size(), regularized));
    for (const json& values : fixture["gradients"]) {
        const std::vector<float> gradients = floats(values);
        optimizer.step(parameters, gradients, rate);
        reference::update(LionRule{.learning_rate = rate, .beta1 = 0.9f, .beta2 = 0.99f},
                          {.decay_factor = 1 - rate * weight_decay, .regularized = regularized}, expected,
                          std::vector<double>(gradients.begin(), gradients.end()), state);
    }
    EXPECT_TRUE(close(parameters, std::vector<float>(expected.begin(), expected.end()), 1e-5));
}

TEST(Optimizer, GoesOnExactlyFromSavedState) {
    const json fixture = read_fixture("optimizers.json");
    for (const OptimizerKind kind : kKinds) {
        const OptimizerSpec spec{.kind = kind, .momentum = 0.9f, .centered = true, .amsgrad = true};
        std::vector<float> unbroken = floats(fixture["parameters"]);
        Optimizer first(spec, {}, layout_of(unbroken.size(), unbroken.size()));
        const auto steps = [&](Optimizer& optimizer, std::vector<float>& parameters, std::size_t begin) {
            for (std::size_t step = begin; step < begin + 10; ++step)
                optimizer.step(parameters, floats(fixture["gradients"][step]), 0.01f);
        };
        steps(first, unbroken, 0);
        std::vector<float> resumed = unbroken;
        Optimizer second(spec, {}, layout_of(resumed.size(), resumed.size()));
        std::ranges::copy(first.state(), second.state().begin());
        std::ranges::copy(first.scalars(), second.scalars().begin());
        second.restore_steps(first.steps());
        EXPECT_EQ(second.steps(), 10);
        steps(first, unbroken, 10);
        steps(second, resumed, 10);
        EXPECT_EQ(unbroken, resumed) << optimizer_name(kind);
    }
}

TEST(Optimizer, RefusesBlocksOfAnotherSize) {
    Optimizer optimizer({}, {}, layout_of(3, 2));
    std::vector<float> parameters(4);
    EXPECT_THROW(optimizer.step(parameters, parameters, 0.1f), Error);
}

TEST(ClipFactor, LeavesGradientsUpToTheNormAndShortensLongerOnes) {
    const std::vector<float> gradients{3, -4};
    double norm = 0;
    EXPECT_EQ(clip_factor(gradients, 10, &norm), 1);
    EXPECT_EQ(norm, 5);
    EXPECT_EQ(clip_factor(gradients, 1), static_cast<float>(1 / (5 + 1e-6)));
    EXPECT_TRUE(std::isnan(clip_factor(std::vector<float>{NAN, 1}, 1)));
}

}  // namespace
}  // namespace inkling
