#include "train/rate_search.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "refusal.h"
#include "toy_data.h"

namespace inkling {
namespace {

/// A loss that falls by 3 about the rate `middle`, over some decade, and rises again from `end` on, with noise.
std::vector<RateStep> planted_steps(double middle, double end, int count) {
    RandomStream random(1, Purpose::kBenchmark);
    std::vector<RateStep> steps;
    for (int i = 0; i < count; ++i) {
        const double rate = 1e-6 * std::pow(1e7, i / (count - 1.0));
        const double falling = 3 / (1 + std::pow(rate / middle, 1.5));
        const double loss = 1 + falling + (rate > end ? 20 * std::log10(rate / end) : 0);
        steps.push_back({rate, loss + 0.1 * random.normal(), loss});
    }
    return steps;
}

TEST(SteepestRate, IsWhereAPlantedLossFallsSteepest) {
    for (const double middle : {1e-4, 3e-3, 0.1})
        for (const int count : {50, 300}) {
            const auto rate = steepest_rate(planted_steps(middle, 20 * middle, count), count);
            ASSERT_TRUE(rate.has_value());
            EXPECT_LT(std::abs(std::log(*rate / middle)), std::log(2)) << middle << " in " << count << " steps";
        }
}

TEST(SuggestedRate, IsATenthOfWhereAPlantedLossEndsToFall) {
    for (const double middle : {1e-4, 3e-3, 0.1}) {
        const auto rate = suggested_rate(planted_steps(middle, 20 * middle, 300), 300);
        ASSERT_TRUE(rate.has_value());
        EXPECT_NEAR(*rate / middle, 2, 0.2) << middle;
    }
}

TEST(SteepestRate, IsNoneWhereTheLossOnlyRises) {
    std::vector<RateStep> steps;
    for (int i = 0; i < 100; ++i) steps.push_back({0.001 * (i + 1), 1.0 * i, 1.0 * i});
    EXPECT_FALSE(steepest_rate(steps, 100).has_value());
    EXPECT_FALSE(suggested_rate(steps, 100).has_value());
    EXPECT_FALSE(steepest_rate(std::span(steps).first(1), 100).has_value());
}

/// A third of its labels are drawn at random, so that there is a least loss and it is above zero.
const Dataset& toy() {
    static const Dataset data = [] {
        Dataset noisy = toy_dataset(4000);
        RandomStream random(2, Purpose::kBenchmark);
        for (std::size_t i = 0; i < noisy.labels.size(); i += 3)
            noisy.labels[i] = static_cast<std::uint8_t>(random.below(kToyClasses));
        return noisy;
    }();
    return data;
}

RateSearch search(const std::vector<std::string>& overrides, RateSearchOptions options = {}) {
    const Recipe recipe = parse_recipe(kToyRecipe, "toy.toml", overrides);
    return search_rate(recipe, toy(), stratified_holdout(toy(), 0.2, 5), options);
}

// A linear model: steps of SGD on its loss, which is convex, lead away from the least from some rate on.
const std::vector<std::string> kLinear{"network.layers=[{type=\"flatten\"}]", "optimizer.kind=sgd",
                                       "training.clip_grad_norm=0"};

TEST(RateSearch, RaisesTheRateByTheSameFactorUntilTheLossDiverges) {
    const RateSearch found = search(kLinear);
    ASSERT_TRUE(found.diverged);
    ASSERT_LT(found.steps.size(), 300u);
    double least = found.steps.front().smoothed;
    for (std::size_t i = 0; i < found.steps.size(); ++i) {
        EXPECT_NEAR(found.steps[i].learning_rate / (1e-6 * std::pow(1e7, static_cast<double>(i) / 299)), 1, 1e-9);
        if (i + 1 < found.steps.size()) {
            EXPECT_LE(found.steps[i].smoothed, kDivergence * least) << i;
        }
        least = std::min(least, found.steps[i].smoothed);
    }
    EXPECT_NEAR(found.steps.front().loss, found.steps.front().smoothed, 1e-12);
}

TEST(RateSearch, SuggestsARateThatLearnsBelowThoseThatDiverge) {
    const RateSearch found = search(kLinear);
    ASSERT_TRUE(found.suggestion.has_value());
    EXPECT_LT(*found.suggestion, found.steps.back().learning_rate / 3);
    const double loss_before = found.steps.front().loss;
    // A search that stays at one rate is a training.
    const auto loss_after = [&](double rate) {
        return search(kLinear, {.range = {.least = rate, .most = rate, .steps = 100}}).steps.back().smoothed;
    };
    EXPECT_LT(loss_after(*found.suggestion), 0.75 * loss_before);
    EXPECT_GT(loss_after(*found.suggestion / 1000), 0.8 * loss_before);
    EXPECT_GT(loss_after(found.steps.back().learning_rate), loss_after(*found.suggestion));
}

TEST(RateSearch, IsAFunctionOfTheRecipe) {
    const RateSearch one = search({});
    const RateSearch two = search({});
    ASSERT_EQ(one.steps.size(), two.steps.size());
    for (std::size_t i = 0; i < one.steps.size(); ++i) EXPECT_EQ(one.steps[i].loss, two.steps[i].loss);
    EXPECT_EQ(one.steepest, two.steepest);
    // Neither schedule, nor epochs, nor the recipe's own rate.
    EXPECT_EQ(search({"optimizer.learning_rate=1", "schedule.kind=one_cycle", "training.epochs=1"}).steepest,
              one.steepest);
}

TEST(RateSearch, TakesTheRatesOfGroupsTimesThatOfTheSearch) {
    std::vector<std::string> grouped = kLinear;
    grouped.emplace_back("optimizer.groups=[{layers=[\"output\"], learning_rate_factor=10}]");
    const double plain = search(kLinear).steps.back().learning_rate;
    EXPECT_NEAR(search(grouped).steps.back().learning_rate / (plain / 10), 1, 0.3);
}

TEST(RateSearch, BeginsWithTheWeightsThatItIsGivenAndStopsWhenAsked) {
    int asked = 0;
    const RateSearch found = search(kLinear, {.stop = [&] { return ++asked == 7; },
                                              .on_initialized =
                                                  [](Network& network) {
                                                      std::ranges::fill(network.parameters(), 0.0f);
                                                      network.parameters_changed();
                                                  }});
    EXPECT_EQ(found.steps.size(), 7u);
    EXPECT_NEAR(found.steps.front().loss, std::log(4.0), 1e-6);
}

TEST(RateSearch, RefusesWhatATrainingRefuses) {
    EXPECT_TRUE(contains(usage_refusal([] { search({"network.input=[1, 14, 14]"}); }), "set network.input"));
}

}  // namespace
}  // namespace inkling
