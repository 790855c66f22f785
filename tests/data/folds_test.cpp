#include "data/folds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "core/error.h"

namespace inkling {
namespace {

/// A data set of labels alone: so many samples of each class, in turn.
Dataset labelled(const std::vector<std::size_t>& histogram) {
    Dataset data;
    for (std::size_t round = 0; round < *std::max_element(histogram.begin(), histogram.end()); ++round)
        for (std::size_t label = 0; label < histogram.size(); ++label)
            if (round < histogram[label]) data.labels.push_back(static_cast<std::uint8_t>(label));
    data.class_names.resize(histogram.size(), "x");
    return data;
}

std::vector<std::size_t> histogram_of(const Dataset& data, const std::vector<std::uint32_t>& samples) {
    std::vector<std::size_t> histogram(data.class_names.size());
    for (const std::uint32_t sample : samples) ++histogram[data.labels[sample]];
    return histogram;
}

TEST(StratifiedHoldout, TakesTheFractionOfEachClass) {
    const Dataset data = labelled({10, 100, 24, 3});
    const Holdout holdout = stratified_holdout(data, 0.1, 1);
    EXPECT_EQ(histogram_of(data, holdout.validation), (std::vector<std::size_t>{1, 10, 2, 0}));
    EXPECT_EQ(histogram_of(data, holdout.train), (std::vector<std::size_t>{9, 90, 22, 3}));
}

TEST(StratifiedHoldout, PutsEverySampleIntoOnePartInOrder) {
    const Dataset data = labelled({50, 70});
    const Holdout holdout = stratified_holdout(data, 0.3, 5);
    EXPECT_TRUE(std::is_sorted(holdout.train.begin(), holdout.train.end()));
    EXPECT_TRUE(std::is_sorted(holdout.validation.begin(), holdout.validation.end()));
    std::vector<std::uint32_t> both;
    std::merge(holdout.train.begin(), holdout.train.end(), holdout.validation.begin(), holdout.validation.end(),
               std::back_inserter(both));
    std::vector<std::uint32_t> all(120);
    std::iota(all.begin(), all.end(), 0u);
    EXPECT_EQ(both, all);
}

TEST(StratifiedHoldout, IsTheSeedsChoice) {
    const Dataset data = labelled({50, 70});
    EXPECT_EQ(stratified_holdout(data, 0.3, 5).validation, stratified_holdout(data, 0.3, 5).validation);
    EXPECT_NE(stratified_holdout(data, 0.3, 5).validation, stratified_holdout(data, 0.3, 6).validation);
}

TEST(StratifiedHoldout, LeavesEveryClassASampleToLearnFrom) {
    const Dataset data = labelled({1, 2, 5});
    EXPECT_EQ(histogram_of(data, stratified_holdout(data, 0.99, 0).train), std::vector<std::size_t>(3, 1));
}

TEST(StratifiedHoldout, HoldsNothingOutForFractionZero) {
    const Holdout holdout = stratified_holdout(labelled({5, 5}), 0, 0);
    EXPECT_TRUE(holdout.validation.empty());
    EXPECT_EQ(holdout.train.size(), 10u);
}

TEST(StratifiedHoldout, RefusesAFractionThatIsNone) {
    for (const double fraction : {-0.1, 1.0, 2.0, std::nan("")})
        EXPECT_THROW(stratified_holdout(labelled({5}), fraction, 0), Error) << fraction;
}

}  // namespace
}  // namespace inkling
