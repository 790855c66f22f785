#include "kernels/update_rules.h"

#include <algorithm>
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

double MuonRule::factor(const MatrixPlace& matrix) const {
    const double rows = matrix.rows;
    const double columns = matrix.columns;
    return match_rms ? 0.2 * std::sqrt(std::max(rows, columns)) : std::sqrt(std::max(1.0, rows / columns));
}

double LambRule::trust_ratio(double weights, double move) const {
    return weights == 0 || move == 0 ? 1 : adam.learning_rate * weights / move;
}

double LarsRule::trust_ratio(double weights, double gradient, double l2) const {
    return weights == 0 || gradient == 0 ? 1 : trust_coefficient * weights / (gradient + l2 * weights);
}

int slots(const UpdateRule& rule) {
    return std::visit([](const auto& kind) { return kind.slots(); }, rule);
}

}  // namespace inkling
