#pragma once

#include <cmath>
#include <nlohmann/json.hpp>

#include "study/statistics.h"

namespace inkling {

/// A number, or null where it is not finite: JSON has no other.
inline nlohmann::ordered_json number_figure(double value) {
    return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

/// [low, high]; null where it is not bounded.
inline nlohmann::ordered_json interval_figures(const Interval& interval) {
    if (!std::isfinite(interval.low) || !std::isfinite(interval.high)) return nullptr;
    return {interval.low, interval.high};
}

}  // namespace inkling
