#include "study/study_server.h"

#include "core/error.h"
#include "study/job_messages.h"

namespace inkling {
namespace {

constexpr std::chrono::seconds kLookEvery{1};  // for claims that fell

}  // namespace

std::string to_bytes(const ServerAnswer& answer) { return static_cast<char>(answer.state) + answer.answer; }

ServerAnswer parse_server_answer(std::string bytes) {
    if (bytes.empty() || bytes[0] < 0 || bytes[0] > static_cast<char>(StudyState::kStopped))
        throw failed("an answer of the study is damaged; start the same program everywhere");
    const auto state = static_cast<StudyState>(bytes[0]);
    return {.state = state, .answer = bytes.substr(1)};
}

StudyServer::StudyServer(JobStore& store, const StudyRecipe& study, double seconds,
                         std::function<void(const StudyProgress&)> on_progress, KeepRun keep_run, Clock clock)
    : store_(store),
      planner_(study, seconds),
      on_progress_(std::move(on_progress)),
      keep_run_(std::move(keep_run)),
      clock_(std::move(clock)) {}

void StudyServer::take(const std::string& request, Reply reply) {
    if (is_claim(request)) {
        waiting_.push_back({.request = request, .reply = std::move(reply), .since = clock_()});
        changed_ = true;
        return;
    }
    ServedRequest served = serve(store_, request, [this](std::int64_t job, const std::string& packed) {
        const auto given = given_.find(job);
        if (given == given_.end()) throw failed("a run of training {}, which was given to nobody", job);
        keep_run_(given->second, packed);
    });
    if (served.kind == ServedRequest::Kind::kEnded) {
        plan_due_ = true;
        if (const auto given = given_.find(served.job); given != given_.end()) {
            last_ = training_name(planner_.study(), given->second);
            given_.erase(given);
        }
    }
    if (served.kind == ServedRequest::Kind::kReleased) changed_ = true;
    reply({.state = state_, .answer = std::move(served.answer)});
}

void StudyServer::work() {
    if (state_ == StudyState::kRuns && clock_() - looked_ >= kLookEvery) {
        looked_ = clock_();
        changed_ = true;
        const JobCounts counts = store_.counts();
        if (counts.finished + counts.failed != ended_) plan_due_ = true;
    }
    if (state_ == StudyState::kRuns && plan_due_) plan();
    if (changed_) give_out();
    while (!waiting_.empty() && clock_() - waiting_.front().since >= kPatience) {
        reply_with_nothing(waiting_.front());
        waiting_.pop_front();
    }
}

void StudyServer::plan() {
    plan_due_ = false;
    const Plan plan = planner_.plan(store_);
    changed_ = true;
    const JobCounts left = store_.counts();
    ended_ = left.finished + left.failed;
    if (left.pending + left.running == 0) state_ = StudyState::kOver;
    if (on_progress_)
        on_progress_({.study = planner_.study(),
                      .paths = plan.paths,
                      .tallies = plan.tallies,
                      .last = last_,
                      .decision = plan.decision});
}

/// Where one gets nothing, nobody behind it would.
void StudyServer::give_out() {
    changed_ = false;
    while (!waiting_.empty()) {
        Waiting& first = waiting_.front();
        if (state_ != StudyState::kRuns) {
            reply_with_nothing(first);
        } else {
            ServedRequest served = serve(store_, first.request);
            if (!served.claimed) return;
            given_.insert_or_assign(served.claimed->id, served.claimed->job);
            first.reply({.state = state_, .answer = std::move(served.answer)});
        }
        waiting_.pop_front();
    }
}

void StudyServer::reply_with_nothing(const Waiting& waiting) {
    waiting.reply({.state = state_, .answer = nothing_to_claim()});
}

void StudyServer::stop() {
    if (state_ != StudyState::kRuns) return;
    state_ = StudyState::kStopped;
    changed_ = true;
}

}  // namespace inkling
