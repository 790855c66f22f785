#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nn/stopwatch.h"

namespace inkling::cli {

// Where a step's time went, as a Stopwatch counted it over `steps` steps of tensors whose values take so many bytes.

/// A line for each kind of work and direction that has a visible share of the whole, with its rate.
std::string profile_table(const Stopwatch& stopwatch, std::size_t steps, std::size_t bytes_per_value);

/// The same for machines, in the same order.
nlohmann::ordered_json profile_json(const Stopwatch& stopwatch, std::size_t steps, std::size_t bytes_per_value);

}  // namespace inkling::cli
