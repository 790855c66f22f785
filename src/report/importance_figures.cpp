#include "report/importance_figures.h"

#include <nlohmann/json.hpp>
#include <span>

#include "report/figure_values.h"
#include "study/factor_table.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kLeastTrials = 8;
constexpr std::size_t kPairs = 5;  // shown, and all that are more than chance

ordered_json share_figures(const Share& share, const std::vector<Factor>& factors) {
    ordered_json json = {{"techniques", ordered_json::array()},
                         {"share", share.share},
                         {"interval", interval_figures(share.interval)},
                         {"shown", share.shown}};
    for (const std::size_t factor : share.factors) json["techniques"].push_back(factors[factor].name);
    return json;
}

ordered_json shares_figures(std::span<const Share> shares, const std::vector<Factor>& factors, std::size_t least) {
    auto json = ordered_json::array();
    for (std::size_t i = 0; i < shares.size(); ++i)
        if (i < least || shares[i].shown) json.push_back(share_figures(shares[i], factors));
    return json;
}

}  // namespace

ordered_json importance_figures(const StudyRecipe& study, const FamilyResults& family,
                                const std::function<void(std::size_t done, std::size_t forests)>& on_progress) {
    const bool drawn = study.strategy == StrategyKind::kRandom || study.strategy == StrategyKind::kGrid;
    if (!drawn || !family.path.decided) return nullptr;
    const FactorTable table = factor_table(family.family, family.path);
    if (table.factors.empty() || table.trials.size() < kLeastTrials) return nullptr;
    const Importance found = find_importance(table.factors, table.trials, study.seed, on_progress);
    return {{"trials", table.trials.size()},
            {"explained", found.explained},
            {"main", shares_figures(found.main, table.factors, found.main.size())},
            {"pairs", shares_figures(found.pairs, table.factors, kPairs)}};
}

}  // namespace inkling
