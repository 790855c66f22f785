#pragma once

#include <string>
#include <string_view>

namespace inkling {

/// Text from outside, fit for one line of a message: 120 bytes of it at most, and control characters as "\x1b".
std::string printable(std::string_view text);

}  // namespace inkling
