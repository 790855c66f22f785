#pragma once

#include <fmt/format.h>

#include <string>

namespace inkling {

/// The numbers that a setting may have: least to most, ends included unless said.
struct Range {
    double least;
    double most;
    bool without_least = false;
    bool without_most = false;

    /// False for NaN.
    constexpr bool contains(double value) const {
        return (without_least ? value > least : value >= least) && (without_most ? value < most : value <= most);
    }

    /// "more than 0 to 1", for messages.
    std::string text() const {
        return fmt::format("{}{} to {}{}", without_least ? "more than " : "", least, without_most ? "less than " : "",
                           most);
    }
};

// Those that many settings share.
inline constexpr Range kUnit{0, 1};
inline constexpr Range kFraction{.least = 0, .most = 1, .without_most = true};
inline constexpr Range kPositiveFraction{.least = 0, .most = 1, .without_least = true};
inline constexpr Range kWithinFraction{.least = 0, .most = 1, .without_least = true, .without_most = true};
inline constexpr Range kUpTo100{0, 100};

}  // namespace inkling
