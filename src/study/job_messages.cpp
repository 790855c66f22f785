#include "study/job_messages.h"

#include <limits>

#include "core/error.h"
#include "study/study_recipe.h"

namespace inkling {
namespace {

using nlohmann::json;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr int kMostIndex = 999;
constexpr int kMostDepth = 8;  // lists and objects within each other

Error damaged(const std::string& what) {
    return failed("a message of the study is damaged: {}; start the same program everywhere", what);
}

/// Accepts what is not nested too deeply: the parser calls itself.
class DepthCheck : public nlohmann::json_sax<json> {
  public:
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return ++depth_ <= kMostDepth; }
    bool key(string_t&) override { return true; }
    bool end_object() override { return --depth_ >= 0; }
    bool start_array(std::size_t) override { return ++depth_ <= kMostDepth; }
    bool end_array() override { return --depth_ >= 0; }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

  private:
    int depth_ = 0;
};

json message_of(const TrainingTally& tally) {
    return {tally.wanted, tally.finished, tally.failed, tally.seconds, tally.begun};
}

double as_number(const json& value, const char* what) {
    if (!value.is_number()) throw damaged(fmt::format("{} is no number", what));
    return value.get<double>();
}

std::int64_t as_integer(const json& value, const char* what, std::int64_t low, std::int64_t high) {
    const bool fits = value.is_number_integer() &&
                      (!value.is_number_unsigned() || value.get<std::uint64_t>() <= static_cast<std::uint64_t>(kMost));
    if (!fits || value.get<std::int64_t>() < low || value.get<std::int64_t>() > high)
        throw damaged(fmt::format("{} is no number from {} to {}", what, low, high));
    return value.get<std::int64_t>();
}

/// A list of just as many values.
const json& as_row(const json& value, const char* what, std::size_t count) {
    if (!value.is_array() || value.size() != count)
        throw damaged(fmt::format("{} is no list of {} values", what, count));
    return value;
}

TrainingTally read_training_tally(const json& object, const char* key) {
    const json& row = as_row(read_field(object, key), key, 5);
    return {.wanted = as_integer(row[0], key, 0, kMost),
            .finished = as_integer(row[1], key, 0, kMost),
            .failed = as_integer(row[2], key, 0, kMost),
            .seconds = as_number(row[3], key),
            .begun = as_number(row[4], key)};
}

json row_of(const EpochRecord& epoch) {
    return {epoch.epoch,           epoch.learning_rate,       epoch.train_loss, epoch.train_accuracy,
            epoch.validation_loss, epoch.validation_accuracy, epoch.seconds,    epoch.images_per_second};
}

EpochRecord read_epoch(const json& message) {
    constexpr const char* kWhat = "an epoch";
    const json& row = as_row(message, kWhat, 8);
    return {.epoch = static_cast<int>(as_integer(row[0], kWhat, 0, std::numeric_limits<int>::max())),
            .learning_rate = as_number(row[1], kWhat),
            .train_loss = as_number(row[2], kWhat),
            .train_accuracy = as_number(row[3], kWhat),
            .validation_loss = as_number(row[4], kWhat),
            .validation_accuracy = as_number(row[5], kWhat),
            .seconds = as_number(row[6], kWhat),
            .images_per_second = as_number(row[7], kWhat)};
}

Role read_role(const json& object) {
    return static_cast<Role>(read_integer(object, "role", 0, static_cast<std::int64_t>(kRoleNames.size()) - 1));
}

std::vector<std::size_t> read_sizes(const json& object, const char* key) {
    std::vector<std::size_t> sizes;
    for (const json& size : read_list(object, key))
        sizes.push_back(static_cast<std::size_t>(as_integer(size, key, 0, kMost)));
    return sizes;
}

}  // namespace

std::string to_bytes(const json& value) {
    std::string bytes;
    json::to_msgpack(value, bytes);
    return bytes;
}

json from_bytes(const std::string& bytes) {
    DepthCheck depth;
    if (!json::sax_parse(bytes, &depth, json::input_format_t::msgpack)) throw damaged("it is no MessagePack of ours");
    json value = json::from_msgpack(bytes, true, false);
    if (value.is_discarded()) throw damaged("it is no MessagePack");
    return value;
}

const json& read_field(const json& object, const char* key) {
    const auto found = object.find(key);
    if (!object.is_object() || found == object.end()) throw damaged(fmt::format("it has no {}", key));
    return *found;
}

std::string read_text(const json& object, const char* key) {
    const json& value = read_field(object, key);
    if (!value.is_string()) throw damaged(fmt::format("{} is no text", key));
    return value.get<std::string>();
}

std::int64_t read_integer(const json& object, const char* key, std::int64_t low, std::int64_t high) {
    return as_integer(read_field(object, key), key, low, high);
}

double read_number(const json& object, const char* key) { return as_number(read_field(object, key), key); }

bool read_flag(const json& object, const char* key) {
    const json& value = read_field(object, key);
    if (!value.is_boolean()) throw damaged(fmt::format("{} is no yes or no", key));
    return value.get<bool>();
}

const json& read_list(const json& object, const char* key) {
    const json& value = read_field(object, key);
    if (!value.is_array()) throw damaged(fmt::format("{} is no list", key));
    return value;
}

json message_of(const Job& job) {
    return {{"family", job.family},
            {"overrides", job.candidate.overrides},
            {"learning_rate", job.candidate.learning_rate},
            {"key", job.key},
            {"recipe", job.recipe},
            {"role", static_cast<int>(job.role)},
            {"index", job.index},
            {"seed", job.seed}};
}

Job read_job(const json& message) {
    Job job{.family = read_text(message, "family"),
            .candidate = {.overrides = {}, .learning_rate = read_number(message, "learning_rate")},
            .key = read_text(message, "key"),
            .recipe = read_text(message, "recipe"),
            .role = read_role(message),
            .index = static_cast<int>(read_integer(message, "index", 0, kMostIndex))};
    if (!is_family_name(job.family)) throw damaged("family is none");  // it becomes part of a path
    for (const json& value : read_list(message, "overrides")) {
        if (!value.is_string()) throw damaged("an override is no text");
        job.candidate.overrides.push_back(value.get<std::string>());
    }
    const json& seed = read_field(message, "seed");
    if (!seed.is_number_unsigned()) throw damaged("seed is no number from 0");
    job.seed = seed.get<std::uint64_t>();
    return job;
}

json message_of(const StoredJob& job) {
    return {{"id", job.id}, {"job", message_of(job.job)}, {"status", static_cast<int>(job.status)}};
}

StoredJob read_stored_job(const json& message) {
    StoredJob stored;
    stored.id = read_integer(message, "id", 0, kMost);
    stored.job = read_job(read_field(message, "job"));
    stored.status = static_cast<JobStatus>(
        read_integer(message, "status", 0, static_cast<std::int64_t>(kJobStatusNames.size()) - 1));
    return stored;
}

json message_of(const JobScore& score) {
    json history = json::array();
    for (const EpochRecord& epoch : score.history) history.push_back(row_of(epoch));
    return {{"accuracy", score.accuracy}, {"loss", score.loss}, {"history", std::move(history)}};
}

JobScore read_score(const json& message) {
    return {.accuracy = read_number(message, "accuracy"),
            .loss = read_number(message, "loss"),
            .history = read_all(message, "history", read_epoch)};
}

json message_of(const FoldName& name) {
    return {{"key", name.key}, {"fold", name.fold}, {"role", static_cast<int>(name.role)}};
}

FoldName read_fold_name(const json& message) {
    return {.key = read_text(message, "key"),
            .fold = static_cast<int>(read_integer(message, "fold", 0, kMostIndex)),
            .role = read_role(message)};
}

json message_of(const FoldScore& score) {
    return {{"accuracy", score.accuracy}, {"failed", score.failed}, {"reason", score.reason}};
}

FoldScore read_fold_score(const json& message) {
    return {.accuracy = read_number(message, "accuracy"),
            .failed = read_flag(message, "failed"),
            .reason = read_text(message, "reason")};
}

json message_of(const JobCounts& counts) {
    return {{"pending", counts.pending},
            {"running", counts.running},
            {"finished", counts.finished},
            {"failed", counts.failed}};
}

JobCounts read_counts(const json& message) {
    return {.pending = read_integer(message, "pending", 0, kMost),
            .running = read_integer(message, "running", 0, kMost),
            .finished = read_integer(message, "finished", 0, kMost),
            .failed = read_integer(message, "failed", 0, kMost)};
}

json message_of(const FamilyTally& tally) {
    return {{"folds", message_of(tally.folds)},
            {"finals", message_of(tally.finals)},
            {"confirming", message_of(tally.confirming)},
            {"best", message_of(tally.best)}};
}

FamilyTally read_tally(const json& message) {
    return {.folds = read_training_tally(message, "folds"),
            .finals = read_training_tally(message, "finals"),
            .confirming = read_training_tally(message, "confirming"),
            .best = read_training_tally(message, "best")};
}

json message_of(const EndedTraining& training) {
    return {{"job", message_of(training.job)}, {"seconds", training.seconds}, {"spent", training.spent}};
}

EndedTraining read_ended(const json& message) {
    return {.job = read_job(read_field(message, "job")),
            .seconds = read_number(message, "seconds"),
            .spent = read_number(message, "spent")};
}

json message_of(const Decision& decision) {
    return {{"border", decision.border},
            {"spent", decision.spent},
            {"expected", decision.expected},
            {"decided", decision.decided},
            {"rounds", decision.rounds},
            {"confirm", decision.confirm},
            {"confirm_seeds", decision.confirm_seeds},
            {"final_seeds", decision.final_seeds},
            {"curves", decision.curves}};
}

Decision read_decision(const json& message) {
    return {.border = static_cast<int>(read_integer(message, "border", 0, std::numeric_limits<int>::max())),
            .spent = read_number(message, "spent"),
            .expected = read_number(message, "expected"),
            .decided = read_sizes(message, "decided"),
            .rounds = read_sizes(message, "rounds"),
            .confirm = static_cast<int>(read_integer(message, "confirm", 0, kMostConfirmed)),
            .confirm_seeds = static_cast<int>(read_integer(message, "confirm_seeds", 1, kMostConfirmed)),
            .final_seeds = static_cast<int>(read_integer(message, "final_seeds", 0, kMostFinalSeeds)),
            .curves = read_flag(message, "curves")};
}

}  // namespace inkling
