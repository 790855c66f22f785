#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "study/study_recipe.h"

namespace inkling {

/// A configuration of a family: its baseline with some values replaced.
struct Candidate {
    std::vector<std::string> overrides;  // "section.key=value", each key once, in the order of applying
    double learning_rate = 0;            // that they come to
    bool operator==(const Candidate&) const = default;
};

/// What stands for a name in a round: one candidate for each learning rate that the option is tried at, the option's
/// own first.
struct RoundOption {
    std::string name;
    std::vector<Candidate> candidates;  // none: why is in `refusal`
    std::string refusal = {};           // the option cannot be had over the incumbent
};

/// Options that compete with one another and with the best found so far.
struct Round {
    std::string name;  // the technique's
    std::vector<RoundOption> options;
};

/// The overrides of `before`, then those of `option`, each key once, the later value winning. An override of a
/// section's kind ("optimizer.kind"; in [network] `family` and `layers`) begins that section anew: earlier overrides of
/// its other keys fall away, all but learning_rate. One of network.activation takes its parameters away.
std::vector<std::string> compose(const std::vector<std::string>& before, const std::vector<std::string>& option);

/// The family's baseline.
Candidate baseline_candidate(const StudyFamily& family);

/// A candidate for each learning rate that `option` is tried at, over `incumbent`. Throws Error (wrong usage) where it
/// cannot be had.
std::vector<Candidate> option_candidates(const StudyFamily& family, const StudyOption& option,
                                         const Candidate& incumbent);

/// `candidate` at another learning rate. Throws Error (wrong usage) where there is no such rate.
Candidate at_rate(const StudyFamily& family, const Candidate& candidate, double learning_rate);

/// How many rounds the strategy takes: sequential, one for each technique; random and grid, one of combinations; no
/// more than family.rounds.
std::size_t round_count(const StudyRecipe& study, const StudyFamily& family);

/// The round `index`, 0 to round_count() - 1, over the best found in those before it. A function of its arguments
/// alone. All options of a technique get the same number of learning rates, the most that one of them brings: an option
/// that brings fewer gets further ones, by turns above and below its own, in steps of its own last two; one that brings
/// a single rate, in steps of the first two of the option that brings most. A combination takes one option of each
/// technique, in their order, and one of its learning rates. Throws Error (wrong usage) where a grid is larger than
/// study.samples.
Round make_round(const StudyRecipe& study, const StudyFamily& family, std::size_t index, const Candidate& incumbent);

/// The training recipe of a candidate, for `epochs` epochs (unless an override says otherwise) and with `seed`. It has
/// the family's name.
Recipe make_recipe(const StudyFamily& family, const Candidate& candidate, int epochs, std::uint64_t seed);

}  // namespace inkling
