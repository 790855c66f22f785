#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "study/path.h"

namespace inkling {

// Studies whose scores are planted: known beforehand, a function of a candidate's overrides.

inline const std::string kPlantedBaseline = R"(
[network]
family = "mlp"
hidden = [8, 8, 8]
activation = "relu"

[optimizer]
kind = "adam"
learning_rate = 0.01
)";

inline StudyRecipe planted_study(std::vector<Technique> techniques, int folds = 3, bool racing = false) {
    StudyRecipe study;
    study.name = "planted";
    study.budget = "quick";
    study.samples = 60;
    study.folds = folds;
    study.final_seeds = 2;
    study.racing = racing;
    study.families = {{.name = "mlp",
                       .baseline = kPlantedBaseline,
                       .epochs = 2,
                       .final_epochs = 3,
                       .techniques = std::move(techniques)}};
    return study;
}

/// One option for each value of a key, named by the value.
inline Technique choice(const std::string& name, const std::string& key, const std::vector<std::string>& values) {
    Technique technique{name, {}};
    for (const std::string& value : values)
        technique.options.push_back({.name = value, .set = {fmt::format("{}={}", key, value)}});
    return technique;
}

/// What a candidate scores on a fold.
using Plant = std::function<FoldScore(const Candidate& candidate, int fold)>;

inline bool has_override(const Candidate& candidate, const std::string& text) {
    return std::find(candidate.overrides.begin(), candidate.overrides.end(), text) != candidate.overrides.end();
}

/// 0.5, a hundredth for each fold, and the gain of each override that the candidate has. The numbers are multiples of
/// 2^-20, so that equal gains make equal means.
inline Plant planted_gains(std::map<std::string, double> gains) {
    return [gains = std::move(gains)](const Candidate& candidate, int fold) {
        const auto binary = [](double value) {
            return static_cast<double>(static_cast<int>(value * 0x1p20)) * 0x1p-20;
        };
        double accuracy = 0.5 + binary(0.01 * fold);
        for (const auto& [text, gain] : gains)
            if (has_override(candidate, text)) accuracy += binary(gain);
        return FoldScore{.accuracy = accuracy};
    };
}

/// A family's whole way, and what was wanted at each step of it.
struct Exploration {
    FamilyPath path;
    std::vector<std::vector<WantedFold>> steps;
};

inline Exploration explore(const StudyRecipe& study, const Plant& plant) {
    Exploration exploration;
    std::map<std::pair<std::string, int>, FoldScore> scores;
    const FindScore find = [&](const std::string& key, int fold) {
        const auto found = scores.find({key, fold});
        return found == scores.end() ? std::nullopt : std::optional(found->second);
    };
    for (;;) {
        exploration.path = follow_path(study, study.families[0], find);
        if (exploration.path.wanted.empty()) return exploration;
        exploration.steps.push_back(exploration.path.wanted);
        for (const WantedFold& wanted : exploration.path.wanted)
            scores[{wanted.key, wanted.fold}] = plant(wanted.candidate, wanted.fold);
    }
}

}  // namespace inkling
