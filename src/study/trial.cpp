#include "study/trial.h"

#include <array>
#include <numeric>

#include "core/error.h"
#include "core/hash.h"
#include "nn/parameter_layout.h"

namespace inkling {
namespace {

/// Networks are compared for as many classes as Balanced has: how many there are hardly matters.
constexpr int kCostClasses = 47;

}  // namespace

std::string recipe_key(const StudyFamily& family, const Candidate& candidate) {
    const std::string text = family.name + "\n" + to_toml(make_recipe(family, candidate, family.epochs, 0));
    return sha256(std::as_bytes(std::span(text)));
}

const char* trial_status_name(TrialStatus status) {
    constexpr std::array kNames{"running", "finished", "dropped", "superseded", "failed"};
    return kNames.at(static_cast<std::size_t>(status));
}

Cost cost_of(const NetworkSpec& network) {
    try {
        return {.operations = count_operations(network, kCostClasses).forward / 2,
                .parameters = parameter_layout(network, kCostClasses).parameter_count};
    } catch (const Error&) {
        return {};
    }
}

double Trial::mean() const {
    return scores.empty() ? 0 : std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
}

void score_trial(Trial& trial, int first, int count, const FindScore& find, std::vector<WantedFold>& wanted) {
    const std::size_t before = wanted.size();
    trial.status = TrialStatus::kRunning;
    trial.scores.clear();
    for (int fold = first; fold < first + count; ++fold) {
        const std::optional<FoldScore> found = find(trial.key, fold);
        if (found && found->failed) {
            trial.status = TrialStatus::kFailed;
            trial.reason = found->reason;
            wanted.resize(before);
            return;
        }
        if (!found)
            wanted.push_back({trial.candidate, trial.key, fold});
        else if (wanted.size() == before)
            trial.scores.push_back(found->accuracy);
    }
    if (wanted.size() == before) trial.status = TrialStatus::kFinished;
}

}  // namespace inkling
