#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>

#include "study/claim_watch.h"
#include "study/planner.h"
#include "study/remote_job_store.h"
#include "study/study.h"

namespace inkling {

/// How a study stands, which every answer tells.
enum class StudyState : char {
    kRuns,
    kOver,    // nothing more will come
    kStopped  // all are to stop
};

/// What a worker of a study got to its request.
struct ServerAnswer {
    StudyState state = StudyState::kRuns;
    std::string answer;  // see RemoteJobStore
};
std::string to_bytes(const ServerAnswer& answer);
/// Throws Error (failed) where the bytes are none.
ServerAnswer parse_server_answer(std::string bytes);

/// Answers for the store of a study and plans it, for all its workers, wherever they are. One thread calls it. A claim
/// is answered when everything that had ended before it was planned with, so that what matters most is given out first;
/// where there is nothing to do it waits until there is, kPatience at most.
class StudyServer {
  public:
    using Reply = std::function<void(const ServerAnswer& answer)>;
    static constexpr std::chrono::seconds kPatience{5};

    /// Writes the packed run of a training where this process keeps the study's runs.
    using KeepRun = std::function<void(const Job& job, const std::string& packed)>;

    /// All must outlive it. `seconds` as in StudyRunOptions; `on_progress`, if any, is called after each plan.
    StudyServer(JobStore& store, const StudyRecipe& study, double seconds,
                std::function<void(const StudyProgress&)> on_progress, KeepRun keep_run, Clock clock = awake_time);

    /// Does what a RemoteJobStore asks; replies now or, to a claim, in a later work().
    void take(const std::string& request, Reply reply);

    /// Plans where something has ended, then gives out what there is. To be called after what was taken, and now and
    /// then, for a claim of another process may fall.
    void work();

    /// From now on, all are told to stop and nothing is given out, unless the study is over.
    void stop();

    StudyState state() const { return state_; }

  private:
    struct Waiting {
        std::string request;
        Reply reply;
        std::chrono::nanoseconds since;
    };

    void plan();
    void give_out();
    void reply_with_nothing(const Waiting& waiting);

    JobStore& store_;
    Planner planner_;
    std::function<void(const StudyProgress&)> on_progress_;
    KeepRun keep_run_;
    Clock clock_;
    StudyState state_ = StudyState::kRuns;
    bool plan_due_ = true;
    bool changed_ = true;  // something may be given out that was not there before
    std::int64_t ended_ = 0;
    std::chrono::nanoseconds looked_{};
    std::deque<Waiting> waiting_;        // in the order in which they came
    std::map<std::int64_t, Job> given_;  // trainings that were given out and have not ended
    std::string last_;                   // name of the training that has ended last
};

}  // namespace inkling
