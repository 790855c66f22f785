#include "core/duration.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace inkling {
namespace {

struct Unit {
    char name;
    std::int64_t seconds;
};
constexpr std::array<Unit, 3> kUnits{{{'h', 3600}, {'m', 60}, {'s', 1}}};
constexpr std::int64_t kMostSeconds = 366 * 24 * 3600;

}  // namespace

std::optional<double> parse_duration(std::string_view text) {
    if (text.empty()) return {};
    std::int64_t sum = 0;
    for (const Unit& unit : kUnits) {
        std::int64_t count = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
        if (error != std::errc() || end == text.data() + text.size() || *end != unit.name) continue;
        if (count < 0 || count > kMostSeconds / unit.seconds) return {};
        sum += count * unit.seconds;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    }
    if (!text.empty() || sum > kMostSeconds) return {};
    return static_cast<double>(sum);
}

std::string duration_text(double seconds) {
    auto left = static_cast<std::int64_t>(std::llround(std::max(seconds, 0.0)));
    std::string text;
    for (const Unit& unit : kUnits) {
        if (left >= unit.seconds) text += fmt::format("{}{}", left / unit.seconds, unit.name);
        left %= unit.seconds;
    }
    return text.empty() ? "0s" : text;
}

}  // namespace inkling
