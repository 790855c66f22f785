#include "study/study_server.h"

#include <gtest/gtest.h>

#include <optional>

#include "memory_job_store.h"
#include "planted.h"
#include "refusal.h"
#include "study/owner.h"

namespace inkling {
namespace {

/// A server of a study of one round over three options in two folds, and workers that wait for their answers.
class StudyServerTest : public testing::Test {
  protected:
    /// What a worker's claim comes to, in time.
    struct Claim {
        std::string name;
        std::optional<ServerAnswer> answer = {};
        std::optional<StoredJob> job = {};
    };

    std::shared_ptr<Claim> claim() {
        auto claim = std::make_shared<Claim>(Claim{.name = new_claim()});
        std::string request;
        RemoteJobStore asking([&](const std::string& asked) {
            request = asked;
            return nothing_to_claim();
        });
        asking.claim(claim->name);
        server_.take(request, [claim](const ServerAnswer& answer) {
            claim->answer = answer;
            claim->job = RemoteJobStore([&](const std::string&) { return answer.answer; }).claim(claim->name);
        });
        return claim;
    }

    RemoteJobStore asking() {
        return RemoteJobStore([&](const std::string& request) {
            std::string answer;
            server_.take(request, [&](const ServerAnswer& given) { answer = given.answer; });
            return answer;
        });
    }

    bool finish(const Claim& claim) {
        return asking().finish(claim.job.value().id, claim.name, {.accuracy = 0.5, .loss = 1});
    }

    std::chrono::nanoseconds time_ = std::chrono::hours(1);
    StudyRecipe study_ = planted_study({choice("activation", "network.activation", {"relu", "elu", "tanh"})}, 2);
    std::shared_ptr<MemoryJobStore::Shelf> shelf_ = std::make_shared<MemoryJobStore::Shelf>();
    MemoryJobStore store_{shelf_};
    std::vector<std::string> last_;                  // of each plan
    std::vector<std::pair<Job, std::string>> runs_;  // that it kept
    StudyServer server_{store_,
                        study_,
                        0,
                        [this](const StudyProgress& progress) { last_.push_back(progress.last); },
                        [this](const Job& job, const std::string& packed) { runs_.emplace_back(job, packed); },
                        [this] { return time_; }};
};

TEST_F(StudyServerTest, AnswersAClaimWhenItHasPlanned) {
    const auto first = claim();
    EXPECT_FALSE(first->answer);
    server_.work();
    ASSERT_TRUE(first->job);
    EXPECT_EQ(first->job->job.role, Role::kFold);
    EXPECT_EQ(first->answer->state, StudyState::kRuns);
    EXPECT_TRUE(finish(*first));
    EXPECT_FALSE(finish(*first)) << "the claim has ended";
    server_.work();
    EXPECT_EQ(last_, (std::vector<std::string>{"", "mlp fold 1"}));
}

TEST_F(StudyServerTest, KeepsARunWhileItsClaimHolds) {
    const auto first = claim();
    server_.work();
    const std::int64_t job = first->job.value().id;
    EXPECT_TRUE(asking().send_run(job, first->name, std::string("a\0b", 3)));
    EXPECT_FALSE(asking().send_run(job, "another", "of another"));
    EXPECT_TRUE(finish(*first));
    EXPECT_FALSE(asking().send_run(job, first->name, "late"));
    ASSERT_EQ(runs_.size(), 1u);
    EXPECT_EQ(runs_[0].first.key, first->job->job.key);
    EXPECT_EQ(runs_[0].second, std::string("a\0b", 3));
}

TEST_F(StudyServerTest, LetsWhoHasNothingToDoWaitForWhatAnothersEndBrings) {
    std::vector<std::shared_ptr<Claim>> busy;
    do {
        busy.push_back(claim());
        server_.work();
        ASSERT_LT(busy.size(), 100u);
    } while (busy.back()->answer);
    const auto waiting = busy.back();
    busy.pop_back();
    // A fold ends the exploration's first part at the latest when all have.
    for (const auto& one : busy) {
        EXPECT_TRUE(finish(*one));
        server_.work();
    }
    ASSERT_TRUE(waiting->answer);
    EXPECT_TRUE(waiting->job) << "what is trained at the end";
}

TEST_F(StudyServerTest, LetsNobodyWaitForLong) {
    for (int i = 0; i < 100; ++i) claim();
    const auto last = claim();
    server_.work();
    EXPECT_FALSE(last->answer);
    time_ += StudyServer::kPatience;
    server_.work();
    ASSERT_TRUE(last->answer);
    EXPECT_FALSE(last->job);
    EXPECT_EQ(last->answer->state, StudyState::kRuns);
}

TEST_F(StudyServerTest, IsOverWhenAllIsTrained) {
    for (int trainings = 0; trainings < 1000 && server_.state() == StudyState::kRuns; ++trainings) {
        const auto one = claim();
        server_.work();
        if (one->job) finish(*one);
    }
    EXPECT_EQ(server_.state(), StudyState::kOver);
    const JobCounts counts = store_.counts();
    EXPECT_EQ(counts.pending + counts.running + counts.failed, 0);
    const auto late = claim();
    server_.work();
    EXPECT_EQ(late->answer.value().state, StudyState::kOver);
    server_.stop();
    EXPECT_EQ(server_.state(), StudyState::kOver) << "there is nothing to stop";
}

TEST_F(StudyServerTest, TellsAllToStop) {
    const auto first = claim();
    server_.work();
    const auto second = claim();
    server_.stop();
    server_.work();
    EXPECT_EQ(second->answer.value().state, StudyState::kStopped);
    EXPECT_FALSE(second->job);
    EXPECT_TRUE(finish(*first)) << "what is done is kept";
}

TEST(ServerAnswer, IsReadBackOrRefused) {
    const ServerAnswer read = parse_server_answer(to_bytes(ServerAnswer{StudyState::kOver, "text"}));
    EXPECT_EQ(read.state, StudyState::kOver);
    EXPECT_EQ(read.answer, "text");
    for (const char* bytes : {"", "\x03", "\xff"})
        EXPECT_TRUE(contains(refusal_with(ExitStatus::kFailed, [&] { parse_server_answer(bytes); }), "is damaged"));
}

}  // namespace
}  // namespace inkling
