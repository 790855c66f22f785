#pragma once

#include <string>

namespace inkling {

/// A name for this machine since it was started, that no other has. Containers of one machine that number their
/// processes each on its own count as machines.
const std::string& this_machine();

}  // namespace inkling
