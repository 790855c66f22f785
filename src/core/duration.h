#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace inkling {

/// Seconds of "90s", "10m", "1h30m", "2h": whole numbers of hours, minutes, seconds, in this order, at most a year in
/// all; nothing for any other text.
std::optional<double> parse_duration(std::string_view text);

/// The shortest such text: "1h30m", of the nearest whole second.
std::string duration_text(double seconds);

}  // namespace inkling
