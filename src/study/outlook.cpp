#include "study/outlook.h"

#include <algorithm>

namespace inkling {
namespace {

/// Folds that so many candidates are trained on in a round, from the fold `begin` on.
std::int64_t expected_folds(const StudyRecipe& study, std::int64_t candidates, int begin) {
    std::int64_t folds = 0;
    for (int fold = begin, cut = std::max(2 * begin, 1); fold < study.folds; ++fold) {
        if (study.halving && fold == cut) {
            candidates = std::max<std::int64_t>((candidates + 1) / 2, 3);
            cut *= 2;
        }
        folds += candidates;
    }
    return folds;
}

std::int64_t candidates_of(const Round& round) {
    std::int64_t count = 0;
    for (const RoundOption& option : round.options) count += static_cast<std::int64_t>(option.candidates.size());
    return count;
}

/// Folds that a family's path will want beyond those that it wants now.
std::int64_t later_folds(const StudyRecipe& study, const StudyFamily& family, const FamilyPath& path) {
    std::int64_t folds = 0;
    // The candidates that still run go on with the folds after those that are wanted now.
    if (!path.wanted.empty()) {
        const int last = path.wanted.back().fold;
        const auto running = static_cast<std::int64_t>(
            std::count_if(path.wanted.begin(), path.wanted.end(), [&](const WantedFold& w) { return w.fold == last; }));
        folds += expected_folds(study, (running + 1) / 2, last + 1);
    }
    for (std::size_t round = path.rounds.size(); round < round_count(study, family); ++round)
        folds += expected_folds(study, candidates_of(make_round(study, family, round, path.best)), 0);
    return folds;
}

/// Images that a training on the whole training part sees for each one that a fold's sees.
double final_weight(const StudyRecipe& study, const StudyFamily& family) {
    return family.final_epochs / (family.epochs * study.data_fraction * (1 - 1.0 / study.folds));
}

/// Seconds of a training, by those of the same kind, else by those of the other.
std::optional<double> mean_seconds(const TrainingTally& same, const TrainingTally& other, double weight) {
    if (same.finished > 0) return same.seconds / static_cast<double>(same.finished);
    if (other.finished > 0) return weight * other.seconds / static_cast<double>(other.finished);
    return std::nullopt;
}

}  // namespace

Outlook expect(const StudyRecipe& study, std::span<const FamilyPath> paths, std::span<const FamilyTally> tallies) {
    Outlook outlook{.seconds_left = 0};
    for (std::size_t i = 0; i < paths.size(); ++i) {
        const StudyFamily& family = study.families[i];
        const auto& [folds, finals] = tallies[i];
        const std::int64_t more_folds = paths[i].decided ? 0 : later_folds(study, family, paths[i]);
        const std::int64_t more_finals = paths[i].decided ? 0 : study.final_seeds + 1;
        outlook.trainings += folds.wanted + more_folds + finals.wanted + more_finals;

        const double weight = final_weight(study, family);
        const std::optional<double> fold_seconds = mean_seconds(folds, finals, 1 / weight);
        const std::optional<double> final_seconds = mean_seconds(finals, folds, weight);
        if (fold_seconds && final_seconds && outlook.seconds_left)
            *outlook.seconds_left += static_cast<double>(folds.waiting() + more_folds) * *fold_seconds +
                                     static_cast<double>(finals.waiting() + more_finals) * *final_seconds;
        else
            outlook.seconds_left.reset();
    }
    return outlook;
}

}  // namespace inkling
