#pragma once

#include <span>
#include <string>

namespace inkling {

/// One record of a CSV file as RFC 4180 has it, but that its line ends with "\n": a field that has a comma, a quote or
/// a line break in it stands in quotes, and its quotes are doubled. Everything that writes CSV does it through here.
std::string csv_line(std::span<const std::string> fields);

}  // namespace inkling
