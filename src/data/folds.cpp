#include "data/folds.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <span>

#include "core/error.h"
#include "core/random.h"

namespace inkling {
namespace {

std::vector<std::uint32_t> all_samples(const Dataset& data) {
    std::vector<std::uint32_t> samples(data.size());
    std::iota(samples.begin(), samples.end(), 0u);
    return samples;
}

/// The samples of each class, in an order that seed and purpose choose.
std::vector<std::vector<std::uint32_t>> shuffled_classes(const Dataset& data, std::span<const std::uint32_t> among,
                                                         std::uint64_t seed, Purpose purpose) {
    std::vector<std::vector<std::uint32_t>> classes(data.class_names.size());
    for (const std::uint32_t sample : among) classes[data.labels[sample]].push_back(sample);
    for (std::size_t label = 0; label < classes.size(); ++label)
        shuffle(classes[label], RandomStream(seed, purpose, static_cast<std::uint32_t>(label)));
    return classes;
}

void check_folds(double fraction, int count) {
    if (!(fraction > 0 && fraction <= 1))
        throw wrong_usage("part {} of the data for cross-validation, expected more than 0 and 1 at most", fraction);
    if (count < 2 || count > 255) throw wrong_usage("{} folds, expected 2 to 255", count);
}

/// How many of `all` are dealt into folds: `fraction` of them, but one for each fold at least where there are so many.
std::size_t share_of(std::size_t all, double fraction, std::size_t folds) {
    const auto share = static_cast<std::size_t>(std::lround(fraction * static_cast<double>(all)));
    return std::min(std::max(share, folds), all);
}

/// `fold_of`: of each sample, none of those that are not used.
Folds folds_of(std::span<const std::optional<std::uint8_t>> fold_of, int count) {
    Folds result;
    result.count = count;
    for (std::size_t i = 0; i < fold_of.size(); ++i) {
        if (!fold_of[i]) continue;
        result.samples.push_back(static_cast<std::uint32_t>(i));
        result.fold.push_back(*fold_of[i]);
    }
    return result;
}

}  // namespace

Holdout stratified_holdout(const Dataset& data, double fraction, std::uint64_t seed) {
    return stratified_holdout(data, all_samples(data), fraction, seed);
}

Holdout stratified_holdout(const Dataset& data, std::span<const std::uint32_t> among, double fraction,
                           std::uint64_t seed) {
    if (!(fraction >= 0 && fraction < 1))
        throw wrong_usage("validation fraction {}, expected 0 or more and less than 1", fraction);
    Holdout holdout;
    for (const std::vector<std::uint32_t>& samples : shuffled_classes(data, among, seed, Purpose::kSplit)) {
        if (samples.empty()) continue;
        const auto wanted = static_cast<std::size_t>(std::lround(fraction * static_cast<double>(samples.size())));
        const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(std::min(wanted, samples.size() - 1));
        holdout.validation.insert(holdout.validation.end(), samples.begin(), middle);
        holdout.train.insert(holdout.train.end(), middle, samples.end());
    }
    std::sort(holdout.train.begin(), holdout.train.end());
    std::sort(holdout.validation.begin(), holdout.validation.end());
    return holdout;
}

std::vector<std::uint32_t> samples_per_class(const Dataset& data, std::size_t count, std::uint64_t seed) {
    std::vector<std::uint32_t> chosen;
    for (const std::vector<std::uint32_t>& samples :
         shuffled_classes(data, all_samples(data), seed, Purpose::kPerClass))
        chosen.insert(chosen.end(), samples.begin(),
                      samples.begin() + static_cast<std::ptrdiff_t>(std::min(count, samples.size())));
    std::sort(chosen.begin(), chosen.end());
    return chosen;
}

Holdout Folds::holdout(int index) const {
    Holdout result;
    for (std::size_t i = 0; i < samples.size(); ++i)
        (fold[i] == index ? result.validation : result.train).push_back(samples[i]);
    return result;
}

Folds stratified_folds(const Dataset& data, double fraction, int count, std::uint64_t seed) {
    check_folds(fraction, count);
    std::vector<std::optional<std::uint8_t>> fold_of(data.size());
    const auto folds = static_cast<std::size_t>(count);
    const std::vector<std::vector<std::uint32_t>> classes =
        shuffled_classes(data, all_samples(data), seed, Purpose::kFolds);
    std::size_t most = 0;
    for (const std::vector<std::uint32_t>& samples : classes) most = std::max(most, samples.size());
    if (most < folds)
        throw bad_data(
            "split {}: no class has more than {} samples, but cross-validation needs one for each of {} "
            "folds, of which one is to tune by; take a split with more images{}",
            data.split, most, count,
            most < 3 ? "" : fmt::format(", or set folds + fresh_folds to {} at most in the study's recipe", most - 1));
    // Dealing goes on with the next fold from class to class, so that what is left over of each evens out.
    std::size_t dealt = 0;
    for (const std::vector<std::uint32_t>& samples : classes)
        for (const std::uint32_t sample : std::span(samples).first(share_of(samples.size(), fraction, folds)))
            fold_of[sample] = static_cast<std::uint8_t>(dealt++ % folds);
    return folds_of(fold_of, count);
}

Folds writer_folds(const Dataset& data, double fraction, int count, std::uint64_t seed) {
    check_folds(fraction, count);
    if (data.writers.empty())
        throw bad_data("split {}: who wrote its images is not known; set folds_by = \"image\" in the study's recipe",
                       data.split);
    std::map<std::uint32_t, std::vector<std::uint32_t>> samples_of;
    for (std::size_t i = 0; i < data.size(); ++i) samples_of[data.writers[i]].push_back(static_cast<std::uint32_t>(i));
    std::vector<std::uint32_t> writers;
    writers.reserve(samples_of.size());
    for (const auto& [writer, samples] : samples_of) writers.push_back(writer);
    const auto folds = static_cast<std::size_t>(count);
    if (writers.size() < folds)
        throw bad_data(
            "split {}: {} writers, but cross-validation needs one for each of {} folds, of which one is to "
            "tune by; take a split with more writers, or set folds_by = \"image\" in the study's recipe",
            data.split, writers.size(), count);
    shuffle(writers, RandomStream(seed, Purpose::kFolds));
    writers.resize(share_of(writers.size(), fraction, folds));
    std::vector<std::optional<std::uint8_t>> fold_of(data.size());
    std::vector<std::size_t> sizes(folds);
    for (const std::uint32_t writer : writers) {
        const auto smallest = std::min_element(sizes.begin(), sizes.end());
        for (const std::uint32_t sample : samples_of[writer])
            fold_of[sample] = static_cast<std::uint8_t>(smallest - sizes.begin());
        *smallest += samples_of[writer].size();
    }
    return folds_of(fold_of, count);
}

std::vector<int> sparse_classes(const Dataset& data, int count) {
    std::vector<int> sparse;
    const std::vector<std::size_t> histogram = class_histogram(data);
    for (std::size_t label = 0; label < histogram.size(); ++label)
        if (histogram[label] > 0 && histogram[label] < static_cast<std::size_t>(count))
            sparse.push_back(static_cast<int>(label));
    return sparse;
}

}  // namespace inkling
