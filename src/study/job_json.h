#pragma once

#include "study/checked_json.h"
#include "study/decision.h"
#include "study/job.h"

namespace inkling {

// A study's trainings, scores and decisions as JSON, for journals and messages. Whatever read_*() is given, it returns
// a value that a store may have, or throws BadValue.

Json to_json(const Job& job);
Json to_json(const JobScore& score);
Json to_json(const Decision& decision);

Job read_job(const Json& json);
Role read_role(const Json& object);  // its field "role"
JobScore read_score(const Json& json);
Decision read_decision(const Json& json);

/// Of the folds and seeds that a job may be of.
inline constexpr int kMostJobIndex = 999;

}  // namespace inkling
