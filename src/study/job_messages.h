#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "study/job_json.h"
#include "study/job_store.h"

namespace inkling {

// The values of JobStore's calls as MessagePack. Whatever read_*() is given, it returns a value that a store may have,
// or throws BadValue.

std::string to_bytes(const Json& value);
Json from_bytes(const std::string& bytes);

Json to_json(const StoredJob& job);  // without score
Json to_json(const NewScores& scores);
Json to_json(const JobCounts& counts);
Json to_json(const FamilyTally& tally);
Json to_json(const EndedTraining& training);

StoredJob read_stored_job(const Json& json);
NewScores read_new_scores(const Json& json);
JobCounts read_counts(const Json& json);
FamilyTally read_tally(const Json& json);
EndedTraining read_ended(const Json& json);

/// A list of what to_json() makes of each value, and back.
template <class Values>
Json list_of(const Values& values) {
    Json list = Json::array();
    for (const auto& value : values) list.push_back(to_json(value));
    return list;
}
template <class Read>
auto read_all(const Json& object, const char* key, Read&& read) {
    std::vector<decltype(read(object))> values;
    for (const Json& value : list_in(object, key)) values.push_back(read(value));
    return values;
}

/// Likewise a value that may be lacking.
template <class Value>
Json to_json(const std::optional<Value>& value) {
    return value ? to_json(*value) : Json();
}
template <class Read>
auto read_optional(const Json& json, Read&& read) {
    return json.is_null() ? std::nullopt : std::optional(read(json));
}

/// What `read` returns, who throws BadValue where a message is damaged. Throws Error (failed) in its place.
template <class Read>
auto read_message(Read&& read) {
    try {
        return read();
    } catch (const BadValue& error) {
        throw failed("a message of the study is damaged: {}; start the same program everywhere", error.what());
    }
}

}  // namespace inkling
