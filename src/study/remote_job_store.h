#pragma once

#include <functional>
#include <string>

#include "study/job_store.h"
#include "study/shared_runs.h"

namespace inkling {

/// Carries a request to the process that owns the store, and brings its answer.
using AskStore = std::function<std::string(const std::string& request)>;

/// A store that another process owns. Requests and answers are MessagePack: a call's name with its arguments, and what
/// it returned. Calls throw Error (failed) where an answer is none of theirs, besides what `ask` throws.
class RemoteJobStore : public JobStore {
  public:
    explicit RemoteJobStore(AskStore ask) : ask_(std::move(ask)) {}

    void want(std::span<const Job> jobs) override;
    std::optional<StoredJob> claim(const std::string& claim) override;
    bool renew(std::int64_t job, const std::string& claim) override;
    bool finish(std::int64_t job, const std::string& claim, const JobScore& score) override;
    bool fail(std::int64_t job, const std::string& claim, const std::string& reason) override;
    bool release(std::int64_t job, const std::string& claim, Release how) override;
    NewScores scores_since(std::int64_t mark) override;
    JobCounts counts() override;
    std::map<std::string, FamilyTally> tallies() override;
    std::vector<EndedTraining> ended() override;
    Decision decide(const Decision& decision) override;
    std::optional<Decision> last_decision() override;

    /// Gives the owner the run that a training has left, packed; before finish(). Returns whether the claim still
    /// holds.
    bool send_run(std::int64_t job, const std::string& claim, const std::string& packed);

  private:
    AskStore ask_;
};

/// What a RemoteJobStore asked of a store, and what that said.
struct ServedRequest {
    enum class Kind {
        kEnded,  // finished or failed, where the claim held
        kReleased,
        kOther
    };
    Kind kind = Kind::kOther;
    std::string answer;
    std::optional<StoredJob> claimed = {};
    std::int64_t job = 0;  // of kEnded
};

/// Keeps the run, packed, of a training that was given out.
using KeepPackedRun = std::function<void(std::int64_t job, const std::string& packed)>;

/// Does in `store` what a RemoteJobStore asks, and keeps the runs that it sends. Throws Error (failed), before anything
/// is changed, where the bytes are no request of one.
ServedRequest serve(JobStore& store, const std::string& request, const KeepPackedRun& keep_run = {});

/// Whether a request, which may be damaged, is a claim; and the answer to one where there is nothing.
bool is_claim(const std::string& request);
std::string nothing_to_claim();

/// More bytes no request and no answer has.
inline constexpr std::size_t kMostMessage = kMostRunBytes + (std::size_t{1} << 26);

}  // namespace inkling
