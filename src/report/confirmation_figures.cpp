#include "report/confirmation_figures.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/figure_values.h"
#include "study/choices.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

ordered_json difference_figures(const std::optional<Difference>& difference) {
    if (!difference) return nullptr;
    return {{"mean", difference->mean}, {"interval", interval_figures(difference->interval)}};
}

ordered_json mean_figure(const Trial& trial) {
    return trial.status == TrialStatus::kFinished ? ordered_json(trial.mean()) : ordered_json(nullptr);
}

ordered_json step_figures(const FreshFolds& fresh, const RoundPath& round, std::size_t step) {
    const OptionPath& winner = round.options[round.winner];
    return {{"technique", round.name},
            {"option", winner.name},
            {"changed", changes_configuration(round)},
            {"mean", mean_figure(fresh.trials[fresh.steps[step]])},
            {"gain", difference_figures(fresh.gains[step - 1])},
            {"chosen_by", winner.trial().mean()}};
}

/// Of the option that what was before the round stands for, where it has a name.
std::string name_before(const RoundPath& round) {
    for (const OptionPath& option : round.options)
        if (option.trial().key == round.incumbent) return option.name;
    return "as before";
}

}  // namespace

ordered_json fresh_figures(const FamilyPath& path) {
    if (!path.fresh || path.fresh->trials.size() < 2) return nullptr;
    const FreshFolds& fresh = *path.fresh;
    ordered_json json = {
        {"complete", fresh.complete},
        {"baseline", mean_figure(fresh.trials[fresh.steps.front()])},
        {"baseline_chosen_by",
         path.rounds.empty() ? ordered_json(nullptr) : ordered_json(path.rounds.front().incumbent_trial().mean())},
        {"steps", ordered_json::array()},
        {"confirmed", fresh.confirmed ? mean_figure(fresh.trials[*fresh.confirmed]) : nullptr},
        {"confirmed_gain", difference_figures(fresh.confirmed_gain)},
        {"gain", difference_figures(fresh.gain)},
        {"worths", ordered_json::array()}};
    for (std::size_t i = 0; i < path.rounds.size(); ++i)
        json["steps"].push_back(step_figures(fresh, path.rounds[i], i + 1));
    for (const ChoiceWorth& worth : fresh.worths) {
        const RoundPath& round = path.rounds[worth.round];
        json["worths"].push_back({{"technique", round.name},
                                  {"option", round.options[round.winner].name},
                                  {"before", name_before(round)},
                                  {"difference", difference_figures(worth.difference)},
                                  {"reason", fresh.trials[worth.trial].reason}});
    }
    return json;
}

ordered_json confirmation_figures(const FamilyResults& family) {
    if (!family.path.confirmation) return nullptr;
    const Confirmation& confirmation = *family.path.confirmation;
    ordered_json json = {{"decided", confirmation.decided}, {"images", 0}, {"options", ordered_json::array()}};
    for (std::size_t i = 0; i < confirmation.options.size(); ++i) {
        const ConfirmedOption& option = confirmation.options[i];
        const FullLength length = i < family.full_length.size() ? family.full_length[i] : FullLength{};
        json["images"] = std::max(json["images"].get<std::size_t>(), length.images);
        json["options"].push_back(
            {{"name", option.name},
             {"status", trial_status_name(option.trial.status)},
             {"reason", option.trial.reason},
             {"chosen", confirmation.decided && i == confirmation.chosen},
             {"scores", option.trial.scores},
             {"mean", option.trial.scores.empty() ? ordered_json(nullptr) : ordered_json(option.trial.mean())},
             {"interval", length.images > 0 ? interval_figures(length.interval) : nullptr},
             {"operations", option.cost.operations},
             {"parameters", option.cost.parameters},
             {"seconds", length.seconds > 0 ? ordered_json(length.seconds) : ordered_json(nullptr)},
             {"overrides", option.trial.candidate.overrides}});
    }
    return json;
}

}  // namespace inkling
