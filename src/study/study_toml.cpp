#include <fmt/format.h>

#include <algorithm>

#include "core/duration.h"
#include "core/toml_text.h"
#include "study/study_recipe.h"

namespace inkling {
namespace {

std::string joined_texts(const std::vector<std::string>& texts) {
    std::vector<std::string> quoted;
    quoted.reserve(texts.size());
    for (const std::string& text : texts) quoted.push_back(toml_text(text));
    return fmt::format("[{}]", fmt::join(quoted, ", "));
}

std::string option_text(const StudyOption& option) {
    std::string text = fmt::format("    {{ name = {}, set = {}", toml_text(option.name), joined_texts(option.set));
    if (!option.learning_rates.empty())
        text += fmt::format(", learning_rates = [{}]", fmt::join(option.learning_rates, ", "));
    if (!option.learning_rate_factors.empty())
        text += fmt::format(", learning_rate_factors = [{}]", fmt::join(option.learning_rate_factors, ", "));
    return text + " },\n";
}

std::string technique_text(const Technique& technique, const std::vector<std::string>& families) {
    std::string text =
        fmt::format("\n[[techniques]]\nname = {}\nfamilies = {}\n", toml_text(technique.name), joined_texts(families));
    if (technique.range) {
        const ValueRange& range = *technique.range;
        return text + fmt::format("key = {}\nrange = [{}, {}]\nscale = \"{}\"\nwhole = {}\n", toml_text(range.key),
                                  range.low, range.high, range.logarithmic ? "log" : "linear", range.whole);
    }
    text += "options = [\n";
    for (const StudyOption& option : technique.options) text += option_text(option);
    return text + "]\n";
}

/// What a family has not been written of yet.
struct Unwritten {
    const StudyFamily* family;
    std::size_t next = 0;

    bool done() const { return next == family->techniques.size(); }
    const Technique& technique() const { return family->techniques[next]; }
    bool has_later(const Technique& technique) const {
        return std::find(family->techniques.begin() + static_cast<std::ptrdiff_t>(next) + 1, family->techniques.end(),
                         technique) != family->techniques.end();
    }
};

/// All techniques, one that several families share written once, in an order that keeps each family's.
std::string techniques_text(const std::vector<StudyFamily>& families) {
    std::vector<Unwritten> rest;
    rest.reserve(families.size());
    for (const StudyFamily& family : families) rest.push_back({&family});
    std::string text;
    for (;;) {
        std::erase_if(rest, [](const Unwritten& family) { return family.done(); });
        if (rest.empty()) return text;
        const auto waits_for_none = [&](const Unwritten& family) {
            return std::none_of(rest.begin(), rest.end(), [&](const Unwritten& other) {
                return !(other.technique() == family.technique()) && other.has_later(family.technique());
            });
        };
        auto first = std::find_if(rest.begin(), rest.end(), waits_for_none);
        if (first == rest.end()) first = rest.begin();
        const Technique& technique = first->technique();
        std::vector<std::string> names;
        for (Unwritten& family : rest)
            if (family.technique() == technique) {
                names.push_back(family.family->name);
                ++family.next;
            }
        text += technique_text(technique, names);
    }
}

}  // namespace

std::string to_toml(const StudyRecipe& study) {
    const std::string techniques = techniques_text(study.families);
    std::string text = fmt::format(
        "name = {}\nstrategy = \"{}\"\nchoose = \"{}\"\nmargin = {}\nfolds_by = \"{}\"\nprefer = \"{}\"\n"
        "prefer_margin = {}\nsamples = {}\nseed = {}\n",
        toml_text(study.name), strategy_name(study.strategy), choose_rule_name(study.choose), study.margin,
        folds_by_name(study.folds_by), preference_name(study.prefer), study.prefer_margin, study.samples, study.seed);
    if (study.strategy == StrategyKind::kTpe) text += fmt::format("batch = {}\n", study.batch);
    if (techniques.empty()) text += "techniques = []\n";
    std::vector<std::string> epochs;
    std::vector<std::string> final_epochs;
    for (const StudyFamily& family : study.families) {
        epochs.push_back(fmt::format("{} = {}", family.name, family.epochs));
        final_epochs.push_back(fmt::format("{} = {}", family.name, family.final_epochs));
    }
    text += fmt::format("\n[budgets.{}]\ndata_fraction = {}\nfolds = {}\nfinal_seeds = {}\nracing = {}\n", study.budget,
                        study.data_fraction, study.folds, study.final_seeds, study.racing);
    if (!study.curves) text += "curves = false\n";
    if (study.time > 0) text += fmt::format("time = {}\n", toml_text(duration_text(study.time)));
    text += fmt::format("fresh_folds = {}\nconfirm = {}\n", study.fresh_folds, study.confirm);
    if (study.confirm > 0)
        text += fmt::format("confirm_seeds = {}\nconfirm_fraction = {}\nconfirm_undecided = {}\n", study.confirm_seeds,
                            study.confirm_fraction, study.confirm_undecided);
    text += fmt::format("epochs = {{ {} }}\nfinal_epochs = {{ {} }}\n", fmt::join(epochs, ", "),
                        fmt::join(final_epochs, ", "));
    for (const StudyFamily& family : study.families) {
        text += fmt::format("\n[families.{}]\n", family.name);
        if (family.rounds) text += fmt::format("rounds = {}\n", *family.rounds);
        text += fmt::format("baseline_recipe = {}\n", toml_lines(family.baseline));
        if (!family.challenger.empty()) text += fmt::format("challenger_recipe = {}\n", toml_lines(family.challenger));
    }
    return text + techniques;
}

}  // namespace inkling
