#include "kernels/update_rules.h"

#include <cmath>

namespace inkling {

double RadamRule::rectification() const {
    const auto now = static_cast<double>(step);
    const double power = std::pow(double{beta2}, now);
    const double longest = 2 / (1 - double{beta2}) - 1;  // of an average, in steps: the paper's rho
    const double length = longest - 2 * now * power / (1 - power);
    if (length <= 5) return 0;
    return std::sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length));
}

int slots(const UpdateRule& rule) {
    return std::visit([](const auto& kind) { return kind.slots(); }, rule);
}

}  // namespace inkling
