#include "study/factor_table.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <span>
#include <utility>

#include "study/comparison.h"

namespace inkling {
namespace {

constexpr std::size_t kNumberLevels = 16;  // at most

/// For each value its level, of about as many trials each; equal values have the same.
std::vector<std::size_t> levels_of(const std::vector<double>& values) {
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    std::vector<double> distinct = sorted;
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    std::vector<double> starts = distinct;
    if (distinct.size() > kNumberLevels) {
        starts.clear();
        for (std::size_t level = 0; level < kNumberLevels; ++level)
            starts.push_back(sorted[level * sorted.size() / kNumberLevels]);
        starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
    }
    std::vector<std::size_t> levels;
    levels.reserve(values.size());
    for (const double value : values)
        levels.push_back(
            static_cast<std::size_t>(std::upper_bound(starts.begin(), starts.end(), value) - starts.begin()) - 1);
    return levels;
}

double mean_logarithm(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) sum += std::log(value);
    return sum / static_cast<double>(values.size());
}

/// The logarithm of a combination's learning rate less the mean of those that its options bring.
double relative_rate(const StudyFamily& family, const OptionPath& combination) {
    double rate = 0;
    for (std::size_t i = 0; i < family.techniques.size(); ++i) {
        if (family.techniques[i].range) continue;
        const Choice& choice = combination.choices[i];
        const StudyOption& option = family.techniques[i].options[choice.option];
        if (!option.learning_rates.empty())
            rate = std::log(option.learning_rates[choice.rate]) - mean_logarithm(option.learning_rates);
        else if (!option.learning_rate_factors.empty())
            rate += std::log(option.learning_rate_factors[choice.rate]) - mean_logarithm(option.learning_rate_factors);
    }
    return std::round(rate * 1e6) * 1e-6;
}

bool brings_rates(const StudyFamily& family) {
    for (const Technique& technique : family.techniques)
        for (const StudyOption& option : technique.options)
            if (option.learning_rates.size() > 1 || option.learning_rate_factors.size() > 1) return true;
    return false;
}

class Builder {
  public:
    explicit Builder(std::span<const OptionPath* const> options) {
        std::vector<std::span<const double>> scores;
        for (const OptionPath* option : options) scores.emplace_back(option->trial().scores);
        for (const double mean : fold_adjusted_means(scores)) table_.trials.push_back({.levels = {}, .score = mean});
    }

    /// Levels that no trial has are left out.
    void add(const std::string& name, const std::vector<std::size_t>& levels, bool ordered) {
        const std::set<std::size_t> there(levels.begin(), levels.end());
        if (there.size() < 2) return;
        table_.factors.push_back({.name = name, .levels = there.size(), .ordered = ordered});
        for (std::size_t i = 0; i < levels.size(); ++i)
            table_.trials[i].levels.push_back(
                static_cast<std::size_t>(std::distance(there.begin(), there.find(levels[i]))));
    }

    FactorTable take() { return std::move(table_); }

  private:
    FactorTable table_;
};

}  // namespace

FactorTable factor_table(const StudyFamily& family, const FamilyPath& path) {
    std::vector<const OptionPath*> options;
    for (const RoundPath& round : path.rounds)
        for (const OptionPath& option : round.options)
            if (!option.choices.empty() && !option.trial().scores.empty()) options.push_back(&option);
    Builder builder(options);
    for (std::size_t i = 0; i < family.techniques.size(); ++i) {
        const bool is_range = family.techniques[i].range.has_value();
        std::vector<std::size_t> levels;
        std::vector<double> values;
        for (const OptionPath* option : options) {
            levels.push_back(option->choices[i].option);
            values.push_back(option->choices[i].value);
        }
        builder.add(family.techniques[i].name, is_range ? levels_of(values) : levels, is_range);
    }
    if (brings_rates(family)) {
        std::vector<double> rates;
        rates.reserve(options.size());
        for (const OptionPath* option : options) rates.push_back(relative_rate(family, *option));
        builder.add("learning rate", levels_of(rates), true);
    }
    return builder.take();
}

}  // namespace inkling
