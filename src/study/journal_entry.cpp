#include "study/journal_entry.h"

#include <array>
#include <cmath>

#include "core/error.h"
#include "core/path_text.h"
#include "core/printable.h"
#include "study/job_json.h"
#include "study/journal.h"

namespace inkling {
namespace {

constexpr int kFormat = 1;
constexpr std::int64_t kMostDate = std::int64_t{1} << 40;
constexpr std::int64_t kMostNumber = std::int64_t{1} << 40;
constexpr std::size_t kMostNameBytes = 1024;
constexpr std::size_t kMostFiles = 1000;

/// What an entry's fact is called, in JournalFact's order.
constexpr std::array kFactNames{"study", "want", "take", "finish", "fail", "release", "decide"};

/// Empty, or a SHA-256.
std::string as_hash(const Json& value, const char* what) {
    std::string hash = as_text(value, what);
    if (!hash.empty() && (hash.size() != 64 || hash.find_first_not_of("0123456789abcdef") != std::string::npos))
        throw BadValue(fmt::format("{} is no SHA-256", what));
    return hash;
}

Json to_json(const JobClaim& claim) { return {{"job", claim.job}, {"claim", claim.claim}}; }

JobClaim read_claim(const Json& json) {
    return {.job = integer_in(json, "job", 1, kMostNumber), .claim = text_in(json, "claim", kMostNameBytes)};
}

Json to_json(const StudyBegun& begun) {
    const StudyRecord& record = begun.record;
    Json files = Json::array();
    for (const DataFile& file : record.files) files.push_back({file.name, file.sha256});
    Json json = {{"format", kFormat},
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

PrecisionChoice read_precision(const Json& object) {
    const std::string name = text_in(object, "automatic_precision");
    for (const auto choice : {PrecisionChoice::kFp32, PrecisionChoice::kBf16, PrecisionChoice::kAuto})
        if (name == precision_name(choice)) return choice;
    throw BadValue("automatic_precision is not fp32, bf16 or auto");
}

StudyBegun read_study(const Json& json) {
    if (field_in(json, "format") != kFormat) throw BadValue("it is of another version of the program");
    StudyRecord record{.recipe = text_in(json, "recipe"),
                       .budget = text_in(json, "budget", kMostNameBytes),
                       .split = text_in(json, "split", kMostNameBytes),
                       .files = {},
                       .threads = static_cast<int>(integer_in(json, "threads", 1, 1024)),
                       .needs = {.automatic = read_precision(json), .bfloat16 = flag_in(json, "trains_bf16")}};
    for (const Json& file : list_in(json, "files", kMostFiles)) {
        check_row(file, "a file", 2);
        record.files.push_back({as_text(file[0], "a file", kMostNameBytes), as_hash(file[1], "a file")});
    }
    if (json.contains("orientation")) {
        record.stored = find_orientation(text_in(json, "orientation"));
        if (!record.stored) throw BadValue("orientation is neither upright nor transposed");
    }
    if (json.contains("asked")) {
        record.asked = text_in(json, "asked");
        record.seconds = number_in(json, "seconds");
        if (!(record.seconds > 0) || !std::isfinite(record.seconds)) throw BadValue("seconds are not above 0");
    }
    return {.record = std::move(record),
            .origin = {.data = path_from_text(text_in(json, "data")),
                       .environment = read_environment(field_in(json, "environment")),
                       .begun = text_in(json, "begun", kMostNameBytes)}};
}

Json to_json(const JobsWanted& wanted) {
    Json jobs = Json::array();
    for (const Job& job : wanted.jobs) jobs.push_back(to_json(job));
    return {{"jobs", jobs}};
}

JobsWanted read_wanted(const Json& json) {
    JobsWanted wanted;
    for (const Json& job : list_in(json, "jobs")) wanted.jobs.push_back(read_job(job));
    return wanted;
}

Json to_json(const JobTaken& taken) {
    Json json = taken.taken ? to_json(*taken.taken) : Json::object();
    for (const JobClaim& lost : taken.lost) json["lost"].push_back(to_json(lost));
    return json;
}

JobTaken read_taken(const Json& json) {
    JobTaken taken;
    if (json.contains("job")) taken.taken = read_claim(json);
    if (json.contains("lost"))
        for (const Json& lost : list_in(json, "lost")) taken.lost.push_back(read_claim(lost));
    return taken;
}

Json to_json(const JobFinished& finished) {
    Json json = to_json(finished.by);
    json.update(to_json(finished.score));
    if (!finished.run.empty()) json["run"] = finished.run;
    return json;
}

JobFinished read_finished(const Json& json) {
    return {.by = read_claim(json),
            .score = read_score(json),
            .run = json.contains("run") ? as_hash(field_in(json, "run"), "run") : std::string()};
}

Json to_json(const JobFailed& failed) {
    Json json = to_json(failed.by);
    json["reason"] = failed.reason;
    return json;
}

JobFailed read_failed(const Json& json) {
    return {.by = read_claim(json), .reason = text_in(json, "reason", 64 * kMostNameBytes)};
}

Json to_json(const JobReleased& released) {
    Json json = to_json(released.by);
    json["lost"] = released.how == Release::kLost;
    return json;
}

JobReleased read_released(const Json& json) {
    return {.by = read_claim(json), .how = flag_in(json, "lost") ? Release::kLost : Release::kUntouched};
}

JournalFact read_fact(std::size_t kind, const Json& json) {
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

JournalEntry read_entry(const Json& json) {
    JournalEntry entry{.after = as_hash(field_in(json, "after"), "after"),
                       .writer = text_in(json, "writer", kMostNameBytes),
                       .date = integer_in(json, "date", 0, kMostDate),
                       .fact = {}};
    for (std::size_t kind = 0; kind < kFactNames.size(); ++kind)
        if (json.contains(kFactNames.at(kind))) {
            entry.fact = read_fact(kind, json.at(kFactNames.at(kind)));
            return entry;
        }
    throw BadValue("it has no study, want, take, finish, fail, release or decide");
}

}  // namespace

std::string to_json_text(const JournalEntry& entry) {
    Json json = {{"after", entry.after}, {"writer", entry.writer}, {"date", entry.date}};
    json[kFactNames.at(entry.fact.index())] = std::visit([](const auto& fact) { return to_json(fact); }, entry.fact);
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

JournalEntry parse_journal_entry(const std::string& text, const std::string& source) {
    const auto refused = [&](const std::string& why) {
        return bad_data(
            "{}: no entry of a study's journal ({}); the shared folder must be one file system that all workers see, "
            "not copies of it",
            source, why);
    };
    try {
        if (text.size() > kMostEntryBytes) throw BadValue(fmt::format("it has more than {} bytes", kMostEntryBytes));
        return read_entry(Json::parse(text));
    } catch (const Json::exception& error) {
        throw refused(printable(error.what()));
    } catch (const BadValue& error) {
        throw refused(error.what());
    }
}

}  // namespace inkling
