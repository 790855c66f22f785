#include "study/remote_job_store.h"

#include <limits>
#include <map>

#include "core/error.h"
#include "study/job_messages.h"

namespace inkling {
namespace {

using nlohmann::json;
using Kind = ServedRequest::Kind;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

std::int64_t job_in(const json& arguments) { return read_integer(arguments, "job", 0, kMost); }
std::string claim_in(const json& arguments) { return read_text(arguments, "claim"); }

json ask(const AskStore& ask_store, const char* call, json arguments) {
    arguments["call"] = call;
    return from_bytes(ask_store(to_bytes(arguments)));
}

bool ask_whether(const AskStore& ask_store, const char* call, json arguments) {
    return read_flag(ask(ask_store, call, std::move(arguments)), "held");
}

/// What is done where a call changes a claim.
struct Change {
    Kind kind;
    bool (*make)(JobStore& store, std::int64_t job, const std::string& claim, const json& arguments);
};

const std::map<std::string, Change>& changes() {
    static const std::map<std::string, Change> all = {
        {"renew",
         {Kind::kOther, [](JobStore& store, std::int64_t job, const std::string& claim,
                           const json&) { return store.renew(job, claim); }}},
        {"finish",
         {Kind::kEnded,
          [](JobStore& store, std::int64_t job, const std::string& claim, const json& arguments) {
              return store.finish(job, claim, read_score(read_field(arguments, "score")));
          }}},
        {"fail",
         {Kind::kEnded, [](JobStore& store, std::int64_t job, const std::string& claim,
                           const json& arguments) { return store.fail(job, claim, read_text(arguments, "reason")); }}},
        {"release",
         {Kind::kReleased, [](JobStore& store, std::int64_t job, const std::string& claim, const json& arguments) {
              return store.release(job, claim, read_flag(arguments, "lost") ? Release::kLost : Release::kUntouched);
          }}}};
    return all;
}

const std::map<std::string, json (*)(JobStore& store, const json& arguments)>& questions() {
    static const std::map<std::string, json (*)(JobStore&, const json&)> all = {
        {"want",
         [](JobStore& store, const json& arguments) {
             store.want(read_all(arguments, "jobs", read_job));
             return json::object();
         }},
        {"find_scores",
         [](JobStore& store, const json& arguments) {
             return json{{"scores", list_of(store.find_scores(read_all(arguments, "folds", read_fold_name)))}};
         }},
        {"counts", [](JobStore& store, const json&) { return message_of(store.counts()); }},
        {"tallies",
         [](JobStore& store, const json&) {
             json tallies = json::object();
             for (const auto& [family, tally] : store.tallies()) tallies[family] = message_of(tally);
             return tallies;
         }},
        {"ended",
         [](JobStore& store, const json&) {
             return json{{"trainings", list_of(store.ended())}};
         }},
        {"decide",
         [](JobStore& store, const json& arguments) {
             return message_of(store.decide(read_decision(read_field(arguments, "decision"))));
         }},
        {"last_decision",
         [](JobStore& store, const json&) {
             return json{{"decision", message_of(store.last_decision())}};
         }},
    };
    return all;
}

}  // namespace

void RemoteJobStore::want(std::span<const Job> jobs) { ask(ask_, "want", {{"jobs", list_of(jobs)}}); }

std::optional<StoredJob> RemoteJobStore::claim(const std::string& claim) {
    return read_optional(read_field(ask(ask_, "claim", {{"claim", claim}}), "job"), read_stored_job);
}

bool RemoteJobStore::renew(std::int64_t job, const std::string& claim) {
    return ask_whether(ask_, "renew", {{"job", job}, {"claim", claim}});
}

bool RemoteJobStore::finish(std::int64_t job, const std::string& claim, const JobScore& score) {
    return ask_whether(ask_, "finish", {{"job", job}, {"claim", claim}, {"score", message_of(score)}});
}

bool RemoteJobStore::fail(std::int64_t job, const std::string& claim, const std::string& reason) {
    return ask_whether(ask_, "fail", {{"job", job}, {"claim", claim}, {"reason", reason}});
}

bool RemoteJobStore::release(std::int64_t job, const std::string& claim, Release how) {
    return ask_whether(ask_, "release", {{"job", job}, {"claim", claim}, {"lost", how == Release::kLost}});
}

std::vector<std::optional<FoldScore>> RemoteJobStore::find_scores(std::span<const FoldName> folds) {
    auto scores = read_all(ask(ask_, "find_scores", {{"folds", list_of(folds)}}), "scores",
                           [](const json& score) { return read_optional(score, read_fold_score); });
    if (scores.size() != folds.size())
        throw failed("the study's owner gave {} scores for {}", scores.size(), folds.size());
    return scores;
}

JobCounts RemoteJobStore::counts() { return read_counts(ask(ask_, "counts", json::object())); }

std::map<std::string, FamilyTally> RemoteJobStore::tallies() {
    std::map<std::string, FamilyTally> tallies;
    const json answer = ask(ask_, "tallies", json::object());
    for (const auto& [family, tally] : answer.items()) tallies[family] = read_tally(tally);
    return tallies;
}

std::vector<EndedTraining> RemoteJobStore::ended() {
    return read_all(ask(ask_, "ended", json::object()), "trainings", read_ended);
}

Decision RemoteJobStore::decide(const Decision& decision) {
    return read_decision(ask(ask_, "decide", {{"decision", message_of(decision)}}));
}

std::optional<Decision> RemoteJobStore::last_decision() {
    return read_optional(read_field(ask(ask_, "last_decision", json::object()), "decision"), read_decision);
}

bool is_claim(const std::string& request) { return read_text(from_bytes(request), "call") == "claim"; }

std::string nothing_to_claim() { return to_bytes({{"job", nullptr}}); }

ServedRequest serve(JobStore& store, const std::string& request) {
    const json arguments = from_bytes(request);
    const std::string call = read_text(arguments, "call");
    if (call == "claim") {
        const std::optional<StoredJob> job = store.claim(claim_in(arguments));
        return {.answer = to_bytes({{"job", message_of(job)}}), .claimed = job};
    }
    if (const auto change = changes().find(call); change != changes().end()) {
        const std::int64_t job = job_in(arguments);
        const bool held = change->second.make(store, job, claim_in(arguments), arguments);
        return {.kind = held ? change->second.kind : Kind::kOther, .answer = to_bytes({{"held", held}}), .job = job};
    }
    if (const auto question = questions().find(call); question != questions().end())
        return {.answer = to_bytes(question->second(store, arguments))};
    throw failed("a message of the study asks for '{}', which no store does; start the same program everywhere",
                 call.substr(0, 32));
}

}  // namespace inkling
