#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "study/job_store.h"

namespace inkling {

// The values of JobStore's calls as MessagePack. Whatever read_*() is given, it returns a value that a store may have
// or throws Error (failed) that says what is wrong.

std::string to_bytes(const nlohmann::json& value);
nlohmann::json from_bytes(const std::string& bytes);

// The fields of an object.
std::string read_text(const nlohmann::json& object, const char* key);
std::int64_t read_integer(const nlohmann::json& object, const char* key, std::int64_t low, std::int64_t high);
double read_number(const nlohmann::json& object, const char* key);
bool read_flag(const nlohmann::json& object, const char* key);
const nlohmann::json& read_field(const nlohmann::json& object, const char* key);
const nlohmann::json& read_list(const nlohmann::json& object, const char* key);

nlohmann::json message_of(const Job& job);
nlohmann::json message_of(const StoredJob& job);  // without score
nlohmann::json message_of(const JobScore& score);
nlohmann::json message_of(const FoldName& name);
nlohmann::json message_of(const FoldScore& score);
nlohmann::json message_of(const JobCounts& counts);
nlohmann::json message_of(const FamilyTally& tally);
nlohmann::json message_of(const EndedTraining& training);
nlohmann::json message_of(const Decision& decision);

Job read_job(const nlohmann::json& message);
StoredJob read_stored_job(const nlohmann::json& message);
JobScore read_score(const nlohmann::json& message);
FoldName read_fold_name(const nlohmann::json& message);
FoldScore read_fold_score(const nlohmann::json& message);
JobCounts read_counts(const nlohmann::json& message);
FamilyTally read_tally(const nlohmann::json& message);
EndedTraining read_ended(const nlohmann::json& message);
Decision read_decision(const nlohmann::json& message);

/// A list of what message_of() makes of each value, and back.
template <class Values>
nlohmann::json list_of(const Values& values) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto& value : values) list.push_back(message_of(value));
    return list;
}
template <class Read>
auto read_all(const nlohmann::json& object, const char* key, Read&& read) {
    std::vector<decltype(read(object))> values;
    for (const nlohmann::json& value : read_list(object, key)) values.push_back(read(value));
    return values;
}

/// Likewise a value that may be lacking.
template <class Value>
nlohmann::json message_of(const std::optional<Value>& value) {
    return value ? message_of(*value) : nlohmann::json();
}
template <class Read>
auto read_optional(const nlohmann::json& message, Read&& read) {
    return message.is_null() ? std::nullopt : std::optional(read(message));
}

}  // namespace inkling
