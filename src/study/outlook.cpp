#include "study/outlook.h"

#include <algorithm>
#include <map>

namespace inkling {
namespace {

/// Trainings of a round that has not begun: each option on all folds, and where rates are tuned, each rate and half as
/// many again beyond them.
std::int64_t expected_folds(const StudyRecipe& study, const Round& round) {
    std::int64_t rates = 0;
    bool tunes = false;
    for (const RoundOption& option : round.options) {
        rates += static_cast<std::int64_t>(option.candidates.size());
        tunes = tunes || option.candidates.size() > 1;
    }
    const auto options = static_cast<std::int64_t>(round.options.size());
    return options * study.folds + (tunes ? rates + rates / 2 : 0);
}

/// Folds that a family's path will want beyond those that it wants now.
std::int64_t later_folds(const StudyRecipe& study, const StudyFamily& family, const FamilyPath& path) {
    std::int64_t folds = 0;
    if (!path.wanted.empty()) {
        std::map<std::string, std::int64_t> lacking;  // by configuration; an option that is not tuned yet by its first
        for (const OptionPath& option : path.rounds.back().options) {
            const Trial& trial = option.trial();
            if (trial.status == TrialStatus::kRunning)
                lacking[trial.key] = study.folds - static_cast<std::int64_t>(trial.scores.size());
        }
        for (const auto& [key, count] : lacking) folds += count;
        for (const WantedFold& wanted : path.wanted)
            if (wanted.fold != tuning_fold(study)) --folds;
    }
    for (std::size_t round = path.rounds.size(); round < round_count(study, family); ++round)
        folds += expected_folds(study, make_round(study, family, round, path.best));
    return std::max<std::int64_t>(folds, 0);
}

/// Images that a training on the whole training part sees for each one that a fold's sees.
double final_weight(const StudyRecipe& study, const StudyFamily& family) {
    return family.final_epochs / (family.epochs * study.data_fraction * (1 - 1.0 / (study.folds + 1)));
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
