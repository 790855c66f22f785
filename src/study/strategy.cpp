#include "study/strategy.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "core/kinds.h"
#include "core/random.h"
#include "core/text.h"
#include "kernels/activation.h"
#include "study/tpe.h"

namespace inkling {
namespace {

/// How often random draws, for each sample that it is to find, before it takes the space for exhausted.
constexpr int kDrawsPerSample = 200;

constexpr std::string_view kLearningRateKey = "optimizer.learning_rate";

std::string_view key_of(std::string_view text) { return trimmed(text.substr(0, text.find('='))); }

/// The override without the spaces around key and value; as it is where it has no '=', for the parser to refuse.
std::string tidy(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return std::string(text);
    return fmt::format("{}={}", key_of(text), trimmed(text.substr(equals + 1)));
}

std::string_view section_of(std::string_view key) { return key.substr(0, key.find('.')); }

bool sets_activation_parameter(std::string_view key) {
    return std::ranges::any_of(key_names<Activation>(),
                               [&](const std::string& name) { return key == "network." + name; });
}

/// Whether an override of `key` makes an earlier one of `earlier` void.
bool displaces(std::string_view key, std::string_view earlier) {
    if (key == earlier) return true;
    if (key == "network.activation") return sets_activation_parameter(earlier);
    const bool anew = key.ends_with(".kind") || key == "network.family" || key == "network.layers";
    return anew && section_of(key) == section_of(earlier) && earlier != kLearningRateKey;
}

/// The double that reads like the float: 0.003, not 0.003000000026.
double as_written(float value) {
    const std::string text = fmt::format("{}", value);
    double result = value;
    std::from_chars(text.data(), text.data() + text.size(), result);
    return result;
}

double learning_rate_of(const StudyFamily& family, const std::vector<std::string>& overrides) {
    const Recipe recipe = make_recipe(family, {overrides}, family.epochs, 0);
    return as_written(recipe.training.optimizer.learning_rate);
}

std::size_t rate_count(const StudyOption& option) {
    return std::max({option.learning_rates.size(), option.learning_rate_factors.size(), std::size_t{1}});
}

Candidate candidate_at(const StudyFamily& family, const StudyOption& option, std::size_t rate,
                       const Candidate& incumbent) {
    const auto sets = [&](std::string_view key) {
        return std::any_of(option.set.begin(), option.set.end(), [&](const auto& text) { return key_of(text) == key; });
    };
    std::optional<double> wanted = incumbent.learning_rate;
    if (!option.learning_rates.empty())
        wanted = option.learning_rates.at(rate);
    else if (!option.learning_rate_factors.empty())
        wanted = incumbent.learning_rate * option.learning_rate_factors.at(rate);
    else if (sets(kLearningRateKey))
        wanted = std::nullopt;

    Candidate candidate{compose(incumbent.overrides, option.set)};
    // Another optimizer brings another default.
    const bool stays = wanted == incumbent.learning_rate && !sets(kLearningRateKey) && !sets("optimizer.kind");
    if (wanted && !stays)
        candidate.overrides =
            compose(candidate.overrides, {fmt::format("{}={}", kLearningRateKey, static_cast<float>(*wanted))});
    candidate.learning_rate = learning_rate_of(family, candidate.overrides);
    return candidate;
}

/// The ratio of the two highest rates, or the two lowest; `fallback` where there is but one.
double rate_step(const std::vector<Candidate>& candidates, bool up, double fallback) {
    std::vector<double> rates;
    rates.reserve(candidates.size());
    for (const Candidate& candidate : candidates) rates.push_back(candidate.learning_rate);
    std::sort(rates.begin(), rates.end());
    if (rates.size() < 2) return fallback;
    return up ? rates[rates.size() - 1] / rates[rates.size() - 2] : rates[1] / rates[0];
}

double end_rate(const std::vector<Candidate>& candidates, bool up) {
    const auto [lowest, highest] =
        std::minmax_element(candidates.begin(), candidates.end(),
                            [](const auto& a, const auto& b) { return a.learning_rate < b.learning_rate; });
    return (up ? highest : lowest)->learning_rate;
}

/// Gives all options as many learning rates as the one with most of them has.
void even_rates(const StudyFamily& family, std::vector<RoundOption>& options) {
    const auto most = std::max_element(options.begin(), options.end(), [](const RoundOption& a, const RoundOption& b) {
        return a.candidates.size() < b.candidates.size();
    });
    if (most == options.end() || most->candidates.size() < 2) return;
    const std::size_t count = most->candidates.size();
    const double first = most->candidates[0].learning_rate;
    const double second = most->candidates[1].learning_rate;
    const double usual = std::max(first, second) / std::min(first, second);
    for (RoundOption& option : options)
        for (bool up = true; !option.candidates.empty() && option.candidates.size() < count; up = !up) {
            const double step = rate_step(option.candidates, up, usual);
            const double end = end_rate(option.candidates, up);
            try {
                option.candidates.push_back(at_rate(family, option.candidates.front(), up ? end * step : end / step));
            } catch (const Error&) {
                break;  // beyond all rates
            }
        }
}

StudyOption chosen_option(const Technique& technique, Choice choice) {
    return technique.range ? range_option(*technique.range, choice.value) : technique.options[choice.option];
}

/// A round of combinations, each by one name; the same configuration is there once.
class Combinations {
  public:
    Combinations(const StudyFamily& family, std::span<const Observation> seen)
        : family_(family), baseline_(baseline_candidate(family)) {
        for (const Observation& observation : seen) tried_.insert(observation.choices);
    }

    void add(const std::vector<Choice>& choices) {
        if (!tried_.insert(choices).second) return;
        std::vector<std::string> names;
        for (std::size_t i = 0; i < choices.size(); ++i)
            names.push_back(chosen_option(family_.techniques[i], choices[i]).name);
        RoundOption combination{
            .name = fmt::format("{}", fmt::join(names, ", ")), .candidates = {}, .choices = choices};
        try {
            Candidate candidate = baseline_;
            for (std::size_t i = 0; i < choices.size(); ++i)
                candidate =
                    candidate_at(family_, chosen_option(family_.techniques[i], choices[i]), choices[i].rate, candidate);
            combination.name += fmt::format(", learning rate {}", candidate.learning_rate);
            combination.candidates.push_back(std::move(candidate));
        } catch (const Error& error) {
            combination.refusal = error.what();
        }
        if (names_.insert(combination.name).second) options_.push_back(std::move(combination));
    }

    std::size_t size() const { return options_.size(); }
    std::vector<RoundOption> take() { return std::move(options_); }

  private:
    const StudyFamily& family_;
    Candidate baseline_;
    std::set<std::vector<Choice>> tried_;
    std::set<std::string> names_;
    std::vector<RoundOption> options_;
};

bool has_range(const StudyFamily& family) {
    return std::ranges::any_of(family.techniques,
                               [](const Technique& technique) { return technique.range.has_value(); });
}

/// Refuses ranges where they cannot be tried one by one.
void check_ranges(const StudyRecipe& study, const StudyFamily& family) {
    if (study.strategy != StrategyKind::kSequential && study.strategy != StrategyKind::kGrid) return;
    for (const Technique& technique : family.techniques)
        if (technique.range)
            throw wrong_usage(
                "\"{}\" of {} is a range, which strategy {} cannot try value by value; write values, or "
                "take strategy random or tpe",
                technique.name, family.name, strategy_name(study.strategy));
}

/// For each technique all that a combination may take.
std::vector<std::vector<Choice>> all_choices(const StudyFamily& family) {
    std::vector<std::vector<Choice>> choices;
    for (const Technique& technique : family.techniques) {
        std::vector<Choice>& of_technique = choices.emplace_back();
        for (std::size_t option = 0; option < technique.options.size(); ++option)
            for (std::size_t rate = 0; rate < rate_count(technique.options[option]); ++rate)
                of_technique.push_back({option, rate});
    }
    return choices;
}

/// How many combinations there are, or `limit` + 1 where there are more than that.
std::size_t combination_count(const StudyFamily& family, std::size_t limit) {
    if (has_range(family)) return limit + 1;
    const std::vector<std::vector<Choice>> choices = all_choices(family);
    std::size_t count = 1;
    for (const std::vector<Choice>& of_technique : choices) count = std::min(count * of_technique.size(), limit + 1);
    return count;
}

/// All combinations, the last technique's choice changing fastest.
std::vector<RoundOption> every_combination(const StudyFamily& family) {
    const std::vector<std::vector<Choice>> choices = all_choices(family);
    Combinations combinations(family, {});
    std::vector<std::size_t> at(choices.size(), 0);
    for (std::size_t digit = choices.size(); digit > 0;) {
        std::vector<Choice> combination;
        for (std::size_t i = 0; i < choices.size(); ++i) combination.push_back(choices[i][at[i]]);
        combinations.add(combination);
        for (digit = choices.size(); digit > 0 && ++at[digit - 1] == choices[digit - 1].size(); --digit)
            at[digit - 1] = 0;
    }
    return combinations.take();
}

/// `count` combinations, or what was found of them after many draws.
std::vector<RoundOption> random_combinations(const StudyFamily& family, std::size_t count, std::uint64_t seed) {
    RandomStream random(seed, Purpose::kStudy);
    Combinations combinations(family, {});
    for (std::size_t draw = 0; draw < count * kDrawsPerSample && combinations.size() < count; ++draw)
        combinations.add(draw_combination(family, random));
    return combinations.take();
}

/// The round `index` of tpe.
Round proposed_round(const StudyRecipe& study, const StudyFamily& family, std::size_t index,
                     std::span<const Observation> seen) {
    const auto batch = static_cast<std::size_t>(study.batch);
    const std::size_t first = index * batch;
    const std::size_t count = std::min(batch, static_cast<std::size_t>(study.samples) - first);
    RandomStream random(study.seed, Purpose::kTpe, static_cast<std::uint32_t>(index));
    Combinations combinations(family, seen);
    // Of few options, many draws lead to the same ones each time; what is proposed again is drawn from fewer.
    int draws = kProposalDraws;
    for (std::size_t draw = 0; draw < count * kDrawsPerSample && combinations.size() < count; ++draw) {
        const std::size_t before = combinations.size();
        combinations.add(propose_combination(family, seen, draws, random));
        if (combinations.size() == before) draws = std::max(draws / 2, 1);
    }
    return {fmt::format("combinations {} to {}", first + 1, first + count), combinations.take(), true};
}

}  // namespace

std::vector<std::string> compose(const std::vector<std::string>& before, const std::vector<std::string>& option) {
    std::vector<std::string> result;
    for (const std::string& text : before)
        if (std::none_of(option.begin(), option.end(),
                         [&](const std::string& later) { return displaces(key_of(later), key_of(text)); }))
            result.push_back(tidy(text));
    for (std::size_t i = 0; i < option.size(); ++i) {
        const auto same_key = [&](const std::string& later) { return key_of(later) == key_of(option[i]); };
        if (std::none_of(option.begin() + static_cast<std::ptrdiff_t>(i) + 1, option.end(), same_key))
            result.push_back(tidy(option[i]));
    }
    return result;
}

Candidate candidate_with(const StudyFamily& family, const std::vector<std::string>& overrides) {
    return {overrides, learning_rate_of(family, overrides)};
}

Candidate baseline_candidate(const StudyFamily& family) { return candidate_with(family, {}); }

StudyOption range_option(const ValueRange& range, double value) {
    const std::string text = range.whole ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value);
    return {.name = fmt::format("{} {}", range.key, text), .set = {fmt::format("{}={}", range.key, text)}};
}

std::vector<Candidate> option_candidates(const StudyFamily& family, const StudyOption& option,
                                         const Candidate& incumbent) {
    std::vector<Candidate> candidates;
    for (std::size_t rate = 0; rate < rate_count(option); ++rate)
        candidates.push_back(candidate_at(family, option, rate, incumbent));
    return candidates;
}

Candidate at_rate(const StudyFamily& family, const Candidate& candidate, double learning_rate) {
    return candidate_with(family, compose(candidate.overrides,
                                          {fmt::format("{}={}", kLearningRateKey, static_cast<float>(learning_rate))}));
}

std::size_t round_count(const StudyRecipe& study, const StudyFamily& family) {
    std::size_t most = std::min<std::size_t>(family.techniques.size(), 1);
    if (study.strategy == StrategyKind::kSequential) most = family.techniques.size();
    if (study.strategy == StrategyKind::kTpe && most > 0)
        most = (static_cast<std::size_t>(study.samples) - 1) / static_cast<std::size_t>(study.batch) + 1;
    return std::min(most, family.rounds.value_or(most));
}

Round make_round(const StudyRecipe& study, const StudyFamily& family, std::size_t index, const Candidate& incumbent,
                 std::span<const Observation> seen) {
    check_ranges(study, family);
    if (study.strategy == StrategyKind::kSequential) {
        const Technique& technique = family.techniques.at(index);
        Round round{technique.name, {}};
        for (const StudyOption& option : technique.options) {
            RoundOption made{option.name, {}};
            try {
                made.candidates = option_candidates(family, option, incumbent);
            } catch (const Error& error) {
                made.refusal = error.what();
            }
            round.options.push_back(std::move(made));
        }
        even_rates(family, round.options);
        return round;
    }
    if (study.strategy == StrategyKind::kTpe) return proposed_round(study, family, index, seen);
    const auto samples = static_cast<std::size_t>(study.samples);
    const std::size_t count = combination_count(family, samples);
    if (count <= samples) return {"combinations", every_combination(family), true};
    if (study.strategy == StrategyKind::kGrid)
        throw wrong_usage(
            "the grid of {} has more than the {} combinations that samples allows; raise samples, or take "
            "options away",
            family.name, samples);
    return {"combinations", random_combinations(family, samples, study.seed), true};
}

Recipe make_recipe(const StudyFamily& family, const Candidate& candidate, int epochs, std::uint64_t seed) {
    std::vector<std::string> overrides{fmt::format("training.epochs={}", epochs)};
    overrides.insert(overrides.end(), candidate.overrides.begin(), candidate.overrides.end());
    overrides.push_back(fmt::format("training.seed={}", seed));
    Recipe recipe = parse_recipe(family.baseline, fmt::format("the baseline of {}", family.name), overrides);
    recipe.name = family.name;
    return recipe;
}

}  // namespace inkling
