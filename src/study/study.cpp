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

namespace inkling {
namespace {

constexpr auto kRenewEvery = kClaimLifetime / 6;
constexpr std::chrono::milliseconds kPoll{100};  // while other workers have what is left

Job fold_job(const StudyRecipe& study, const StudyFamily& family, const WantedFold& wanted) {
    const std::uint64_t seed = study.seed + static_cast<std::uint64_t>(wanted.fold);
    return {.family = family.name,
            .candidate = wanted.candidate,
            .key = wanted.key,
            .recipe = to_toml(make_recipe(family, wanted.candidate, family.epochs, seed)),
            .role = Role::kFold,
            .index = wanted.fold,
            .seed = seed};
}

/// The trainings of a configuration on the whole training part, and the one that is watched.
void add_final_jobs(std::vector<Job>& jobs, const StudyRecipe& study, const StudyFamily& family,
                    const Candidate& candidate, Role role, Role curve) {
    for (int index = 0; index <= study.final_seeds; ++index) {
        const bool watched = index == study.final_seeds;
        const std::uint64_t seed = study.seed + static_cast<std::uint64_t>(watched ? 0 : index);
        Recipe recipe = make_recipe(family, candidate, family.final_epochs, seed);
        recipe.name = family.name + "-" + role_name(role);
        jobs.push_back({.family = family.name,
                        .candidate = candidate,
                        .key = recipe_key(family, candidate),
                        .recipe = to_toml(recipe),
                        .role = watched ? curve : role,
                        .index = watched ? 0 : index,
                        .seed = seed});
    }
}

/// All that can be done next, the exploration first. The baseline's trainings need not wait for its end.
std::vector<Job> next_jobs(const StudyRecipe& study, std::span<const FamilyPath> paths) {
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < paths.size(); ++i)
        for (const WantedFold& wanted : paths[i].wanted) jobs.push_back(fold_job(study, study.families[i], wanted));
    for (std::size_t i = 0; i < paths.size(); ++i) {
        const StudyFamily& family = study.families[i];
        if (paths[i].decided) add_final_jobs(jobs, study, family, paths[i].best, Role::kBest, Role::kBestCurve);
        add_final_jobs(jobs, study, family, baseline_candidate(family), Role::kBaseline, Role::kBaselineCurve);
    }
    return jobs;
}

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
        std::int64_t known = -1;
        while (!stop_asked()) {
            const JobCounts counts = store.counts();
            if (counts.finished + counts.failed != known) {
                known = counts.finished + counts.failed;
                plan(store);
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
    void plan(Store& store) {
        const std::vector<FamilyPath> paths = follow_paths(store, study_);
        store.want(next_jobs(study_, paths));
        for (std::size_t i = 0; i < paths.size(); ++i) store.save_path(study_.families[i].name, paths[i]);
        if (!options_.on_progress) return;
        const std::lock_guard lock(mutex_);
        options_.on_progress({.paths = paths, .jobs = store.counts(), .last = last_});
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

std::vector<FamilyPath> follow_paths(Store& store, const StudyRecipe& study) {
    const FindScore find = [&](const std::string& key, int fold) { return store.find_score(key, fold); };
    std::vector<FamilyPath> paths;
    for (const StudyFamily& family : study.families) paths.push_back(follow_path(study, family, find));
    return paths;
}

}  // namespace inkling
