#include "study/importance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/random.h"

namespace inkling {
namespace {

using Levels = std::vector<std::size_t>;
using Plant = std::function<double(const Levels&)>;

const std::vector<Factor> kFactors = {{"important", 4, false}, {"one of two", 2, false}, {"the other", 3, false},
                                      {"idle", 3, false},      {"idle too", 2, false},   {"idle rate", 6, true}};

/// Main effect of the first; the second and third only together.
double planted(const Levels& levels) {
    const double first[] = {0.03, -0.01, -0.03, 0.01};
    const double together[] = {0, 1, -1};
    return 0.8 + first[levels[0]] + (levels[1] == 0 ? 0.02 : -0.02) * together[levels[2]];
}

/// Calls visit(levels) for every combination.
void each_combination(const std::vector<Factor>& factors, const std::function<void(const Levels&)>& visit) {
    Levels levels(factors.size(), 0);
    for (std::size_t digit = levels.size(); digit > 0;) {
        visit(levels);
        for (digit = levels.size(); digit > 0 && ++levels[digit - 1] == factors[digit - 1].levels; --digit)
            levels[digit - 1] = 0;
    }
}

std::vector<FactorTrial> full_grid(const std::vector<Factor>& factors, const Plant& plant) {
    std::vector<FactorTrial> trials;
    each_combination(factors, [&](const Levels& levels) { trials.push_back({levels, plant(levels)}); });
    return trials;
}

std::vector<FactorTrial> random_trials(const std::vector<Factor>& factors, std::size_t count, std::uint64_t seed,
                                       const Plant& plant, double chance) {
    RandomStream random(seed, Purpose::kBenchmark);
    std::vector<FactorTrial> trials(count);
    for (FactorTrial& trial : trials) {
        for (const Factor& factor : factors)
            trial.levels.push_back(random.below(static_cast<std::uint32_t>(factor.levels)));
        trial.score = plant(trial.levels) + chance * random.normal();
    }
    return trials;
}

/// By the means of a full grid: the variance of each main effect and pair over that of all.
double exact_share(const std::vector<Factor>& factors, const Plant& plant, const Levels& subset) {
    double mean = 0;
    double square = 0;
    double count = 0;
    const auto value = [](double sum, double n) { return sum / n; };
    const auto effect = [&](const Levels& of, const Levels& at) {
        double sum = 0;
        double n = 0;
        each_combination(factors, [&](const Levels& levels) {
            for (std::size_t i = 0; i < of.size(); ++i)
                if (levels[of[i]] != at[of[i]]) return;
            sum += plant(levels);
            ++n;
        });
        return value(sum, n);
    };
    each_combination(factors, [&](const Levels& levels) {
        mean += plant(levels);
        square += plant(levels) * plant(levels);
        ++count;
    });
    mean /= count;
    double squares = 0;
    each_combination(factors, [&](const Levels& levels) {
        double part = effect(subset, levels) - mean;
        if (subset.size() == 2)
            for (const std::size_t one : subset) part -= effect({one}, levels) - mean;
        squares += part * part;
    });
    return squares / count / (square / count - mean * mean);
}

TEST(Importance, IsThatOfTheExactAnovaOfAFullGrid) {
    const std::vector<Factor> factors = {{"a", 3, false}, {"b", 4, true}, {"c", 2, false}, {"d", 3, false}};
    const Plant plant = [](const Levels& levels) {
        return 0.02 * static_cast<double>(levels[1]) + (levels[0] == levels[3] ? 0.03 : 0) +
               (levels[2] == 0 ? 0.02 : 0);
    };
    std::vector<FactorTrial> trials = full_grid(factors, plant);
    const Importance found = find_importance(factors, trials, 1);
    for (const Share& share : found.main)
        EXPECT_NEAR(share.share, exact_share(factors, plant, share.factors), 0.06) << factors[share.factors[0]].name;
    for (const Share& share : found.pairs)
        EXPECT_NEAR(share.share, exact_share(factors, plant, share.factors), 0.06)
            << factors[share.factors[0]].name << factors[share.factors[1]].name;
    EXPECT_EQ(found.pairs[0].factors, (Levels{0, 3}));
    EXPECT_GT(found.explained, 0.6);
}

TEST(Importance, FindsTheTechniqueAndThePairThatMatter) {
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
        const Importance found = find_importance(kFactors, random_trials(kFactors, 120, seed, planted, 0.004), seed);
        const auto largest = std::max_element(found.main.begin(), found.main.end(),
                                              [](const Share& a, const Share& b) { return a.share < b.share; });
        EXPECT_EQ(largest->factors, Levels{0});
        EXPECT_TRUE(largest->shown);
        EXPECT_EQ(found.pairs[0].factors, (Levels{1, 2}));
        EXPECT_TRUE(found.pairs[0].shown);
        for (std::size_t i = 3; i < 6; ++i) EXPECT_LT(found.main[i].share, 0.06) << seed;
        // By 120 trials of 864 combinations a pair that has an effect only together is known in part.
        EXPECT_TRUE(found.main[0].interval.contains(exact_share(kFactors, planted, {0}))) << seed;
        EXPECT_GT(found.pairs[0].share, 0.6 * exact_share(kFactors, planted, {1, 2})) << seed;
    }
}

const std::vector<Factor> kFew = {{"a", 4, false}, {"b", 2, false}, {"c", 3, false}, {"d", 5, true}};

TEST(Importance, TellsHowFarItIsAndEndsWhereItIsTold) {
    const std::vector<FactorTrial> trials = random_trials(kFactors, 40, 1, planted, 0.004);
    std::vector<std::size_t> told;
    std::size_t forests = 0;
    const auto listen = [&](std::size_t done, std::size_t all) {
        told.push_back(done);
        forests = all;
    };
    find_importance(kFactors, trials, 1, listen);
    ASSERT_EQ(told.size(), forests);
    for (std::size_t i = 0; i < told.size(); ++i) EXPECT_EQ(told[i], i);
    const auto stop = [](std::size_t, std::size_t) { throw std::runtime_error("stopped"); };
    EXPECT_THROW(find_importance(kFactors, trials, 1, stop), std::runtime_error);
}

TEST(Importance, RarelySeesEffectsInNoise) {
    int mains = 0;
    int pairs = 0;
    int beside = 0;
    constexpr int kStudies = 20;
    for (std::uint64_t seed = 0; seed < kStudies; ++seed) {
        const auto shown = [](const Share& share) { return share.shown; };
        const Importance found = find_importance(kFew,
                                                 random_trials(
                                                     kFew, 40, seed, [](const Levels&) { return 0.8; }, 0.01),
                                                 seed);
        mains += std::any_of(found.main.begin(), found.main.end(), shown) ? 1 : 0;
        pairs += std::any_of(found.pairs.begin(), found.pairs.end(), shown) ? 1 : 0;
        const Plant additive = [](const Levels& levels) {
            return 0.02 * static_cast<double>(levels[0]) + 0.02 * static_cast<double>(levels[2]);
        };
        const Importance other = find_importance(kFew, random_trials(kFew, 40, seed, additive, 0.01), seed);
        beside += std::any_of(other.pairs.begin(), other.pairs.end(), shown) ? 1 : 0;
    }
    // Of 20, 5 or more in one case of 400 at 5%.
    EXPECT_LE(mains, 4);
    EXPECT_LE(pairs, 4);
    EXPECT_LE(beside, 4);
}

}  // namespace
}  // namespace inkling
