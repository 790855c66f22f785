#pragma once

#include <cstddef>
#include <span>
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

/// What a combination takes of a technique.
struct Choice {
    std::size_t option = 0;
    std::size_t rate = 0;  // of the option's learning rates
    double value = 0;      // in place of both, where the technique is a range
    auto operator<=>(const Choice&) const = default;
};

/// What a combination takes of a technique, and what came of it.
struct Observation {
    std::vector<Choice> choices;  // one for each technique
    double accuracy = 0;          // less than 0 where it failed
};

/// What stands for a name in a round: one candidate for each learning rate that the option is tried at, the option's
/// own first.
struct RoundOption {
    std::string name;
    std::vector<Candidate> candidates;  // none: why is in `refusal`
    std::string refusal = {};           // the option cannot be had over the incumbent
    std::vector<Choice> choices = {};   // of a combination: one for each technique
};

/// Options that compete with one another and with the best found so far.
struct Round {
    std::string name;  // the technique's
    std::vector<RoundOption> options;
    bool combines = false;  // options are combinations of all techniques'
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

/// The family's baseline with these overrides. Throws Error (wrong usage) where it cannot be had.
Candidate candidate_with(const StudyFamily& family, const std::vector<std::string>& overrides);

/// `candidate` at another learning rate. Throws Error (wrong usage) where there is no such rate.
Candidate at_rate(const StudyFamily& family, const Candidate& candidate, double learning_rate);

/// The option that gives the range's key a value.
StudyOption range_option(const ValueRange& range, double value);

/// How many rounds the strategy takes: sequential, one for each technique; random and grid, one of combinations; tpe,
/// one for each `batch` of `samples` combinations. No more than family.rounds.
std::size_t round_count(const StudyRecipe& study, const StudyFamily& family);

/// The round `index`, 0 to round_count() - 1, over the best found in those before it. A function of its arguments
/// alone. All options of a technique get the same number of learning rates, the most that one of them brings: an option
/// that brings fewer gets further ones, by turns above and below its own, in steps of its own last two; one that brings
/// a single rate, in steps of the first two of the option that brings most. A combination takes one option of each
/// technique, in their order, and one of its learning rates, or a value of its range, over the baseline; tpe chooses it
/// by what was `seen` of the combinations before. Throws Error (wrong usage) where a grid is larger than study.samples,
/// or the strategy takes no ranges.
Round make_round(const StudyRecipe& study, const StudyFamily& family, std::size_t index, const Candidate& incumbent,
                 std::span<const Observation> seen = {});

/// The training recipe of a candidate, for `epochs` epochs (unless an override says otherwise) and with `seed`. It has
/// the family's name.
Recipe make_recipe(const StudyFamily& family, const Candidate& candidate, int epochs, std::uint64_t seed);

}  // namespace inkling
