#include "study/trade_off.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>
#include <utility>

#include "study/statistics.h"

namespace inkling {
namespace {

std::string name_of(const FamilyPath& path, const RoundPath& round, const OptionPath& option) {
    if (option.trial().key == path.rounds.front().incumbent) return "baseline";
    return round.combines ? option.name : fmt::format("{}: {}", round.name, option.name);
}

}  // namespace

double ScoredConfiguration::mean() const { return mean_deviation(scores).mean; }

std::vector<ScoredConfiguration> scored_configurations(const FamilyPath& path) {
    std::vector<ScoredConfiguration> scored;
    std::set<std::string> seen;
    for (const RoundPath& round : path.rounds)
        for (const OptionPath& option : round.options) {
            const Trial& trial = option.trial();
            if (trial.status != TrialStatus::kFinished || !seen.insert(trial.key).second) continue;
            scored.push_back({.name = name_of(path, round, option),
                              .candidate = trial.candidate,
                              .key = trial.key,
                              .scores = trial.scores,
                              .cost = option.cost});
        }
    return scored;
}

std::vector<std::size_t> non_dominated(std::span<const Trade> trades) {
    std::vector<std::size_t> order(trades.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return std::pair(trades[a].cost, -trades[a].accuracy) < std::pair(trades[b].cost, -trades[b].accuracy);
    });
    double highest = -std::numeric_limits<double>::infinity();
    std::erase_if(order, [&](std::size_t i) {
        const bool dominated = trades[i].accuracy <= highest;
        highest = std::max(highest, trades[i].accuracy);
        return dominated;
    });
    return order;
}

std::size_t preferred(const StudyRecipe& study, std::span<const ScoredConfiguration> scored, const RoundPath& decided) {
    std::size_t best = 0;
    std::vector<std::span<const double>> scores;
    std::vector<Trade> trades;
    for (std::size_t i = 0; i < scored.size(); ++i) {
        const auto [operations, parameters] = scored[i].cost;
        scores.emplace_back(scored[i].scores);
        trades.push_back({.accuracy = scored[i].mean(),
                          .cost = static_cast<double>(study.prefer == Preference::kSmall ? parameters : operations)});
        if (trades[i].accuracy > trades[best].accuracy) best = i;
    }
    if (study.prefer == Preference::kAccurate) return best;
    const double level = kStudyLevel / static_cast<double>(study.families.size());
    const std::vector<Difference> differences =
        differences_from(best, scores, decided.residual, decided.compared, correlation_ratio(study.folds), level);
    for (const std::size_t i : non_dominated(trades))
        if (differences[i].mean >= -study.prefer_margin / 100 || differences[i].interval.high >= 0) return i;
    return best;
}

}  // namespace inkling
