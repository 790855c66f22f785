#include "report/path_figures.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "report/figure_values.h"
#include "study/statistics.h"
#include "study/trade_off.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

/// Of an option from the chosen one, on the folds that both have; null where there are none.
ordered_json comparison_figures(const std::optional<Comparison>& comparison) {
    if (!comparison) return nullptr;
    return {{"mean", comparison->difference.mean},
            {"interval", interval_figures(comparison->difference.interval)},
            {"folds", comparison->difference.folds},
            {"verdict", verdict_name(comparison->verdict)}};
}

/// The same from the other side.
ordered_json comparison_figures(Comparison comparison) {
    Difference& difference = comparison.difference;
    difference.mean = -difference.mean;
    difference.interval = {-difference.interval.high, -difference.interval.low};
    return comparison_figures(std::optional(comparison));
}

ordered_json tried_rates(const OptionPath& option) {
    auto json = ordered_json::array();
    for (const Trial& trial : option.trials)
        json.push_back({{"learning_rate", trial.candidate.learning_rate},
                        {"status", trial_status_name(trial.status)},
                        {"reason", trial.reason},
                        {"folds", trial.scores.size()},
                        {"mean", trial.scores.empty() ? ordered_json(nullptr) : ordered_json(trial.mean())},
                        {"tuning", trial.tuning ? ordered_json(*trial.tuning) : ordered_json(nullptr)}});
    return json;
}

ordered_json option_figures(const RoundPath& round, std::size_t index, double fold_ratio) {
    const OptionPath& option = round.options[index];
    const Trial& trial = option.trial();
    const MeanDeviation score = mean_deviation(trial.scores);
    const bool chosen = round.decided && index == round.winner;
    ordered_json json = {{"name", option.name},
                         {"status", trial_status_name(trial.status)},
                         {"reason", trial.reason},
                         {"chosen", chosen},
                         {"before", trial.key == round.incumbent},
                         {"learning_rate", trial.candidate.learning_rate},
                         {"rates", tried_rates(option)},
                         {"scores", trial.scores},
                         {"mean", nullptr},
                         {"deviation", nullptr},
                         {"interval", interval_figures(mean_interval(trial.scores, 0.95, fold_ratio))},
                         {"operations", option.cost.operations},
                         {"parameters", option.cost.parameters},
                         {"difference_from_chosen", comparison_figures(option.beside_chosen)}};
    if (!trial.scores.empty()) json["mean"] = score.mean;
    if (trial.scores.size() > 1) json["deviation"] = score.deviation;
    return json;
}

ordered_json round_figures(const RoundPath& round, double fold_ratio) {
    ordered_json json = {{"technique", round.name}, {"decided", round.decided}, {"options", ordered_json::array()},
                         {"chosen", nullptr},       {"gain", nullptr},          {"runner_up", nullptr},
                         {"lead", nullptr}};
    for (std::size_t i = 0; i < round.options.size(); ++i)
        json["options"].push_back(option_figures(round, i, fold_ratio));
    if (!round.decided) return json;
    json["chosen"] = round.options[round.winner].name;
    for (const OptionPath& option : round.options)
        if (option.trial().key == round.incumbent && option.beside_chosen)
            json["gain"] = comparison_figures(*option.beside_chosen);
    if (!round.runner_up) return json;
    json["runner_up"] = round.options[*round.runner_up].name;
    json["lead"] = comparison_figures(*round.options[*round.runner_up].beside_chosen);
    return json;
}

ordered_json step(const std::string& technique, const std::string& option, const Trial& trial, double fold_ratio) {
    return {{"technique", technique},
            {"option", option},
            {"mean", trial.mean()},
            {"interval", interval_figures(mean_interval(trial.scores, 0.95, fold_ratio))}};
}

/// The last step, where the configuration that is trained at the end is another than the one that the rounds led to.
void add_preferred(ordered_json& steps, const FamilyPath& path, double fold_ratio) {
    if (!path.decided || path.rounds.empty()) return;
    const RoundPath& last = path.rounds.back();
    if (last.options[last.winner].trial().candidate == path.best) return;
    for (const ScoredConfiguration& scored : scored_configurations(path))
        if (scored.candidate == path.best)
            steps.push_back(step("preferred in its place", scored.name,
                                 {.candidate = scored.candidate, .key = scored.key, .scores = scored.scores},
                                 fold_ratio));
}

}  // namespace

ordered_json path_figures(const FamilyPath& path, double fold_ratio) {
    ordered_json json = {{"rounds", ordered_json::array()}, {"steps", ordered_json::array()}};
    for (const RoundPath& round : path.rounds) {
        json["rounds"].push_back(round_figures(round, fold_ratio));
        if (!round.decided) continue;
        if (json["steps"].empty()) json["steps"].push_back(step("", "baseline", round.incumbent_trial(), fold_ratio));
        const OptionPath& winner = round.options[round.winner];
        json["steps"].push_back(step(round.name, winner.name, winner.trial(), fold_ratio));
    }
    add_preferred(json["steps"], path, fold_ratio);
    return json;
}

}  // namespace inkling
