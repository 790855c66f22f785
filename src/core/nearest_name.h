#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace inkling {

/// The known name with the fewest letters to insert, delete, replace or swap with their neighbour; for errors about a
/// name that nobody knows. Empty if nothing is near enough to be meant.
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

}  // namespace inkling
