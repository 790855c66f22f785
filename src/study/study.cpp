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

std::string describe(const Job& job) { return fmt::format("{} {} {}", job.family, role_name(job.role), job.index + 1); }

/// What the workers of one process share.
class Workers {
  public:
    Workers(const std::filesystem::path& store, const StudyRecipe& study, const TrainJob& train,
            const StudyRunOptions& options)
        : path_(store), study_(study), train_(train), options_(options) {}

    void run() {
        {
            const std::jthread heartbeat(
                [this](const std::stop_token& done) { guard([this, &done] { keep_claims(done); }); });
            std::vector<std::jthread> workers;
            workers.reserve(static_cast<std::size_t>(options_.workers));
            for (int i = 0; i < options_.workers; ++i) workers.emplace_back([this] { guard([this] { work(); }); });
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
        Store store(path_, Database::Mode::kWrite);
        Planner planner(study_);
        std::int64_t known = -1;
        while (!stop_asked()) {
            const JobCounts counts = store.counts();
            if (counts.finished + counts.failed != known) {
                known = counts.finished + counts.failed;
                plan(planner, store);
            }
            const std::string claim = new_claim();
            if (const auto job = store.claim(claim)) {
                do_job(store, *job, claim);
                continue;
            }
            const JobCounts left = store.counts();
            if (left.pending + left.running == 0 && left.finished + left.failed == known) return;
            std::this_thread::sleep_for(kPoll);
        }
    }

    /// Works out what comes next and writes it down.
    void plan(Planner& planner, Store& store) {
        const std::vector<FamilyPath> paths = planner.follow(store);
        store.want(planner.new_jobs(paths));
        for (std::size_t i = 0; i < paths.size(); ++i) store.save_path(study_.families[i].name, paths[i]);
        if (!options_.on_progress) return;
        std::vector<FamilyTally> tallies;
        for (const StudyFamily& family : study_.families) tallies.push_back(store.tally(family.name));
        const std::lock_guard lock(mutex_);
        options_.on_progress({.paths = paths, .tallies = tallies, .last = last_});
    }

    /// Renews the claims of all workers until `done`.
    void keep_claims(const std::stop_token& done) {
        Store store(path_, Database::Mode::kWrite);
        while (true) {
            std::unique_lock lock(mutex_);
            if (wake_.wait_for(lock, done, kRenewEvery, [&] { return done.stop_requested(); })) return;
            const std::map<std::int64_t, std::string> claims = claims_;
            lock.unlock();
            for (const auto& [job, claim] : claims) store.renew(job, claim);
        }
    }

    void do_job(Store& store, const StoredJob& stored, const std::string& claim) {
        note([&] { claims_[stored.id] = claim; });
        try {
            store.finish(stored.id, claim, train_(stored.job, {.stop = [this] { return stop_asked(); }}));
        } catch (const Diverged& error) {
            store.fail(stored.id, claim, error.what());
        } catch (const std::bad_alloc&) {
            store.fail(stored.id, claim, "not enough memory");
        } catch (const Error& error) {
            if (error.status() == ExitStatus::kUsage) {
                store.fail(stored.id, claim, error.what());
            } else {
                store.release(stored.id, claim);
                if (error.status() != ExitStatus::kInterrupted) throw;
            }
        } catch (...) {
            store.release(stored.id, claim);
            throw;
        }
        note([&] {
            claims_.erase(stored.id);
            last_ = describe(stored.job);
        });
    }

    /// Changes what the workers share.
    template <class Change>
    void note(Change&& change) {
        const std::lock_guard lock(mutex_);
        change();
    }

    const std::filesystem::path& path_;
    const StudyRecipe& study_;
    const TrainJob& train_;
    const StudyRunOptions& options_;

    std::atomic<bool> broken_ = false;
    std::mutex mutex_;  // for what follows
    std::condition_variable_any wake_;
    std::map<std::int64_t, std::string> claims_;  // by job
    std::exception_ptr error_;
    std::string last_;
};

}  // namespace

void run_study(const std::filesystem::path& store, const StudyRecipe& study, const TrainJob& train,
               const StudyRunOptions& options) {
    Workers(store, study, train, options).run();
}

std::vector<FamilyPath> follow_paths(Store& store, const StudyRecipe& study) { return Planner(study).follow(store); }

}  // namespace inkling
