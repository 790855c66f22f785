#include "train/conformal.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "train/prior.h"

namespace inkling {
namespace {

constexpr int kClasses = 4;

struct Planted {
    std::vector<float> probabilities;
    std::vector<std::uint8_t> labels;
};

/// Images of classes that come as `shares`, and a network's probabilities of them, which take classes to come alike and
/// are twice as sure as they should be.
Planted planted(int images, const std::vector<double>& shares, std::uint64_t seed) {
    Planted data;
    RandomStream random(seed, Purpose::kBenchmark);
    for (int i = 0; i < images; ++i) {
        double drawn = random.uniform(0, 1);
        std::size_t label = 0;
        while (label + 1 < shares.size() && (drawn -= shares[label]) >= 0) ++label;
        std::vector<double> likelihoods(kClasses);
        double sum = 0;
        for (std::size_t c = 0; c < kClasses; ++c)
            sum += likelihoods[c] = std::exp(2 * ((c == label ? 1.5 : 0) + random.normal()));
        data.labels.push_back(static_cast<std::uint8_t>(label));
        for (const double likelihood : likelihoods) data.probabilities.push_back(static_cast<float>(likelihood / sum));
    }
    return data;
}

TEST(ConformalSets, TakeTheLeastProbabilityThatMissesNoMoreThanTheyMay) {
    // Ten images of class 0, with probabilities 0.05, 0.15, ... of it. 90% of eleven is 9.9, so that none may be
    // missed; 95% of eleven is more than there are.
    std::vector<float> probabilities;
    for (int i = 0; i < 10; ++i) {
        probabilities.push_back(0.05f + 0.1f * static_cast<float>(i));
        probabilities.push_back(1 - probabilities.back());
    }
    const std::vector<std::uint8_t> ten(10, 0);
    EXPECT_NEAR(fit_conformal_sets(probabilities, ten, 2)[0].least_probability, 0.05, 1e-6);
    EXPECT_EQ(fit_conformal_sets(probabilities, ten, 2)[1].least_probability, 0);
    const std::vector<std::uint8_t> none;
    for (const ConformalSets& sets : fit_conformal_sets({}, none, 2)) EXPECT_EQ(sets.least_probability, 0);
}

TEST(ConformalSets, HoldTheTrueClassAsOftenAsAsked) {
    // Split conformal sets hold it with at least the coverage, and at most 1/(n + 1) more, over all draws.
    const std::vector<double> alike(kClasses, 0.25);
    std::vector<double> held(kCoverages.size());
    constexpr int kDraws = 400;
    for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
        const Planted seen = planted(99, alike, 2 * draw);
        const Planted other = planted(100, alike, 2 * draw + 1);
        const auto sets = fit_conformal_sets(seen.probabilities, seen.labels, kClasses);
        const auto results = judge_sets(sets, other.probabilities, other.labels, kClasses);
        for (std::size_t i = 0; i < results.size(); ++i) held[i] += results[i].held / kDraws;
    }
    for (std::size_t i = 0; i < kCoverages.size(); ++i) {
        EXPECT_GT(held[i], kCoverages[i] - 0.006);
        EXPECT_LT(held[i], kCoverages[i] + 0.01 + 0.006);
    }
}

TEST(ConformalSets, HoldItWhereClassesComeOtherwiseThanAmongTheImagesHeldOut) {
    const std::vector<double> uneven{0.7, 0.2, 0.07, 0.03};
    const std::vector<double> alike(kClasses, 0.25);
    const std::vector<float> weights = prior_weights(uneven, alike);
    double weighted = 0;
    constexpr int kDraws = 40;
    for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
        const Planted seen = planted(3000, uneven, 2 * draw);
        const Planted other = planted(2000, alike, 2 * draw + 1);
        const auto sets = fit_conformal_sets(seen.probabilities, seen.labels, kClasses, weights);
        weighted += judge_sets(sets, other.probabilities, other.labels, kClasses)[0].held / kDraws;
    }
    EXPECT_NEAR(weighted, 0.9, 0.01);
}

TEST(ConformalSets, AreCountedWithTheLikeliestClassAlwaysIn) {
    const std::vector<float> probabilities{0.5f, 0.3f, 0.1f, 0.1f, 0.4f, 0.2f, 0.2f, 0.2f, 0.9f, 0.05f, 0.03f, 0.02f};
    const std::vector<std::uint8_t> labels{1, 0, 2};
    const auto at = [&](double least) {
        return judge_sets(std::vector<ConformalSets>{{0.9, least}}, probabilities, labels, kClasses).front();
    };
    EXPECT_NEAR(at(0.3).held, 2.0 / 3, 1e-12);
    EXPECT_NEAR(at(0.3).size, 4.0 / 3, 1e-12);
    EXPECT_NEAR(at(0.3).single, 2.0 / 3, 1e-12);
    EXPECT_EQ(at(0.95).size, 1);
    EXPECT_EQ(at(0).size, 4);
    EXPECT_EQ(at(0).held, 1);
}

}  // namespace
}  // namespace inkling
