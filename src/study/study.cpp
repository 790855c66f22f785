#include "study/study.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <new>
#include <thread>

#include "core/error.h"
#include "core/threads.h"
#include "study/owner.h"
#include "study/planner.h"

namespace inkling {
namespace {

constexpr auto kRenewEvery = kClaimLifetime / 6;
constexpr std::chrono::milliseconds kPoll{100};  // while other workers have what is left

/// Thrown through a training whose claim fell while this process was stopped.
class ClaimLost : public Error {
  public:
    explicit ClaimLost(const std::string& job)
        : Error(ExitStatus::kInterrupted, fmt::format("{}: another process trains this now", job)) {}
};

/// A claim of one of the workers.
struct HeldClaim {
    std::string name;
    std::chrono::nanoseconds renewed{};  // by StudyRunOptions::clock
    bool lost = false;
};

/// What the workers of one process share.
class Workers {
  public:
    /// Without `over`, the workers plan themselves.
    Workers(const OpenJobStore& open_store, const StudyRecipe& study, const TrainJob& train,
            const StudyRunOptions& options, std::function<bool()> over = {})
        : open_store_(open_store), study_(study), train_(train), options_(options), over_(std::move(over)) {}

    void run() {
        {
            const std::jthread heartbeat(
                [this](const std::stop_token& done) { guard([this, &done] { keep_claims(done); }); });
            std::vector<std::jthread> workers;
            workers.reserve(static_cast<std::size_t>(options_.workers));
            // Without a thread for each, those that began stop.
            guard([&] {
                for (int i = 0; i < options_.workers; ++i) workers.emplace_back([this] { guard([this] { work(); }); });
            });
            workers.clear();  // waits for all
        }
        if (error_) std::rethrow_exception(error_);
        if (stop_asked()) throw Error(ExitStatus::kInterrupted, "stopped; all finished trainings are kept");
    }

  private:
    bool stop_asked() const { return broken_ || (options_.stop && options_.stop()); }

    /// Keeps the first error for run() and lets the other workers stop.
    template <class Work>
    void guard(Work&& work) {
        try {
            work();
        } catch (...) {
            note([&] {
                if (!error_) error_ = std::current_exception();
            });
            broken_ = true;
        }
    }

    void work() {
        set_thread_count(options_.threads);
        start_threads();
        const std::unique_ptr<JobStore> store = open_store_();
        if (over_) {
            while (!stop_asked() && (do_next(*store) || !over_())) {
            }
            return;
        }
        Planner planner(study_, options_.seconds);
        std::int64_t known = -1;
        while (!stop_asked()) {
            const JobCounts counts = store->counts();
            if (counts.finished + counts.failed != known) {
                known = counts.finished + counts.failed;
                plan(planner, *store);
            }
            if (do_next(*store)) continue;
            const JobCounts left = store->counts();
            if (left.pending + left.running == 0 && left.finished + left.failed == known) return;
            std::this_thread::sleep_for(kPoll);
        }
    }

    /// Does a training, if there is one.
    bool do_next(JobStore& store) {
        const HeldClaim claim{.name = new_claim(), .renewed = options_.clock()};
        const std::optional<StoredJob> job = store.claim(claim.name);
        if (job) do_job(store, *job, claim);
        return job.has_value();
    }

    /// Works out what comes next and writes it down.
    void plan(Planner& planner, JobStore& store) {
        const Plan plan = planner.plan(store);
        if (!options_.on_progress) return;
        const std::lock_guard lock(mutex_);
        options_.on_progress({.study = planner.study(),
                              .paths = plan.paths,
                              .tallies = plan.tallies,
                              .last = last_,
                              .decision = plan.decision});
    }

    /// Renews the claims of all workers until `done`.
    void keep_claims(const std::stop_token& done) {
        const std::unique_ptr<JobStore> store = open_store_();
        while (true) {
            std::unique_lock lock(mutex_);
            if (wake_.wait_for(lock, done, kRenewEvery, [&] { return done.stop_requested(); })) return;
            const std::map<std::int64_t, HeldClaim> claims = claims_;
            lock.unlock();
            for (const auto& [job, claim] : claims) renew(*store, job, claim.name);
        }
    }

    /// Returns whether the claim still holds.
    bool renew(JobStore& store, std::int64_t job, const std::string& claim) {
        const auto now = options_.clock();
        const bool held = store.renew(job, claim);
        note([&] {
            const auto found = claims_.find(job);
            if (found != claims_.end() && found->second.name == claim)
                found->second = {.name = claim, .renewed = now, .lost = !held};
        });
        return held;
    }

    /// Asked after each step and before anything is written. A process that was stopped, or slept with its machine,
    /// goes on in the midst of a step and before its heartbeat.
    void check_claim(JobStore& store, const StoredJob& stored, const std::string& claim) {
        HeldClaim held;
        note([&] { held = claims_.at(stored.id); });
        if (options_.clock() - held.renewed > kClaimLifetime / 2) held.lost = !renew(store, stored.id, claim);
        if (held.lost) throw ClaimLost(training_name(study_, stored.job));
    }

    void do_job(JobStore& store, const StoredJob& stored, const HeldClaim& held) {
        const std::string& claim = held.name;
        note([&] { claims_[stored.id] = held; });
        try {
            store.finish(stored.id, claim, train_(stored.job, {.stop = [&] {
                                                      check_claim(store, stored, claim);
                                                      return stop_asked();
                                                  }}));
        } catch (const ClaimLost&) {
            // Who has it now ends it.
        } catch (const Diverged& error) {
            store.fail(stored.id, claim, error.what());
        } catch (const std::bad_alloc&) {
            lack_memory(store, stored, claim);
        } catch (const Error& error) {
            if (error.status() == ExitStatus::kUsage) {
                store.fail(stored.id, claim, error.what());
            } else {
                store.release(stored.id, claim, Release::kUntouched);
                if (error.status() != ExitStatus::kInterrupted) throw;
            }
        } catch (...) {
            store.release(stored.id, claim, Release::kUntouched);
            throw;
        }
        note([&] {
            claims_.erase(stored.id);
            last_ = training_name(study_, stored.job);
        });
    }

    /// Another machine may have the memory, and this one when less is trained at a time. What is trained on the whole
    /// training part waits for that.
    void lack_memory(JobStore& store, const StoredJob& stored, const std::string& claim) const {
        const bool is_fold = stored.job.role == Role::kFold;
        store.release(stored.id, claim, is_fold ? Release::kLost : Release::kUntouched);
        if (!is_fold)
            throw failed("{}: not enough memory to train it; go on with fewer --threads, or on another machine",
                         training_name(study_, stored.job));
    }

    /// Changes what the workers share.
    template <class Change>
    void note(Change&& change) {
        const std::lock_guard lock(mutex_);
        change();
    }

    const OpenJobStore& open_store_;
    const StudyRecipe& study_;
    const TrainJob& train_;
    const StudyRunOptions& options_;
    const std::function<bool()> over_;

    std::atomic<bool> broken_ = false;
    std::mutex mutex_;  // for what follows
    std::condition_variable_any wake_;
    std::map<std::int64_t, HeldClaim> claims_;  // by job
    std::exception_ptr error_;
    std::string last_;
};

}  // namespace

void run_study(const OpenJobStore& open_store, const StudyRecipe& study, const TrainJob& train,
               const StudyRunOptions& options) {
    Workers(open_store, study, train, options).run();
}

void work_on_study(const OpenJobStore& open_store, const StudyRecipe& study, const TrainJob& train,
                   const StudyRunOptions& options, const std::function<bool()>& over) {
    Workers(open_store, study, train, options, over).run();
}

std::string training_name(const StudyRecipe& study, const Job& job) {
    if (job.role == Role::kFold && job.index == tuning_fold(study)) return job.family + " tuning fold";
    if (job.role == Role::kFold && job.index >= first_fresh_fold(study))
        return fmt::format("{} fresh fold {}", job.family, job.index - first_fresh_fold(study) + 1);
    return fmt::format("{} {} {}", job.family, role_name(job.role), job.index + 1);
}

std::vector<FamilyPath> follow_paths(JobStore& store, const StudyRecipe& study) { return Planner(study).follow(store); }

}  // namespace inkling
