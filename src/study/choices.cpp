#include "study/choices.h"

#include <algorithm>

#include "core/error.h"

namespace inkling {
namespace {

/// What the option sets; nothing where it stands for what was before.
std::vector<std::string> settings_of(const Technique& technique, const std::string& name) {
    for (const StudyOption& option : technique.options)
        if (option.name == name) return option.set;
    return {};
}

}  // namespace

bool changes_configuration(const RoundPath& round) {
    return round.decided && round.options[round.winner].trial().key != round.incumbent;
}

std::optional<Candidate> with_other_choice(const StudyFamily& family, const FamilyPath& path, std::size_t round,
                                           const OptionPath* option) {
    std::vector<std::string> overrides;
    for (std::size_t i = 0; i < path.rounds.size(); ++i) {
        const OptionPath* const chosen = i == round ? option : &path.rounds[i].options[path.rounds[i].winner];
        if (chosen != nullptr) overrides = compose(overrides, settings_of(family.techniques.at(i), chosen->name));
    }
    const RoundPath& at = path.rounds.at(round);
    const Trial& in_its_place = option != nullptr ? option->trial() : at.incumbent_trial();
    const double winner_rate = at.options[at.winner].trial().candidate.learning_rate;
    try {
        return at_rate(family, {overrides},
                       path.best.learning_rate * in_its_place.candidate.learning_rate / winner_rate);
    } catch (const Error&) {
        return std::nullopt;
    }
}

}  // namespace inkling
