#pragma once

#include <string>
#include <string_view>

namespace inkling {

/// Text from outside, its control characters as "\x1b".
std::string escaped(std::string_view text);

/// The same, fit for one line of a message: 120 bytes of it at most.
std::string printable(std::string_view text);

}  // namespace inkling
