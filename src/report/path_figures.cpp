#include "report/path_figures.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "report/figure_values.h"
#include "study/statistics.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

/// The difference of two trials over the folds that both were scored on, which are the first ones; null where there
/// are none.
ordered_json difference_figures(const Trial& a, const Trial& b, double fold_ratio) {
    const std::size_t folds = std::min(a.scores.size(), b.scores.size());
    if (folds == 0) return nullptr;
    const PairedDifference difference =
        paired_difference(std::span(a.scores).first(folds), std::span(b.scores).first(folds), fold_ratio);
    return {{"mean", difference.mean},
            {"interval", interval_figures(difference.interval)},
            {"p_value", difference.p_value},
            {"distinguishable", !difference.interval.contains(0)}};
}

ordered_json tried_rates(const OptionPath& option) {
    auto json = ordered_json::array();
    for (const Trial& trial : option.trials)
        json.push_back({{"learning_rate", trial.candidate.learning_rate},
                        {"status", trial_status_name(trial.status)},
                        {"reason", trial.reason},
                        {"folds", trial.scores.size()},
                        {"mean", trial.scores.empty() ? ordered_json(nullptr) : ordered_json(trial.mean())}});
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
                         {"interval", interval_figures(mean_interval(trial.scores))},
                         {"difference_from_chosen", nullptr}};
    if (!trial.scores.empty()) json["mean"] = score.mean;
    if (trial.scores.size() > 1) json["deviation"] = score.deviation;
    if (round.decided && !chosen)
        json["difference_from_chosen"] = difference_figures(trial, round.options[round.winner].trial(), fold_ratio);
    return json;
}

ordered_json round_figures(const RoundPath& round, double fold_ratio) {
    ordered_json json = {{"technique", round.name}, {"decided", round.decided}, {"options", ordered_json::array()},
                         {"chosen", nullptr},       {"gain", nullptr},          {"runner_up", nullptr},
                         {"lead", nullptr}};
    for (std::size_t i = 0; i < round.options.size(); ++i)
        json["options"].push_back(option_figures(round, i, fold_ratio));
    if (!round.decided) return json;
    const Trial& winner = round.options[round.winner].trial();
    json["chosen"] = round.options[round.winner].name;
    if (round.incumbent_trial().status == TrialStatus::kFinished)
        json["gain"] = difference_figures(winner, round.incumbent_trial(), fold_ratio);
    if (!round.runner_up) return json;
    json["runner_up"] = round.options[*round.runner_up].name;
    json["lead"] = difference_figures(winner, round.options[*round.runner_up].trial(), fold_ratio);
    return json;
}

ordered_json step(const std::string& technique, const std::string& option, const Trial& trial) {
    return {{"technique", technique},
            {"option", option},
            {"mean", trial.mean()},
            {"interval", interval_figures(mean_interval(trial.scores))}};
}

}  // namespace

ordered_json path_figures(const FamilyPath& path, double fold_ratio) {
    ordered_json json = {{"rounds", ordered_json::array()}, {"steps", ordered_json::array()}};
    for (const RoundPath& round : path.rounds) {
        json["rounds"].push_back(round_figures(round, fold_ratio));
        if (!round.decided) continue;
        if (json["steps"].empty()) json["steps"].push_back(step("", "baseline", round.incumbent_trial()));
        const OptionPath& winner = round.options[round.winner];
        json["steps"].push_back(step(round.name, winner.name, winner.trial()));
    }
    return json;
}

}  // namespace inkling
