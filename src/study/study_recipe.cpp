#include "study/study_recipe.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "core/config.h"
#include "core/duration.h"
#include "core/files.h"
#include "core/nearest_name.h"
#include "core/text.h"
#include "study/challenger.h"
#include "study/strategy.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFamilies = 8;
constexpr std::size_t kMaxTechniques = 64;
constexpr int kMaxRounds = 10000;
constexpr std::size_t kMaxOptions = 64;
constexpr std::size_t kMaxSettings = 64;
constexpr std::size_t kMaxRates = 16;
constexpr std::size_t kMaxNameBytes = 128;
constexpr std::size_t kMaxFamilyBytes = 32;
constexpr double kLeastStudySeconds = 60;

constexpr Range kEpochs{1, 100000};
constexpr Range kRate{.least = 0, .most = 100, .without_least = true};
constexpr Range kFactor{.least = 0, .most = 1e6, .without_least = true};
// Trainings count on from the seed, and a training's may be 2^53 at most.
constexpr Range kSeed{0, 0x1p52};

constexpr std::array kStrategyNames{"sequential", "random", "grid", "tpe"};
constexpr std::array kChooseRuleNames{"cheapest", "highest mean"};
constexpr std::array kFoldsByNames{"image", "writer"};
constexpr std::array kPreferenceNames{"accurate", "small", "fast"};
const char* const kFamilyAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789_-";

/// What a budget says of each family.
struct FamilyEpochs {
    int epochs = 0;
    int final_epochs = 0;
};

using EpochsByFamily = std::map<std::string, FamilyEpochs>;

void check_name(const Config& config, const std::string& key, const std::string& name) {
    const bool printable =
        std::none_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (name.empty() || name.size() > kMaxNameBytes || !printable)
        throw config.error(key,
                           fmt::format("is empty, longer than {} bytes, or has a control character", kMaxNameBytes));
}

std::string read_name(Config& config) {
    config.require("name");
    std::string name = config.string("name", "-");
    check_name(config, "name", name);
    return name;
}

/// A key for each family, all of which must be there.
std::map<std::string, int> read_epochs(Config& budget, const char* key, const std::vector<std::string>& families) {
    budget.require(key);
    Config table = budget.table(key);
    std::map<std::string, int> epochs;
    for (const std::string& family : families) {
        if (budget.has(key)) table.require(family);
        epochs[family] = static_cast<int>(table.integer(family, 1, kEpochs));
    }
    table.finish();
    return epochs;
}

/// What comes after the path.
void read_confirmation(Config& budget, const std::string& name, StudyRecipe& study) {
    const bool quick = name == "quick";
    const auto integer = [&](const char* key, int fallback, Range range) {
        return static_cast<int>(budget.integer(key, fallback, range));
    };
    study.fresh_folds = integer("fresh_folds", quick ? 2 : 3, {0, 50});
    study.confirm = integer("confirm", quick ? 6 : 10, {0, kMostConfirmed});
    const int seeds = integer("confirm_seeds", quick ? 1 : name == "standard" ? 2 : 3, {1, kMostConfirmed});
    const double fraction =
        budget.number("confirm_fraction", study.confirm_fraction, {.least = 0, .most = 0.9, .without_least = true});
    const int undecided = integer("confirm_undecided", study.confirm_undecided, {0, 100});
    if (study.confirm == 0) return;
    study.confirm_seeds = seeds;
    study.confirm_fraction = fraction;
    study.confirm_undecided = undecided;
}

EpochsByFamily read_budget(Config budget, const std::string& name, const std::vector<std::string>& families,
                           StudyRecipe& study) {
    study.data_fraction =
        budget.number("data_fraction", study.data_fraction, {.least = 0, .most = 1, .without_least = true});
    study.folds = static_cast<int>(budget.integer("folds", study.folds, {2, 100}));
    study.final_seeds = static_cast<int>(budget.integer("final_seeds", study.final_seeds, {1, kMostFinalSeeds}));
    study.curves = budget.boolean("curves", study.curves);
    if (budget.has("halving"))
        throw budget.error("halving",
                           "is no more; write racing = true or false in its place: options are dropped by paired "
                           "differences on shared folds, never after one");
    study.racing = budget.boolean("racing", study.racing);
    read_confirmation(budget, name, study);
    if (budget.has("time")) {
        const std::string text = budget.string("time", "");
        const std::optional<double> seconds = study_seconds(text);
        if (!seconds)
            throw budget.error("time", fmt::format("is \"{}\", expected {}", text.substr(0, 64), kStudyTimes));
        study.time = *seconds;
    }
    const auto epochs = read_epochs(budget, "epochs", families);
    const auto final_epochs = read_epochs(budget, "final_epochs", families);
    budget.finish();
    EpochsByFamily result;
    for (const std::string& family : families) result[family] = {epochs.at(family), final_epochs.at(family)};
    return result;
}

/// Checks all budgets, so that a mistake in one is not found on the day when it is first chosen.
EpochsByFamily read_budgets(Config& config, const std::vector<std::string>& families, StudyRecipe& study) {
    if (!config.has("budgets"))
        throw config.error("budgets", fmt::format("is missing: a section like [budgets.{}]", study.budget));
    Config budgets = config.table("budgets");
    EpochsByFamily chosen;
    for (const std::string& name : budget_names()) {
        if (name == study.budget) budgets.require(name);
        Config budget = budgets.table(name);
        if (!budgets.has(name)) continue;
        StudyRecipe other;
        EpochsByFamily epochs = read_budget(budget, name, families, name == study.budget ? study : other);
        if (name == study.budget) chosen = std::move(epochs);
    }
    budgets.finish();
    return chosen;
}

/// A training recipe: the file under `key`, or the text under "<key>_recipe"; empty where there is neither.
std::string read_training_recipe(Config& family, const std::string& key, const fs::path& folder) {
    const std::string text_key = key + "_recipe";
    const std::string file = family.string(key, "");
    std::string text = family.string(text_key, "");
    const bool as_text = family.has(text_key);
    if (as_text && family.has(key))
        throw family.error(key, fmt::format("and {} are both there; take one of them away", text_key));
    if (!as_text && !family.has(key)) return {};
    std::string source = fmt::format("{}: {}", family.origin(text_key), text_key);
    if (!as_text) {
        source = (folder / file).string();
        try {
            // Whatever wrote the file, the study is the same.
            text = plain_text(read_text(source, kMaxConfigBytes), source);
        } catch (const Error& error) {
            throw family.error(key, fmt::format("cannot be read: {}", error.what()));
        }
    }
    parse_recipe(text, source);
    return text;
}

std::vector<StudyFamily> read_families(Config& config, const fs::path& folder) {
    if (!config.has("families"))
        throw config.error("families", "is missing: a section like [families.mlp] for each family of networks");
    Config table = config.table("families");
    std::vector<StudyFamily> families;
    for (const std::string& name : table.keys()) {
        if (!is_family_name(name))
            throw table.error(name,
                              fmt::format("is no name for a family: 1 to {} of a-z, 0-9, _ and -", kMaxFamilyBytes));
        if (families.size() == kMaxFamilies)
            throw table.error(name, fmt::format("is one too many, expected {} families at most", kMaxFamilies));
        Config family = table.table(name);
        StudyFamily& made = families.emplace_back(StudyFamily{.name = name, .baseline = {}});
        made.baseline = read_training_recipe(family, "baseline", folder);
        made.challenger = read_training_recipe(family, "challenger", folder);
        if (family.has("rounds")) made.rounds = static_cast<std::size_t>(family.integer("rounds", 0, {0, kMaxRounds}));
        family.finish();
        if (made.baseline.empty())
            throw family.error("baseline", "is missing: the file of a training recipe, relative to this one");
    }
    if (families.empty()) throw config.error("families", "is empty, expected a section like [families.mlp]");
    return families;
}

/// Refuses settings that the study makes itself, and learning rates that are said twice.
void check_settings(const Config& config, const char* key, const StudyOption& option) {
    for (const std::string& setting : option.set) {
        const std::string name = setting.substr(0, setting.find_first_of("= "));
        if (name == "training.seed") throw config.error(key, "sets training.seed, which is the study's own");
        const bool has_rates = !option.learning_rates.empty() || !option.learning_rate_factors.empty();
        if (name == "optimizer.learning_rate" && has_rates)
            throw config.error(key,
                               "sets optimizer.learning_rate, which learning_rates or learning_rate_factors set too");
    }
    if (!option.learning_rates.empty() && !option.learning_rate_factors.empty())
        throw config.error("learning_rates", "and learning_rate_factors are both there; take one of them away");
}

/// An option as it is written, and where.
struct WrittenOption {
    StudyOption option;
    std::size_t budget;  // the least that has it
    Config place;
    std::string key;  // of `place`, for messages
};

WrittenOption read_option(Config& config, const std::vector<double>& factors, std::size_t budget) {
    StudyOption option{.name = read_name(config), .set = config.strings("set", {}, kMaxSettings)};
    option.learning_rates = config.numbers("learning_rates", {}, kRate, kMaxRates);
    option.learning_rate_factors = config.numbers("learning_rate_factors", {}, kFactor, kMaxRates);
    budget = config.choice("budget", budget, budget_names());
    config.finish();
    check_settings(config, "set", option);
    const bool sets_rate = std::any_of(option.set.begin(), option.set.end(), [](const std::string& setting) {
        return setting.starts_with("optimizer.learning_rate");
    });
    if (!config.has("learning_rate_factors") && option.learning_rates.empty() && !sets_rate)
        option.learning_rate_factors = factors;
    return {std::move(option), budget, config, "set"};
}

/// The short form: one key and its values.
std::vector<WrittenOption> read_values(Config& technique, const std::vector<double>& factors, std::size_t budget) {
    technique.require("key");
    technique.require("values");
    const std::string key = technique.string("key", "");
    std::vector<WrittenOption> options;
    for (const std::string& value : technique.strings("values", {}, kMaxOptions)) {
        StudyOption option{.name = value, .set = {fmt::format("{}={}", key, value)}, .learning_rate_factors = factors};
        check_name(technique, "values", option.name);
        check_settings(technique, "values", option);
        options.push_back({std::move(option), budget, technique, "values"});
    }
    return options;
}

std::vector<WrittenOption> read_options(Config& technique) {
    const std::vector<double> factors = technique.numbers("learning_rate_factors", {}, kFactor, kMaxRates);
    const std::size_t budget = technique.choice("budget", 0, budget_names());
    const bool is_short = technique.has("key") || technique.has("values");
    if (is_short == technique.has("options"))
        throw technique.error("options", is_short ? "and key with values are both there; take one of them away"
                                                  : "is missing: a list of options, or a key with its values");
    std::vector<WrittenOption> options;
    for (Config& option : technique.tables("options", kMaxOptions))
        options.push_back(read_option(option, factors, budget));
    if (is_short) options = read_values(technique, factors, budget);
    std::set<std::string> names;
    for (const WrittenOption& option : options)
        if (!names.insert(option.option.name).second)
            throw option.place.error(option.key, fmt::format("has a second option \"{}\"", option.option.name));
    return options;
}

/// Tries the option on the family's baseline.
void try_option(const WrittenOption& written, const StudyFamily& family) {
    try {
        for (const Candidate& candidate : option_candidates(family, written.option, baseline_candidate(family)))
            make_recipe(family, candidate, family.final_epochs, 0);
    } catch (const Error& error) {
        throw written.place.error(written.key, fmt::format("cannot be had in {} (option \"{}\"): {}", family.name,
                                                           written.option.name, error.what()));
    }
}

ValueRange read_range(Config& technique) {
    technique.require("key");
    ValueRange range{.key = technique.string("key", "")};
    const std::vector<double> ends = technique.numbers("range", {}, {-1e12, 1e12}, 2);
    range.logarithmic = technique.choice("scale", 0, {"linear", "log"}) == 1;
    range.whole = technique.boolean("whole", false);
    if (ends.size() != 2 || ends[0] >= ends[1])
        throw technique.error("range", "has no lower and higher end, expected two numbers such as [1e-4, 1e-1]");
    range.low = ends[0];
    range.high = ends[1];
    if (range.logarithmic && range.low <= 0)
        throw technique.error("range", "begins at 0 or less, which scale = \"log\" cannot; write a lowest value");
    if (range.whole && (range.low != std::floor(range.low) || range.high != std::floor(range.high)))
        throw technique.error("range", "has an end that is not whole, though whole = true");
    check_settings(technique, "key", range_option(range, range.low));
    return range;
}

/// Tries both ends of the range on the family's baseline.
void try_range(const Config& technique, const ValueRange& range, const StudyFamily& family) {
    for (const double value : {range.low, range.high}) {
        const StudyOption option = range_option(range, value);
        try_option({option, 0, technique, "range"}, family);
    }
}

/// The families that the technique is for.
std::vector<StudyFamily*> read_technique_families(Config& technique, StudyRecipe& study) {
    std::vector<std::string> known;
    for (const StudyFamily& family : study.families) known.push_back(family.name);
    const std::vector<std::string> wanted = technique.strings("families", known, kMaxFamilies);
    for (const std::string& name : wanted)
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            const std::string nearest = nearest_name(name.substr(0, 64), known);
            throw technique.error(
                "families", fmt::format("has \"{}\", expected some of {}{}", name.substr(0, 64), fmt::join(known, ", "),
                                        nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
        }
    std::vector<StudyFamily*> families;
    for (StudyFamily& family : study.families)
        if (std::find(wanted.begin(), wanted.end(), family.name) != wanted.end()) families.push_back(&family);
    return families;
}

/// Whether the challenger can be had over the baseline.
void try_challenger(const Config& place, const StudyFamily& family) {
    if (family.challenger.empty()) return;
    try {
        challenger_candidate(family);
    } catch (const Error& error) {
        throw place.error(place.has("challenger") ? "challenger" : "challenger_recipe",
                          fmt::format("cannot be had over the baseline: {}", error.what()));
    }
}

void read_technique(Config technique, std::size_t budget, StudyRecipe& study) {
    const std::string name = read_name(technique);
    const std::vector<StudyFamily*> families = read_technique_families(technique, study);
    std::optional<ValueRange> range;
    std::vector<WrittenOption> options;
    std::size_t least_budget = 0;
    if (technique.has("range")) {
        range = read_range(technique);
        least_budget = technique.choice("budget", 0, budget_names());
        for (const char* key : {"options", "values"})
            if (technique.has(key))
                throw technique.error("range", fmt::format("and {} are both there; take one of them away", key));
    } else {
        options = read_options(technique);
    }
    technique.finish();
    for (StudyFamily* family : families) {
        Technique made{name, {}};
        if (range) try_range(technique, *range, *family);
        if (range && least_budget <= budget) made.range = range;
        for (const WrittenOption& option : options) {
            try_option(option, *family);
            if (option.budget <= budget) made.options.push_back(option.option);
        }
        const auto same_name = [&](const Technique& other) { return other.name == name; };
        if (std::any_of(family->techniques.begin(), family->techniques.end(), same_name))
            throw technique.error("name", fmt::format("is \"{}\", which {} has already", name, family->name));
        if (!made.options.empty() || made.range) family->techniques.push_back(std::move(made));
    }
}

/// A recipe is part of the command, not of the data.
std::string read_recipe_text(const fs::path& path) {
    try {
        return read_text(path, kMaxConfigBytes);
    } catch (const Error& error) {
        throw wrong_usage("{}", error.what());
    }
}

}  // namespace

std::vector<std::string> strategy_names() { return {kStrategyNames.begin(), kStrategyNames.end()}; }

std::vector<std::string> choose_rule_names() { return {kChooseRuleNames.begin(), kChooseRuleNames.end()}; }

std::vector<std::string> folds_by_names() { return {kFoldsByNames.begin(), kFoldsByNames.end()}; }

const char* folds_by_name(FoldsBy by) { return kFoldsByNames.at(static_cast<std::size_t>(by)); }

const char* choose_rule_name(ChooseRule rule) { return kChooseRuleNames.at(static_cast<std::size_t>(rule)); }

std::vector<std::string> preference_names() { return {kPreferenceNames.begin(), kPreferenceNames.end()}; }

const char* preference_name(Preference preference) { return kPreferenceNames.at(static_cast<std::size_t>(preference)); }

const char* strategy_name(StrategyKind kind) { return kStrategyNames.at(static_cast<std::size_t>(kind)); }

bool is_family_name(const std::string& name) {
    return !name.empty() && name.size() <= kMaxFamilyBytes &&
           name.find_first_not_of(kFamilyAlphabet) == std::string::npos;
}

std::vector<std::string> budget_names() { return {"quick", "standard", "full"}; }

StudyRecipe parse_study_recipe(const std::string& toml, const std::string& source, const fs::path& folder,
                               const std::string& budget) {
    const std::vector<std::string> budgets = budget_names();
    const auto found = std::find(budgets.begin(), budgets.end(), budget);
    if (found == budgets.end())
        throw wrong_usage("no budget is called \"{}\"; there are {}", budget.substr(0, 64), fmt::join(budgets, ", "));

    Config config = Config::parse(toml, source);
    StudyRecipe study;
    study.budget = budget;
    const std::string stem = fs::path(source).stem().string();
    study.name = config.string("name", stem.empty() || !is_utf8(stem) ? "study" : stem);
    check_name(config, "name", study.name);
    study.strategy = static_cast<StrategyKind>(config.choice("strategy", 0, strategy_names()));
    study.choose = static_cast<ChooseRule>(config.choice("choose", 0, choose_rule_names()));
    study.margin = config.number("margin", study.margin, {0, 100});
    study.folds_by = static_cast<FoldsBy>(config.choice("folds_by", 0, folds_by_names()));
    study.prefer = static_cast<Preference>(config.choice("prefer", 0, preference_names()));
    study.prefer_margin = config.number("prefer_margin", study.prefer_margin, {0, 100});
    study.samples = static_cast<int>(config.integer("samples", 60, {1, 10000}));
    study.batch = static_cast<int>(config.integer("batch", study.batch, {1, 1000}));
    study.seed = static_cast<std::uint64_t>(config.integer("seed", 0, kSeed));
    study.families = read_families(config, folder);
    std::vector<std::string> names;
    for (const StudyFamily& family : study.families) names.push_back(family.name);
    const EpochsByFamily epochs = read_budgets(config, names, study);
    config.require("techniques");
    std::vector<Config> techniques = config.tables("techniques", kMaxTechniques);
    config.finish();
    for (StudyFamily& family : study.families) {
        family.epochs = epochs.at(family.name).epochs;
        family.final_epochs = epochs.at(family.name).final_epochs;
    }
    for (const StudyFamily& family : study.families)
        try_challenger(config.table("families").table(family.name), family);
    for (Config& technique : techniques)
        read_technique(technique, static_cast<std::size_t>(found - budgets.begin()), study);
    if (study.strategy != StrategyKind::kSequential)
        for (const StudyFamily& family : study.families)
            if (round_count(study, family) > 0) make_round(study, family, 0, baseline_candidate(family));
    return study;
}

std::optional<double> study_seconds(const std::string& text) {
    const std::optional<double> seconds = parse_duration(text);
    return seconds && *seconds >= kLeastStudySeconds ? seconds : std::nullopt;
}

StudyRecipe read_study_recipe(const fs::path& path, const std::string& budget) {
    return parse_study_recipe(read_recipe_text(path), path.string(), path.parent_path(), budget);
}

std::vector<StudyRecipe> read_study_recipes(const fs::path& path) {
    const std::string text = read_recipe_text(path);
    Config config = Config::parse(text, path.string());
    std::vector<StudyRecipe> recipes;
    for (const std::string& budget : budget_names())
        if (config.table("budgets").has(budget))
            recipes.push_back(parse_study_recipe(text, path.string(), path.parent_path(), budget));
    // None: the smallest says what is lacking.
    if (recipes.empty()) recipes.push_back(parse_study_recipe(text, path.string(), path.parent_path(), "quick"));
    return recipes;
}

}  // namespace inkling
