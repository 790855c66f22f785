#pragma once

#include <string>

#include "cli/train_plan.h"

namespace inkling::cli {

inline constexpr std::size_t kMostNumbers = std::size_t{1} << 24;  // bytes of what_numbers_depend_on()

/// All that must be the same in processes that train one network together, one thing a line. Each holds the whole
/// network, and what they make of the same gradients must have the same bytes.
std::string what_numbers_depend_on(const TrainPlan& plan, const TrainSamples& samples);

/// Throws Error (bad data) with the first line in which this process's differs from rank 0's.
void require_same_numbers(const std::string& own, const std::string& of_rank_0);

}  // namespace inkling::cli
