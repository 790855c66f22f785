#include "report/trade_off_figures.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "report/figure_values.h"
#include "study/trade_off.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double seconds_of(const FamilyResults& family, const std::string& key) {
    const auto found = family.fold_seconds.find(key);
    return found == family.fold_seconds.end() ? kUnknown : found->second;
}

/// By the cost of that name, of those for which it is known.
std::vector<std::size_t> front(const ordered_json& configurations, const char* cost) {
    std::vector<Trade> trades;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < configurations.size(); ++i) {
        const ordered_json& one = configurations[i];
        if (!one[cost].is_number() || one[cost].get<double>() <= 0) continue;
        trades.push_back({.accuracy = one["mean"], .cost = one[cost]});
        places.push_back(i);
    }
    std::vector<std::size_t> result;
    for (const std::size_t i : non_dominated(trades)) result.push_back(places[i]);
    return result;
}

}  // namespace

ordered_json trade_off_figures(const StudyResults& results) {
    auto configurations = ordered_json::array();
    for (std::size_t i = 0; i < results.families.size(); ++i) {
        const FamilyResults& family = results.families[i];
        const std::string best = recipe_key(family.family, family.path.best);
        const std::string baseline = recipe_key(family.family, baseline_candidate(family.family));
        for (const ScoredConfiguration& scored : scored_configurations(family.path))
            configurations.push_back(
                {{"family", i},
                 {"name", scored.name},
                 {"baseline", scored.key == baseline},
                 {"final", family.path.decided && scored.key == best},
                 {"mean", scored.mean()},
                 {"interval", interval_figures(mean_interval(scored.scores, 0.95, results.fold_ratio))},
                 {"operations", scored.cost.operations},
                 {"parameters", scored.cost.parameters},
                 {"seconds", number_figure(seconds_of(family, scored.key))}});
    }
    if (configurations.empty()) return nullptr;
    ordered_json json = {{"configurations", configurations}, {"fronts", ordered_json::object()}};
    for (const char* cost : {"operations", "parameters", "seconds"}) json["fronts"][cost] = front(configurations, cost);
    return json;
}

}  // namespace inkling
