#include "study/remote_job_store.h"

#include <limits>
#include <map>

#include "core/error.h"
#include "core/printable.h"
#include "study/job_messages.h"

namespace inkling {
namespace {

using Kind = ServedRequest::Kind;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

std::int64_t job_in(const Json& arguments) { return integer_in(arguments, "job", 0, kMost); }
std::string claim_in(const Json& arguments) { return text_in(arguments, "claim"); }

/// What `read` makes of the answer.
template <class Read>
auto ask(const AskStore& ask_store, const char* call, Json arguments, Read&& read) {
    arguments["call"] = call;
    const std::string answer = ask_store(to_bytes(arguments));
    return read_message([&] { return read(from_bytes(answer)); });
}

bool ask_whether(const AskStore& ask_store, const char* call, Json arguments) {
    return ask(ask_store, call, std::move(arguments), [](const Json& answer) { return flag_in(answer, "held"); });
}

/// What is done where a call changes a claim.
struct Change {
    Kind kind;
    bool (*make)(JobStore& store, std::int64_t job, const std::string& claim, const Json& arguments);
};

const std::map<std::string, Change>& changes() {
    static const std::map<std::string, Change> all = {
        {"renew",
         {Kind::kOther, [](JobStore& store, std::int64_t job, const std::string& claim,
                           const Json&) { return store.renew(job, claim); }}},
        {"finish",
         {Kind::kEnded,
          [](JobStore& store, std::int64_t job, const std::string& claim, const Json& arguments) {
              return store.finish(job, claim, read_score(field_in(arguments, "score")));
          }}},
        {"fail",
         {Kind::kEnded, [](JobStore& store, std::int64_t job, const std::string& claim,
                           const Json& arguments) { return store.fail(job, claim, text_in(arguments, "reason")); }}},
        {"release",
         {Kind::kReleased, [](JobStore& store, std::int64_t job, const std::string& claim, const Json& arguments) {
              return store.release(job, claim, flag_in(arguments, "lost") ? Release::kLost : Release::kUntouched);
          }}}};
    return all;
}

const std::map<std::string, Json (*)(JobStore& store, const Json& arguments)>& questions() {
    static const std::map<std::string, Json (*)(JobStore&, const Json&)> all = {
        {"want",
         [](JobStore& store, const Json& arguments) {
             store.want(read_all(arguments, "jobs", read_job));
             return Json::object();
         }},
        {"scores_since",
         [](JobStore& store, const Json& arguments) {
             return to_json(store.scores_since(integer_in(arguments, "mark", 0, kMost)));
         }},
        {"counts", [](JobStore& store, const Json&) { return to_json(store.counts()); }},
        {"tallies",
         [](JobStore& store, const Json&) {
             Json tallies = Json::object();
             for (const auto& [family, tally] : store.tallies()) tallies[family] = to_json(tally);
             return tallies;
         }},
        {"ended",
         [](JobStore& store, const Json&) {
             return Json{{"trainings", list_of(store.ended())}};
         }},
        {"decide",
         [](JobStore& store, const Json& arguments) {
             return to_json(store.decide(read_decision(field_in(arguments, "decision"))));
         }},
        {"last_decision",
         [](JobStore& store, const Json&) {
             return Json{{"decision", to_json(store.last_decision())}};
         }},
    };
    return all;
}

}  // namespace

void RemoteJobStore::want(std::span<const Job> jobs) {
    ask(ask_, "want", {{"jobs", list_of(jobs)}}, [](const Json&) {});
}

std::optional<StoredJob> RemoteJobStore::claim(const std::string& claim) {
    return ask(ask_, "claim", {{"claim", claim}},
               [](const Json& answer) { return read_optional(field_in(answer, "job"), read_stored_job); });
}

bool RemoteJobStore::renew(std::int64_t job, const std::string& claim) {
    return ask_whether(ask_, "renew", {{"job", job}, {"claim", claim}});
}

bool RemoteJobStore::finish(std::int64_t job, const std::string& claim, const JobScore& score) {
    return ask_whether(ask_, "finish", {{"job", job}, {"claim", claim}, {"score", to_json(score)}});
}

bool RemoteJobStore::fail(std::int64_t job, const std::string& claim, const std::string& reason) {
    return ask_whether(ask_, "fail", {{"job", job}, {"claim", claim}, {"reason", reason}});
}

bool RemoteJobStore::release(std::int64_t job, const std::string& claim, Release how) {
    return ask_whether(ask_, "release", {{"job", job}, {"claim", claim}, {"lost", how == Release::kLost}});
}

NewScores RemoteJobStore::scores_since(std::int64_t mark) {
    return ask(ask_, "scores_since", {{"mark", mark}}, read_new_scores);
}

JobCounts RemoteJobStore::counts() { return ask(ask_, "counts", Json::object(), read_counts); }

std::map<std::string, FamilyTally> RemoteJobStore::tallies() {
    return ask(ask_, "tallies", Json::object(), [](const Json& answer) {
        std::map<std::string, FamilyTally> tallies;
        for (const auto& [family, tally] : answer.items()) tallies[family] = read_tally(tally);
        return tallies;
    });
}

std::vector<EndedTraining> RemoteJobStore::ended() {
    return ask(ask_, "ended", Json::object(),
               [](const Json& answer) { return read_all(answer, "trainings", read_ended); });
}

Decision RemoteJobStore::decide(const Decision& decision) {
    return ask(ask_, "decide", {{"decision", to_json(decision)}}, read_decision);
}

std::optional<Decision> RemoteJobStore::last_decision() {
    return ask(ask_, "last_decision", Json::object(),
               [](const Json& answer) { return read_optional(field_in(answer, "decision"), read_decision); });
}

bool RemoteJobStore::send_run(std::int64_t job, const std::string& claim, const std::string& packed) {
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(packed.data());
    return ask_whether(ask_, "send_run",
                       {{"job", job}, {"claim", claim}, {"run", Json::binary({bytes, bytes + packed.size()})}});
}

bool is_claim(const std::string& request) {
    return read_message([&] { return text_in(from_bytes(request), "call") == "claim"; });
}

std::string nothing_to_claim() { return to_bytes({{"job", nullptr}}); }

namespace {

ServedRequest serve_run(JobStore& store, const Json& arguments, const KeepPackedRun& keep_run) {
    const Json& run = field_in(arguments, "run");
    if (!run.is_binary()) throw BadValue("run is no bytes");
    const auto bytes = std::span(run.get_binary());
    const std::int64_t job = job_in(arguments);
    const bool held = store.renew(job, claim_in(arguments));
    if (held) keep_run(job, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    return {.answer = to_bytes({{"held", held}})};
}

ServedRequest serve_checked(JobStore& store, const Json& arguments, const KeepPackedRun& keep_run) {
    const std::string call = text_in(arguments, "call");
    if (call == "claim") {
        const std::optional<StoredJob> job = store.claim(claim_in(arguments));
        return {.answer = to_bytes({{"job", to_json(job)}}), .claimed = job};
    }
    if (call == "send_run" && keep_run) return serve_run(store, arguments, keep_run);
    if (const auto change = changes().find(call); change != changes().end()) {
        const std::int64_t job = job_in(arguments);
        const bool held = change->second.make(store, job, claim_in(arguments), arguments);
        return {.kind = held ? change->second.kind : Kind::kOther, .answer = to_bytes({{"held", held}}), .job = job};
    }
    if (const auto question = questions().find(call); question != questions().end())
        return {.answer = to_bytes(question->second(store, arguments))};
    throw failed("a message of the study asks for '{}', which no store does; start the same program everywhere",
                 printable(call.substr(0, 32)));
}

}  // namespace

ServedRequest serve(JobStore& store, const std::string& request, const KeepPackedRun& keep_run) {
    return read_message([&] { return serve_checked(store, from_bytes(request), keep_run); });
}

}  // namespace inkling
