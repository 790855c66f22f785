#include "study/confirmation.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "core/error.h"
#include "study/challenger.h"
#include "study/choices.h"

namespace inkling {
namespace {

/// What keeps a network from learning its images by heart, and the keys that say how much of it; 0 is none.
struct Regulariser {
    const char* name;
    std::vector<std::string> keys;
};

const std::vector<Regulariser>& regularisers() {
    static const std::vector<Regulariser> all{
        {"dropout", {"network.dropout", "network.conv_dropout", "network.dense_dropout"}},
        {"augmentation",
         {"augmentation.rotation", "augmentation.scale", "augmentation.shear", "augmentation.translation",
          "augmentation.elastic_alpha", "augmentation.elastic_sigma", "augmentation.perspective",
          "augmentation.thickness", "augmentation.blur", "augmentation.erasing", "augmentation.noise",
          "augmentation.mixup", "augmentation.cutmix"}},
        {"label smoothing", {"training.label_smoothing"}},
        {"weight decay", {"optimizer.weight_decay", "regularization.l1", "regularization.l2"}}};
    return all;
}

/// The candidate with these settings too; nothing where there is no such configuration.
std::optional<Candidate> with(const StudyFamily& family, const Candidate& candidate,
                              const std::vector<std::string>& settings) {
    try {
        return candidate_with(family, compose(candidate.overrides, settings));
    } catch (const Error&) {
        return std::nullopt;
    }
}

/// Every key at 0 that can be.
std::optional<Candidate> without(const StudyFamily& family, const Candidate& candidate,
                                 const Regulariser& regulariser) {
    std::vector<std::string> settings;
    for (const std::string& key : regulariser.keys)
        if (with(family, candidate, {key + "=0"})) settings.push_back(key + "=0");
    return with(family, candidate, settings);
}

std::optional<Candidate> with_challengers(const StudyFamily& family, const Candidate& candidate,
                                          const Regulariser& regulariser) {
    std::vector<std::string> settings;
    for (const std::string& setting : recipe_settings(family.challenger)) {
        const std::string key = setting.substr(0, setting.find('='));
        if (std::find(regulariser.keys.begin(), regulariser.keys.end(), key) != regulariser.keys.end())
            settings.push_back(setting);
    }
    return with(family, candidate, settings);
}

/// The list, each configuration once, as long as it may be.
class ConfirmedOptions {
  public:
    ConfirmedOptions(const StudyRecipe& study, const StudyFamily& family) : study_(study), family_(family) {}

    /// Returns whether it is new and there was room.
    bool add(const std::string& name, const std::optional<Candidate>& candidate) {
        if (!candidate || options_.size() >= static_cast<std::size_t>(study_.confirm)) return false;
        const std::string key = recipe_key(family_, *candidate);
        if (std::any_of(options_.begin(), options_.end(), [&](const auto& option) { return option.trial.key == key; }))
            return false;
        const Recipe recipe = make_recipe(family_, *candidate, family_.final_epochs, 0);
        options_.push_back(
            {.name = name, .cost = cost_of(recipe.network), .trial = {.candidate = *candidate, .key = key}});
        return true;
    }

    std::vector<ConfirmedOption> take() { return std::move(options_); }

  private:
    const StudyRecipe& study_;
    const StudyFamily& family_;
    std::vector<ConfirmedOption> options_;
};

/// The round's options that have all folds and are undecided beside the chosen one, the best first.
std::vector<const OptionPath*> undecided_options(const RoundPath& round) {
    std::vector<const OptionPath*> options;
    for (const OptionPath& option : round.options)
        if (option.trial().status == TrialStatus::kFinished && option.beside_chosen &&
            option.beside_chosen->verdict == Verdict::kUndecided)
            options.push_back(&option);
    std::stable_sort(options.begin(), options.end(),
                     [](const OptionPath* a, const OptionPath* b) { return a->trial().mean() > b->trial().mean(); });
    return options;
}

void add_undecided(ConfirmedOptions& confirmed, const StudyRecipe& study, const StudyFamily& family,
                   const FamilyPath& path) {
    int left = study.confirm_undecided;
    for (std::size_t i = path.rounds.size(); i-- > 0 && left > 0;)
        for (const OptionPath* option : undecided_options(path.rounds[i])) {
            if (left == 0) break;
            const bool sequential = study.strategy == StrategyKind::kSequential;
            if (confirmed.add(fmt::format("{}: {}", path.rounds[i].name, option->name),
                              sequential ? with_other_choice(family, path, i, option) : option->trial().candidate))
                --left;
        }
}

}  // namespace

Confirmation begin_confirmation(const StudyRecipe& study, const StudyFamily& family, const FamilyPath& path) {
    ConfirmedOptions confirmed(study, family);
    confirmed.add("the path's choice", path.best);
    confirmed.add("baseline", baseline_candidate(family));
    if (!family.challenger.empty()) confirmed.add("challenger", challenger_candidate(family));
    add_undecided(confirmed, study, family, path);
    const std::string key = recipe_key(family, path.best);
    for (const Regulariser& regulariser : regularisers()) {
        const std::optional<Candidate> less = without(family, path.best, regulariser);
        if (less && recipe_key(family, *less) != key)
            confirmed.add(fmt::format("without {}", regulariser.name), less);
        else if (less && !family.challenger.empty())
            confirmed.add(fmt::format("with the challenger's {}", regulariser.name),
                          with_challengers(family, path.best, regulariser));
    }
    return {.options = confirmed.take()};
}

Confirmation score_confirmation(const StudyRecipe& study, Confirmation begun, const FindScore& find) {
    Confirmation confirmation = std::move(begun);
    for (ConfirmedOption& option : confirmation.options)
        score_trial(option.trial, 0, study.confirm_seeds, find, confirmation.wanted);
    // One seed of all before the next of any.
    std::stable_sort(confirmation.wanted.begin(), confirmation.wanted.end(),
                     [](const WantedFold& a, const WantedFold& b) { return a.fold < b.fold; });
    confirmation.decided = confirmation.wanted.empty();
    if (!confirmation.decided) return confirmation;

    double highest = 0;
    for (const ConfirmedOption& option : confirmation.options)
        if (option.trial.status == TrialStatus::kFinished) highest = std::max(highest, option.trial.mean());
    const bool cheapest = study.choose == ChooseRule::kCheapest;
    const double least = cheapest ? highest - study.margin / 100 : highest;
    const auto rank = [&](std::size_t i) {
        const ConfirmedOption& option = confirmation.options[i];
        const bool counts = option.trial.status == TrialStatus::kFinished && option.trial.mean() >= least;
        return std::tuple(!counts, cheapest ? option.cost : Cost{}, i != 0, -option.trial.mean());
    };
    for (std::size_t i = 1; i < confirmation.options.size(); ++i)
        if (rank(i) < rank(confirmation.chosen)) confirmation.chosen = i;
    if (confirmation.options[confirmation.chosen].trial.status != TrialStatus::kFinished) confirmation.chosen = 0;
    return confirmation;
}

}  // namespace inkling
