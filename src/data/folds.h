#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/dataset.h"

namespace inkling {

/// Indices of samples to learn from and of samples to judge by, both in rising order.
struct Holdout {
    std::vector<std::uint32_t> train;
    std::vector<std::uint32_t> validation;
};

/// Holds `fraction` (0 to less than 1) of each class out, rounded to the nearest whole sample, chosen by `seed`.
/// Every class keeps at least one sample to learn from.
Holdout stratified_holdout(const Dataset& data, double fraction, std::uint64_t seed);

/// The same of the samples named by `among`, in rising order.
Holdout stratified_holdout(const Dataset& data, std::span<const std::uint32_t> among, double fraction,
                           std::uint64_t seed);

/// `count` (1 or more) samples of each class, or all where there are fewer, chosen by `seed`, in rising order. A larger
/// count takes the same samples and more.
std::vector<std::uint32_t> samples_per_class(const Dataset& data, std::size_t count, std::uint64_t seed);

/// Which samples a study's cross-validation uses, and which fold each of them is in.
struct Folds {
    std::vector<std::uint32_t> samples;  // indices in rising order
    std::vector<std::uint8_t> fold;      // of each of `samples`, 0 to count - 1
    int count = 0;

    /// Fold `index` to judge by, all others to learn from.
    Holdout holdout(int index) const;
};

/// Takes `fraction` (above 0, to 1) of each class, rounded to the nearest whole sample but at least `count` or all, and
/// deals it into `count` (2 to 255) folds, chosen by `seed`: in each fold a class has its share to within one sample,
/// and the folds' sizes differ by one sample at most. As in scikit-learn's StratifiedKFold, a class without samples is
/// left out, and one of fewer samples than there are folds is missing from some; see sparse_classes(). Throws Error
/// (wrong usage) for values out of range; bad data where all classes have fewer samples than there are folds.
Folds stratified_folds(const Dataset& data, double fraction, int count, std::uint64_t seed);

/// As stratified_folds(), but of whole writers: takes `fraction` of them, rounded to the nearest but `count` at least,
/// and deals them into folds that differ by the samples of one writer at most. A class may have more samples in
/// one fold than in another, or be missing there. As in scikit-learn's GroupKFold. Throws Error (bad data) where
/// writers are not known, or fewer than there are folds.
Folds writer_folds(const Dataset& data, double fraction, int count, std::uint64_t seed);

/// The classes that have samples, but fewer than `count`.
std::vector<int> sparse_classes(const Dataset& data, int count);

}  // namespace inkling
