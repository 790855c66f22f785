#include "data/folds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "refusal.h"

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

TEST(StratifiedFolds, AreDisjointAndCoverAllThatIsTaken) {
    const Dataset data = labelled({50, 71, 13});
    const Folds folds = stratified_folds(data, 1, 4, 3);
    EXPECT_EQ(folds.count, 4);
    std::vector<std::uint32_t> all(data.size());
    std::iota(all.begin(), all.end(), 0u);
    EXPECT_EQ(folds.samples, all);
    std::vector<std::uint32_t> judged;
    for (int fold = 0; fold < 4; ++fold) {
        const Holdout holdout = folds.holdout(fold);
        EXPECT_TRUE(std::is_sorted(holdout.train.begin(), holdout.train.end()));
        EXPECT_TRUE(std::is_sorted(holdout.validation.begin(), holdout.validation.end()));
        std::vector<std::uint32_t> both;
        std::merge(holdout.train.begin(), holdout.train.end(), holdout.validation.begin(), holdout.validation.end(),
                   std::back_inserter(both));
        EXPECT_EQ(both, all) << "fold " << fold;
        judged.insert(judged.end(), holdout.validation.begin(), holdout.validation.end());
    }
    std::sort(judged.begin(), judged.end());
    EXPECT_EQ(judged, all);
}

TEST(StratifiedFolds, HoldEachClassWithinOneSampleOfItsShareAndAreOfOneSize) {
    const Dataset data = labelled({50, 71, 13, 9, 100, 7, 33});
    for (const int count : {2, 3, 5, 7})
        for (const double fraction : {1.0, 0.6, 0.01}) {
            const Folds folds = stratified_folds(data, fraction, count, 11);
            const std::vector<std::size_t> taken = histogram_of(data, folds.samples);
            const double size = static_cast<double>(folds.samples.size()) / count;
            for (int fold = 0; fold < count; ++fold) {
                const std::vector<std::uint32_t> samples = folds.holdout(fold).validation;
                EXPECT_LT(std::abs(static_cast<double>(samples.size()) - size), 1) << fold << " of " << count;
                const std::vector<std::size_t> histogram = histogram_of(data, samples);
                for (std::size_t label = 0; label < taken.size(); ++label)
                    EXPECT_LT(
                        std::abs(static_cast<double>(histogram[label]) - static_cast<double>(taken[label]) / count), 1)
                        << "class " << label << ", fold " << fold << " of " << count;
            }
        }
}

TEST(StratifiedFolds, TakeTheFractionOfEachClassButASampleForEachFold) {
    const Dataset data = labelled({100, 25, 5});
    EXPECT_EQ(histogram_of(data, stratified_folds(data, 0.3, 5, 0).samples), (std::vector<std::size_t>{30, 8, 5}));
}

TEST(StratifiedFolds, AreTheSeedsChoice) {
    const Dataset data = labelled({50, 70});
    const Folds folds = stratified_folds(data, 0.5, 3, 5);
    const Folds again = stratified_folds(data, 0.5, 3, 5);
    EXPECT_EQ(again.samples, folds.samples);
    EXPECT_EQ(again.fold, folds.fold);
    EXPECT_NE(stratified_folds(data, 0.5, 3, 6).samples, folds.samples);
    EXPECT_NE(stratified_folds(data, 1, 3, 5).fold, stratified_folds(data, 1, 3, 6).fold);
}

TEST(StratifiedFolds, LeaveOutClassesWithoutSamples) {
    const Dataset data = labelled({0, 20, 0, 7, 0});
    const Folds folds = stratified_folds(data, 1, 4, 3);
    EXPECT_EQ(folds.samples.size(), 27u);
    EXPECT_TRUE(sparse_classes(data, 4).empty());
    for (int fold = 0; fold < 4; ++fold) {
        const Holdout holdout = folds.holdout(fold);
        EXPECT_EQ(histogram_of(data, holdout.validation)[1], 5u);
        EXPECT_GE(histogram_of(data, holdout.validation)[3], 1u);
        EXPECT_GE(histogram_of(data, holdout.train)[3], 5u);
    }
    // Classes that nobody wrote change nothing for those that there are.
    Dataset named = labelled({20, 7});
    const Folds of_two = stratified_folds(named, 1, 4, 3);
    EXPECT_EQ(of_two.samples.size(), folds.samples.size());
}

TEST(StratifiedFolds, DealASmallClassIntoAsManyAsItHasSamples) {
    const Dataset data = labelled({20, 3, 1});
    const Folds folds = stratified_folds(data, 0.5, 4, 0);
    EXPECT_EQ(histogram_of(data, folds.samples), (std::vector<std::size_t>{10, 3, 1}));
    std::vector<std::size_t> folds_with(3);
    for (int fold = 0; fold < 4; ++fold) {
        const std::vector<std::size_t> histogram = histogram_of(data, folds.holdout(fold).validation);
        for (std::size_t label = 0; label < 3; ++label) folds_with[label] += histogram[label] > 0;
        EXPECT_LE(histogram[1], 1u);
    }
    EXPECT_EQ(folds_with, (std::vector<std::size_t>{4, 3, 1}));
    EXPECT_EQ(sparse_classes(data, 4), (std::vector<int>{1, 2}));
}

TEST(StratifiedFolds, RefuseDataOfWhichNoClassIsLargeEnough) {
    Dataset data = labelled({2, 3});
    data.split = "mine";
    EXPECT_EQ(data_refusal([&] { stratified_folds(data, 1, 4, 0); }),
              "split mine: no class has more than 3 samples, but cross-validation needs one for each of 4 folds, of "
              "which one is to tune by; take a "
              "split with more images, or set folds + fresh_folds to 2 at most in the study's recipe");
    Dataset single = labelled({1, 1});
    EXPECT_TRUE(data_refusal([&] { stratified_folds(single, 1, 2, 0); }).ends_with("take a split with more images"));
}

TEST(StratifiedFolds, RefuseValuesOutOfRange) {
    const Dataset data = labelled({300});
    for (const double fraction : {0.0, -0.1, 1.1, std::nan("")})
        EXPECT_TRUE(contains(usage_refusal([&] { stratified_folds(data, fraction, 3, 0); }), "more than 0"))
            << fraction;
    for (const int count : {-1, 0, 1, 256})
        EXPECT_TRUE(contains(usage_refusal([&] { stratified_folds(data, 1, count, 0); }), "2 to 255")) << count;
}

TEST(SamplesPerClass, TakesSoManyOfEachClassOrAll) {
    const Dataset data = labelled({10, 100, 3});
    const auto samples = samples_per_class(data, 5, 1);
    EXPECT_EQ(histogram_of(data, samples), (std::vector<std::size_t>{5, 5, 3}));
    EXPECT_TRUE(std::is_sorted(samples.begin(), samples.end()));
}

TEST(SamplesPerClass, AreTheSeedsChoiceAndGrowWithTheCount) {
    const Dataset data = labelled({50, 70});
    const auto few = samples_per_class(data, 5, 1);
    const auto more = samples_per_class(data, 20, 1);
    EXPECT_EQ(few, samples_per_class(data, 5, 1));
    EXPECT_NE(few, samples_per_class(data, 5, 2));
    EXPECT_TRUE(std::includes(more.begin(), more.end(), few.begin(), few.end()));
}

/// Writers who follow each other, each with one sample of each of two classes for each of its `counts`.
Dataset written_by(const std::vector<std::size_t>& counts) {
    Dataset data;
    data.split = "ours";
    data.class_names = {"a", "b"};
    for (std::size_t writer = 0; writer < counts.size(); ++writer)
        for (std::size_t i = 0; i < 2 * counts[writer]; ++i) {
            data.labels.push_back(static_cast<std::uint8_t>(i % 2));
            data.writers.push_back(static_cast<std::uint32_t>(100 + writer));
        }
    return data;
}

TEST(WriterFolds, KeepEachWritersSamplesTogether) {
    const Dataset data = written_by({3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8});
    const Folds folds = writer_folds(data, 1, 3, 7);
    EXPECT_EQ(folds.samples.size(), data.size());
    std::map<std::uint32_t, std::set<int>> folds_of;
    std::vector<std::size_t> sizes(3);
    for (std::size_t i = 0; i < folds.samples.size(); ++i) {
        folds_of[data.writers[folds.samples[i]]].insert(folds.fold[i]);
        ++sizes[folds.fold[i]];
    }
    EXPECT_EQ(folds_of.size(), 12u);
    for (const auto& [writer, of] : folds_of) EXPECT_EQ(of.size(), 1u) << writer;
    EXPECT_LE(*std::max_element(sizes.begin(), sizes.end()) - *std::min_element(sizes.begin(), sizes.end()), 18u);
}

TEST(WriterFolds, TakeAFractionOfTheWritersByTheSeed) {
    const Dataset data = written_by(std::vector<std::size_t>(20, 2));
    EXPECT_EQ(writer_folds(data, 0.5, 3, 7).samples.size(), 40u);
    EXPECT_EQ(writer_folds(data, 0.01, 3, 7).samples.size(), 12u) << "one for each fold at least";
    EXPECT_EQ(writer_folds(data, 0.5, 3, 7).samples, writer_folds(data, 0.5, 3, 7).samples);
    EXPECT_NE(writer_folds(data, 0.5, 3, 7).samples, writer_folds(data, 0.5, 3, 8).samples);
}

TEST(WriterFolds, NeedWritersThatAreKnownAndMany) {
    Dataset data = written_by({1, 1, 1});
    EXPECT_TRUE(contains(data_refusal([&] { writer_folds(data, 1, 4, 0); }),
                         "split ours: 3 writers, but cross-validation needs one for each of 4 folds"));
    data.writers.clear();
    EXPECT_TRUE(contains(data_refusal([&] { writer_folds(data, 1, 3, 0); }),
                         "split ours: who wrote its images is not known; set folds_by = \"image\""));
    EXPECT_TRUE(contains(usage_refusal([&] { writer_folds(data, 0, 3, 0); }), "more than 0"));
}

}  // namespace
}  // namespace inkling
