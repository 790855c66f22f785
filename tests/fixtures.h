#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "core/files.h"

namespace inkling {

/// A JSON file of tests/fixtures, written there by a script of tools/: read_fixture("layers.json").
inline nlohmann::json read_fixture(const std::string& name) {
    return nlohmann::json::parse(read_text(std::string(INKLING_FIXTURES) + "/" + name));
}

/// A flat JSON array of numbers. The scripts write each float by the shortest digits that give it back.
inline std::vector<float> floats(const nlohmann::json& values) { return values.get<std::vector<float>>(); }

/// The largest magnitude among values, 0 where there are none. Not finite where one is not.
template <class T>
double largest_magnitude(std::span<const T> values) {
    double largest = 0;
    for (const T value : values) {
        if (!std::isfinite(value)) return INFINITY;
        largest = std::max(largest, std::abs(static_cast<double>(value)));
    }
    return largest;
}

/// Whether each value differs from the expected one by at most tolerance * scale; a scale of 0 means the expected
/// values' largest magnitude. A failure names the value that is furthest off.
inline testing::AssertionResult close(std::span<const float> actual, std::span<const float> expected, double tolerance,
                                      double scale = 0) {
    if (actual.size() != expected.size())
        return testing::AssertionFailure() << actual.size() << " values, expected " << expected.size();
    if (scale == 0) scale = largest_magnitude(expected);
    std::size_t worst = 0;
    double worst_difference = 0;
    for (std::size_t i = 0; i < actual.size(); ++i) {
        const double difference = std::abs(static_cast<double>(actual[i]) - expected[i]);
        if (difference <= worst_difference) continue;
        worst = i;
        worst_difference = difference;
        if (std::isnan(difference)) break;
    }
    if (worst_difference <= tolerance * scale) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "value " << worst << " is " << actual[worst] << ", expected "
                                       << expected[worst] << ": off by " << worst_difference / scale
                                       << " of the largest magnitude " << scale << ", allowed are " << tolerance;
}

}  // namespace inkling
