#include "study/remote_job_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "core/random.h"
#include "mutations.h"
#include "planted_jobs.h"
#include "refusal.h"
#include "study/job_messages.h"

namespace inkling {
namespace {

/// A request of each kind, and its answer.
struct Exchange {
    std::string request;
    std::string answer;
};

std::vector<Exchange> all_exchanges() {
    const std::shared_ptr<JobStore> served = some_store();
    std::vector<Exchange> exchanges;
    RemoteJobStore store([&](const std::string& request) {
        exchanges.push_back({request, serve(*served, request, [](std::int64_t, const std::string&) {}).answer});
        return exchanges.back().answer;
    });
    const Job job = job_of("c", 2, Role::kConfirm);
    store.want({&job, 1});
    store.renew(1, "me");
    store.claim("you");
    store.claim("they");
    store.claim("nobody");
    store.send_run(1, "me", "a run");
    store.finish(1, "me", {.accuracy = 0.5, .loss = 1, .history = two_epochs()});
    store.fail(2, "you", "diverged");
    store.release(3, "they", Release::kUntouched);
    store.scores_since(0);
    store.counts();
    store.tallies();
    store.ended();
    store.decide({.border = 1, .decided = {1, 2}, .rounds = {3, 4}, .confirm = 2, .final_seeds = 3});
    store.last_decision();
    return exchanges;
}

std::string mutated(const std::string& message, RandomStream& random) {
    const auto bytes = std::as_bytes(std::span(message));
    Bytes file(bytes.begin(), bytes.end());
    mutate(file, random);
    return {reinterpret_cast<const char*>(file.data()), file.size()};
}

TEST(RemoteJobStore, CarriesNumbersToTheBit) {
    JobScore score{.accuracy = 1.0 / 3, .loss = std::nan(""), .history = two_epochs()};
    score.history[0].learning_rate = std::numeric_limits<double>::denorm_min();
    score.history[1].train_loss = std::numeric_limits<double>::infinity();
    const JobScore read = read_score(from_bytes(to_bytes(to_json(score))));
    EXPECT_EQ(read.accuracy, score.accuracy);
    EXPECT_TRUE(std::isnan(read.loss));
    EXPECT_EQ(history_csv(read.history), history_csv(score.history));
    EXPECT_EQ(read.history[0].learning_rate, score.history[0].learning_rate);
    EXPECT_EQ(read.history[1].train_loss, score.history[1].train_loss);
    Job job = job_of("a", 999);
    job.seed = std::numeric_limits<std::uint64_t>::max();
    job.candidate.overrides.emplace_back("not \xff UTF-8");
    const Job read_back = read_job(from_bytes(to_bytes(to_json(job))));
    EXPECT_EQ(read_back.seed, job.seed);
    EXPECT_EQ(read_back.candidate.overrides, job.candidate.overrides);
}

TEST(RemoteJobStore, RefusesWhatNoStoreMayHave) {
    const std::shared_ptr<JobStore> store = some_store();
    const auto refused = [&](const Json& request) {
        return refusal_with(ExitStatus::kFailed, [&] { serve(*store, to_bytes(request)); });
    };
    EXPECT_TRUE(contains(refused({{"call", "drop"}}), "asks for 'drop', which no store does"));
    EXPECT_TRUE(contains(refused({{"call", "send_run"}, {"job", 1}, {"claim", "me"}, {"run", Json::binary({1})}}),
                         "asks for 'send_run'"))
        << "nobody keeps runs";
    EXPECT_TRUE(contains(refused({{"call", "a\nb"}}), "asks for 'a\\x0ab', which no store does"));
    EXPECT_TRUE(contains(refused({{"call", "renew"}, {"job", -1}, {"claim", "me"}}), "job is no whole number from 0"));
    EXPECT_TRUE(contains(refused({{"call", "renew"}, {"job", 1}}), "it has no claim"));
    EXPECT_TRUE(contains(refused(Json::array()), "it has no call"));
    Job job = job_of("a", 0);
    job.family = "../elsewhere";
    EXPECT_TRUE(contains(refused({{"call", "want"}, {"jobs", {to_json(job)}}}), "family is none"));
    std::string deep(100'000, '\x91');  // lists of one list each
    EXPECT_TRUE(contains(refusal_with(ExitStatus::kFailed, [&] { serve(*store, deep); }), "damaged"));
    EXPECT_EQ(store->counts().pending, 1);
    EXPECT_EQ(store->counts().running, 1);
}

TEST(RemoteJobStore, RefusesMutatedRequestsAndAnswersOrTakesThem) {
    const std::vector<Exchange> exchanges = all_exchanges();
    RandomStream random(1, Purpose::kPictures, 0, 0);
    int refused = 0;
    for (int i = 0; i < mutated_files(); ++i) {
        const Exchange& exchange = exchanges[static_cast<std::size_t>(i) % exchanges.size()];
        const std::string request = mutated(exchange.request, random);
        const std::string answer = mutated(exchange.answer, random);
        const std::unique_ptr<JobStore> store = some_store();
        try {
            serve(*store, request);
        } catch (const Error& error) {
            EXPECT_EQ(error.status(), ExitStatus::kFailed) << error.what();
            ++refused;
        } catch (const std::out_of_range&) {
            // The twin in memory does not know every job's number; SQLite answers that nothing is held.
        }
        RemoteJobStore remote([&](const std::string&) { return answer; });
        const std::function<void()> calls[] = {[&] { remote.claim("me"); },    [&] { remote.renew(1, "me"); },
                                               [&] { remote.counts(); },       [&] { remote.tallies(); },
                                               [&] { remote.ended(); },        [&] { remote.last_decision(); },
                                               [&] { remote.scores_since(0); }};
        for (const auto& call : calls) try {
                call();
            } catch (const Error& error) {
                EXPECT_EQ(error.status(), ExitStatus::kFailed) << error.what();
            }
    }
    EXPECT_GT(refused, mutated_files() / 4);
    EXPECT_LT(refused, mutated_files());
}

}  // namespace
}  // namespace inkling
