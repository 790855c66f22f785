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

}  // namespace

std::int64_t expected_jobs(const StudyRecipe& study, std::span<const FamilyPath> paths, const JobCounts& counts) {
    std::int64_t jobs = counts.pending + counts.running + counts.finished + counts.failed;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        const FamilyPath& path = paths[i];
        const StudyFamily& family = study.families[i];
        if (path.decided) continue;
        // The candidates that still run go on with the folds after those that are wanted now.
        if (!path.wanted.empty()) {
            const int last = path.wanted.back().fold;
            const auto running = static_cast<std::int64_t>(std::count_if(
                path.wanted.begin(), path.wanted.end(), [&](const WantedFold& w) { return w.fold == last; }));
            jobs += expected_folds(study, (running + 1) / 2, last + 1);
        }
        for (std::size_t round = path.rounds.size(); round < round_count(study, family); ++round)
            jobs += expected_folds(study, candidates_of(make_round(study, family, round, path.best)), 0);
        jobs += study.final_seeds + 1;
    }
    return jobs;
}

}  // namespace inkling
