#include "study/job_messages.h"

#include <limits>

namespace inkling {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr int kMostDepth = 8;  // lists and objects within each other

/// Accepts what is not nested too deeply: the parser calls itself.
class DepthCheck : public nlohmann::json_sax<Json> {
  public:
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return ++depth_ <= kMostDepth; }
    bool key(string_t&) override { return true; }
    bool end_object() override { return --depth_ >= 0; }
    bool start_array(std::size_t) override { return ++depth_ <= kMostDepth; }
    bool end_array() override { return --depth_ >= 0; }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

  private:
    int depth_ = 0;
};

Json to_json(const TrainingTally& tally) {
    return {tally.wanted, tally.finished, tally.failed, tally.seconds, tally.begun};
}

TrainingTally read_training_tally(const Json& object, const char* key) {
    const Json& row = field_in(object, key);
    check_row(row, key, 5);
    return {.wanted = as_integer(row[0], key, 0, kMost),
            .finished = as_integer(row[1], key, 0, kMost),
            .failed = as_integer(row[2], key, 0, kMost),
            .seconds = as_number(row[3], key),
            .begun = as_number(row[4], key)};
}

Json to_json(const NewScores::Named& named) {
    const auto& [name, score] = named;
    return {
        {"key", name.key},        {"fold", name.fold},     {"role", role_name(name.role)}, {"accuracy", score.accuracy},
        {"failed", score.failed}, {"reason", score.reason}};
}

NewScores::Named read_named_score(const Json& json) {
    return {.name = {.key = text_in(json, "key"),
                     .fold = static_cast<int>(integer_in(json, "fold", 0, kMostJobIndex)),
                     .role = read_role(json)},
            .score = {.accuracy = number_in(json, "accuracy"),
                      .failed = flag_in(json, "failed"),
                      .reason = text_in(json, "reason")}};
}

}  // namespace

std::string to_bytes(const Json& value) {
    std::string bytes;
    Json::to_msgpack(value, bytes);
    return bytes;
}

Json from_bytes(const std::string& bytes) {
    DepthCheck depth;
    if (!Json::sax_parse(bytes, &depth, Json::input_format_t::msgpack)) throw BadValue("it is no MessagePack of ours");
    Json value = Json::from_msgpack(bytes, true, false);
    if (value.is_discarded()) throw BadValue("it is no MessagePack");
    return value;
}

Json to_json(const StoredJob& job) {
    return {{"id", job.id}, {"job", to_json(job.job)}, {"status", static_cast<int>(job.status)}};
}

StoredJob read_stored_job(const Json& json) {
    StoredJob stored;
    stored.id = integer_in(json, "id", 0, kMost);
    stored.job = read_job(field_in(json, "job"));
    stored.status =
        static_cast<JobStatus>(integer_in(json, "status", 0, static_cast<std::int64_t>(kJobStatusNames.size()) - 1));
    return stored;
}

Json to_json(const NewScores& scores) {
    Json list = Json::array();
    for (const NewScores::Named& named : scores.scores) list.push_back(to_json(named));
    return {{"mark", scores.mark}, {"scores", std::move(list)}};
}

NewScores read_new_scores(const Json& json) {
    return {.mark = integer_in(json, "mark", 0, kMost), .scores = read_all(json, "scores", read_named_score)};
}

Json to_json(const JobCounts& counts) {
    return {{"pending", counts.pending},
            {"running", counts.running},
            {"finished", counts.finished},
            {"failed", counts.failed}};
}

JobCounts read_counts(const Json& json) {
    return {.pending = integer_in(json, "pending", 0, kMost),
            .running = integer_in(json, "running", 0, kMost),
            .finished = integer_in(json, "finished", 0, kMost),
            .failed = integer_in(json, "failed", 0, kMost)};
}

Json to_json(const FamilyTally& tally) {
    return {{"folds", to_json(tally.folds)},
            {"finals", to_json(tally.finals)},
            {"confirming", to_json(tally.confirming)},
            {"best", to_json(tally.best)}};
}

FamilyTally read_tally(const Json& json) {
    return {.folds = read_training_tally(json, "folds"),
            .finals = read_training_tally(json, "finals"),
            .confirming = read_training_tally(json, "confirming"),
            .best = read_training_tally(json, "best")};
}

Json to_json(const EndedTraining& training) {
    return {{"job", to_json(training.job)}, {"seconds", training.seconds}, {"spent", training.spent}};
}

EndedTraining read_ended(const Json& json) {
    return {.job = read_job(field_in(json, "job")),
            .seconds = number_in(json, "seconds"),
            .spent = number_in(json, "spent")};
}

}  // namespace inkling
