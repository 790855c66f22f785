#include "study/study_recipe.h"

#include <array>

namespace inkling {

const char* strategy_name(StrategyKind kind) {
    constexpr std::array kNames{"sequential", "random", "grid"};
    return kNames.at(static_cast<std::size_t>(kind));
}

std::vector<std::string> budget_names() { return {"quick", "standard", "full"}; }

}  // namespace inkling
