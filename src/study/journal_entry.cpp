#include "study/journal_entry.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/error.h"
#include "core/path_text.h"
#include "study/journal.h"
#include "study/study_recipe.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr std::int64_t kMostDate = std::int64_t{1} << 40;
constexpr std::int64_t kMostNumber = std::int64_t{1} << 40;
constexpr int kMostIndex = 999;
constexpr int kMostEpochs = 1'000'000;
constexpr std::size_t kMostNameBytes = 1024;
constexpr std::size_t kMostRounds = 10'000;

/// What an entry's fact is called, in JournalFact's order.
constexpr std::array kFactNames{"study", "want", "take", "finish", "fail", "release", "decide"};

/// Thrown where JSON is no entry; the message says what was expected.
struct Unexpected : std::runtime_error {
    using std::runtime_error::runtime_error;
};

void require(bool holds, const char* expected) {
    if (!holds) throw Unexpected(expected);
}

// JSON has no infinities and no NaN.
ordered_json number_json(double number) {
    if (std::isnan(number)) return "nan";
    if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
    return number;
}

double read_number(const ordered_json& json) {
    if (json == "nan") return std::numeric_limits<double>::quiet_NaN();
    if (json == "inf") return std::numeric_limits<double>::infinity();
    if (json == "-inf") return -std::numeric_limits<double>::infinity();
    require(json.is_number(), "a number, \"nan\", \"inf\" or \"-inf\"");
    return json;
}

std::int64_t read_integer(const ordered_json& json, std::int64_t least, std::int64_t most) {
    require(json.is_number_integer(), "a whole number");
    const bool large = json.is_number_unsigned() && json.get<std::uint64_t>() > static_cast<std::uint64_t>(most);
    require(!large && json.get<std::int64_t>() >= least && json.get<std::int64_t>() <= most, "a number in its range");
    return json.get<std::int64_t>();
}

std::string read_text(const ordered_json& json, std::size_t most = kMostEntryBytes) {
    require(json.is_string(), "a text");
    const auto& text = json.get_ref<const std::string&>();
    require(text.size() <= most, "a shorter text");
    return text;
}

bool read_flag(const ordered_json& json) {
    require(json.is_boolean(), "true or false");
    return json;
}

const ordered_json& list(const ordered_json& json, std::size_t most = kMostEntryBytes) {
    require(json.is_array() && json.size() <= most, "a list");
    return json;
}

/// Empty, or a SHA-256.
std::string read_hash(const ordered_json& json) {
    std::string hash = read_text(json);
    require(hash.empty() || (hash.size() == 64 && hash.find_first_not_of("0123456789abcdef") == std::string::npos),
            "a SHA-256");
    return hash;
}

template <class Value, std::size_t kCount>
Value read_name(const std::array<const char*, kCount>& names, const ordered_json& json) {
    const auto found = std::find(names.begin(), names.end(), read_text(json));
    require(found != names.end(), "one of the names there are");
    return static_cast<Value>(found - names.begin());
}

ordered_json to_json(const JobClaim& claim) { return {{"job", claim.job}, {"claim", claim.claim}}; }

JobClaim read_claim(const ordered_json& json) {
    return {.job = read_integer(json.at("job"), 1, kMostNumber), .claim = read_text(json.at("claim"), kMostNameBytes)};
}

ordered_json to_json(const StudyBegun& begun) {
    const StudyRecord& record = begun.record;
    ordered_json files = ordered_json::array();
    for (const DataFile& file : record.files) files.push_back({file.name, file.sha256});
    ordered_json json = {{"format", kFormat},
                         {"recipe", record.recipe},
                         {"budget", record.budget},
                         {"split", record.split},
                         {"files", files},
                         {"threads", record.threads},
                         {"automatic_precision", precision_name(record.needs.automatic)},
                         {"trains_bf16", record.needs.bfloat16}};
    if (record.stored) json["orientation"] = orientation_name(*record.stored);
    if (!record.asked.empty()) {
        json["asked"] = record.asked;
        json["seconds"] = record.seconds;
    }
    json["data"] = path_text(begun.origin.data);
    json["environment"] = to_json(begun.origin.environment);
    json["begun"] = begun.origin.begun;
    return json;
}

PrecisionChoice read_precision(const ordered_json& json) {
    const std::string name = read_text(json);
    for (const auto choice : {PrecisionChoice::kFp32, PrecisionChoice::kBf16, PrecisionChoice::kAuto})
        if (name == precision_name(choice)) return choice;
    throw Unexpected("precision fp32, bf16 or auto");
}

StudyBegun read_study(const ordered_json& json) {
    if (json.at("format") != kFormat) throw Unexpected("an entry of this version of the program");
    StudyRecord record{.recipe = read_text(json.at("recipe")),
                       .budget = read_text(json.at("budget"), kMostNameBytes),
                       .split = read_text(json.at("split"), kMostNameBytes),
                       .files = {},
                       .threads = static_cast<int>(read_integer(json.at("threads"), 1, 1024)),
                       .needs = {.automatic = read_precision(json.at("automatic_precision")),
                                 .bfloat16 = read_flag(json.at("trains_bf16"))}};
    for (const ordered_json& file : list(json.at("files"), 1000))
        record.files.push_back({read_text(file.at(0), kMostNameBytes), read_hash(file.at(1))});
    if (json.contains("orientation")) {
        record.stored = find_orientation(read_text(json.at("orientation")));
        require(record.stored.has_value(), "orientation upright or transposed");
    }
    if (json.contains("asked")) {
        record.asked = read_text(json.at("asked"));
        record.seconds = read_number(json.at("seconds"));
        require(record.seconds > 0 && std::isfinite(record.seconds), "seconds above 0");
    }
    return {.record = std::move(record),
            .origin = {.data = path_from_text(read_text(json.at("data"))),
                       .environment = read_environment(json.at("environment")),
                       .begun = read_text(json.at("begun"), kMostNameBytes)}};
}

ordered_json to_json(const JobsWanted& wanted) {
    ordered_json jobs = ordered_json::array();
    for (const Job& job : wanted.jobs)
        jobs.push_back({{"family", job.family},
                        {"key", job.key},
                        {"overrides", job.candidate.overrides},
                        {"learning_rate", number_json(job.candidate.learning_rate)},
                        {"role", role_name(job.role)},
                        {"index", job.index},
                        {"seed", job.seed},
                        {"recipe", job.recipe}});
    return {{"jobs", jobs}};
}

/// Family, key and index become parts of paths.
Job read_job(const ordered_json& json) {
    Job job{.family = read_text(json.at("family")),
            .candidate = {.overrides = {}, .learning_rate = read_number(json.at("learning_rate"))},
            .key = read_text(json.at("key"), 64),
            .recipe = read_text(json.at("recipe")),
            .role = read_name<Role>(kRoleNames, json.at("role")),
            .index = static_cast<int>(read_integer(json.at("index"), 0, kMostIndex))};
    require(is_family_name(job.family), "a family's name");
    require(!job.key.empty() && job.key.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz") == std::string::npos,
            "a configuration's key");
    require(std::isfinite(job.candidate.learning_rate), "a learning rate");
    require(json.at("seed").is_number_unsigned(), "a seed");
    job.seed = json.at("seed");
    for (const ordered_json& text : list(json.at("overrides"))) job.candidate.overrides.push_back(read_text(text));
    return job;
}

JobsWanted read_wanted(const ordered_json& json) {
    JobsWanted wanted;
    for (const ordered_json& job : list(json.at("jobs"))) wanted.jobs.push_back(read_job(job));
    return wanted;
}

ordered_json to_json(const JobTaken& taken) {
    ordered_json json = taken.taken ? to_json(*taken.taken) : ordered_json::object();
    for (const JobClaim& lost : taken.lost) json["lost"].push_back(to_json(lost));
    return json;
}

JobTaken read_taken(const ordered_json& json) {
    JobTaken taken;
    if (json.contains("job")) taken.taken = read_claim(json);
    if (json.contains("lost"))
        for (const ordered_json& lost : list(json.at("lost"))) taken.lost.push_back(read_claim(lost));
    return taken;
}

ordered_json to_json(const JobFinished& finished) {
    ordered_json json = to_json(finished.by);
    json["accuracy"] = number_json(finished.score.accuracy);
    json["loss"] = number_json(finished.score.loss);
    json["epochs"] = ordered_json::array();
    for (const EpochRecord& epoch : finished.score.history)
        json["epochs"].push_back({epoch.epoch, number_json(epoch.learning_rate), number_json(epoch.train_loss),
                                  number_json(epoch.train_accuracy), number_json(epoch.validation_loss),
                                  number_json(epoch.validation_accuracy), number_json(epoch.seconds),
                                  number_json(epoch.images_per_second)});
    if (!finished.run.empty()) json["run"] = finished.run;
    return json;
}

JobFinished read_finished(const ordered_json& json) {
    JobFinished finished{.by = read_claim(json),
                         .score = {.accuracy = read_number(json.at("accuracy")), .loss = read_number(json.at("loss"))},
                         .run = json.contains("run") ? read_hash(json.at("run")) : std::string()};
    std::int64_t before = 0;
    for (const ordered_json& epoch : list(json.at("epochs"), kMostEpochs)) {
        before = read_integer(epoch.at(0), before + 1, kMostEpochs);
        finished.score.history.push_back({.epoch = static_cast<int>(before),
                                          .learning_rate = read_number(epoch.at(1)),
                                          .train_loss = read_number(epoch.at(2)),
                                          .train_accuracy = read_number(epoch.at(3)),
                                          .validation_loss = read_number(epoch.at(4)),
                                          .validation_accuracy = read_number(epoch.at(5)),
                                          .seconds = read_number(epoch.at(6)),
                                          .images_per_second = read_number(epoch.at(7))});
        const EpochRecord& read = finished.score.history.back();
        for (const double known :
             {read.learning_rate, read.train_loss, read.train_accuracy, read.seconds, read.images_per_second})
            require(!std::isnan(known), "a number");
    }
    return finished;
}

ordered_json to_json(const JobFailed& failed) {
    ordered_json json = to_json(failed.by);
    json["reason"] = failed.reason;
    return json;
}

JobFailed read_failed(const ordered_json& json) {
    return {.by = read_claim(json), .reason = read_text(json.at("reason"), 64 * kMostNameBytes)};
}

ordered_json to_json(const JobReleased& released) {
    ordered_json json = to_json(released.by);
    json["lost"] = released.how == Release::kLost;
    return json;
}

JobReleased read_released(const ordered_json& json) {
    return {.by = read_claim(json), .how = read_flag(json.at("lost")) ? Release::kLost : Release::kUntouched};
}

ordered_json to_json(const Decision& decision) {
    return {{"border", decision.border},
            {"spent", number_json(decision.spent)},
            {"expected", number_json(decision.expected)},
            {"decided", decision.decided},
            {"rounds", decision.rounds},
            {"confirm", decision.confirm},
            {"confirm_seeds", decision.confirm_seeds},
            {"final_seeds", decision.final_seeds},
            {"curves", decision.curves}};
}

std::vector<std::size_t> read_counts(const ordered_json& json) {
    std::vector<std::size_t> counts;
    for (const ordered_json& count : list(json, kMostRounds))
        counts.push_back(static_cast<std::size_t>(read_integer(count, 0, kMostRounds)));
    return counts;
}

Decision read_decision(const ordered_json& json) {
    Decision decision{.border = static_cast<int>(read_integer(json.at("border"), 0, std::numeric_limits<int>::max())),
                      .spent = read_number(json.at("spent")),
                      .expected = read_number(json.at("expected")),
                      .decided = read_counts(json.at("decided")),
                      .rounds = read_counts(json.at("rounds")),
                      .confirm = static_cast<int>(read_integer(json.at("confirm"), 0, kMostConfirmed)),
                      .confirm_seeds = static_cast<int>(read_integer(json.at("confirm_seeds"), 0, kMostConfirmed)),
                      .final_seeds = static_cast<int>(read_integer(json.at("final_seeds"), 0, kMostFinalSeeds)),
                      .curves = read_flag(json.at("curves"))};
    require(std::isfinite(decision.spent) && std::isfinite(decision.expected), "seconds");
    return decision;
}

JournalFact read_fact(std::size_t kind, const ordered_json& json) {
    switch (kind) {
        case 0:
            return read_study(json);
        case 1:
            return read_wanted(json);
        case 2:
            return read_taken(json);
        case 3:
            return read_finished(json);
        case 4:
            return read_failed(json);
        case 5:
            return read_released(json);
        default:
            return read_decision(json);
    }
}

JournalEntry read_entry(const ordered_json& json) {
    require(json.is_object(), "an object");
    JournalEntry entry{.after = read_hash(json.at("after")),
                       .writer = read_text(json.at("writer"), kMostNameBytes),
                       .date = read_integer(json.at("date"), 0, kMostDate),
                       .fact = {}};
    for (std::size_t kind = 0; kind < kFactNames.size(); ++kind)
        if (json.contains(kFactNames.at(kind))) {
            entry.fact = read_fact(kind, json.at(kFactNames.at(kind)));
            return entry;
        }
    throw Unexpected("study, want, take, finish, fail, release or decide");
}

}  // namespace

std::string to_json_text(const JournalEntry& entry) {
    ordered_json json = {{"after", entry.after}, {"writer", entry.writer}, {"date", entry.date}};
    json[kFactNames.at(entry.fact.index())] = std::visit([](const auto& fact) { return to_json(fact); }, entry.fact);
    return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

JournalEntry parse_journal_entry(const std::string& text, const std::string& source) {
    const auto refused = [&](const std::string& why) {
        return bad_data(
            "{}: no entry of a study's journal ({}); the shared folder must be one file system that all workers see, "
            "not copies of it",
            source, why);
    };
    try {
        require(text.size() <= kMostEntryBytes, "a shorter one");
        return read_entry(ordered_json::parse(text));
    } catch (const ordered_json::exception& error) {
        std::string why = error.what();
        std::replace_if(
            why.begin(), why.end(), [](unsigned char c) { return c < ' '; }, ' ');
        throw refused(why.substr(0, 200));
    } catch (const Unexpected& error) {
        throw refused(std::string("expected ") + error.what());
    }
}

}  // namespace inkling
