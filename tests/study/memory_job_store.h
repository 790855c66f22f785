#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>
#include <tuple>

#include "study/claim_watch.h"
#include "study/job_store.h"

namespace inkling {

/// A study's trainings in memory, by the plainest means: what JobStore promises, without a file.
class MemoryJobStore : public JobStore {
  public:
    /// What several stores of one study share.
    struct Shelf {
        struct Entry {
            StoredJob stored;
            std::string claim = {};
            std::int64_t sign = 0;
            int lost = 0;
            TimeSpan span = {};

            bool is_fold() const { return stored.job.role == Role::kFold; }
            bool confirms() const { return stored.job.role == Role::kConfirm; }
            bool is_suspect() const { return is_fold() && lost >= kSuspectLosses; }
        };
        std::mutex mutex;
        std::vector<Entry> entries = {};
        std::vector<std::size_t> ends = {};  // of `entries`, in the order in which they ended
        std::optional<Decision> decision = {};
    };

    explicit MemoryJobStore(std::shared_ptr<Shelf> shelf, Clock clock = awake_time)
        : shelf_(std::move(shelf)), clock_(clock), watch_(std::move(clock)) {}

    void want(std::span<const Job> jobs) override {
        const std::lock_guard lock(shelf_->mutex);
        for (const Job& job : jobs) {
            const bool there = std::any_of(entries().begin(), entries().end(), [&](const Entry& entry) {
                const Job& other = entry.stored.job;
                return other.key == job.key && other.role == job.role && other.index == job.index;
            });
            if (there) continue;
            Entry& added = entries().emplace_back();
            added.stored.id = static_cast<std::int64_t>(entries().size());
            added.stored.job = job;
        }
    }

    std::optional<StoredJob> claim(const std::string& claim) override {
        const std::lock_guard lock(shelf_->mutex);
        AskedOwners asked;
        for (Entry& entry : entries())
            if (is(entry, JobStatus::kRunning) && watch_.lost(entry.stored.id, entry.claim, entry.sign, asked))
                lose(entry);
        const bool running = std::any_of(entries().begin(), entries().end(),
                                         [](const Entry& entry) { return is(entry, JobStatus::kRunning); });
        Entry* next = nullptr;
        for (Entry& entry : entries()) {
            if (!is(entry, JobStatus::kPending) || (running && entry.is_suspect())) continue;
            if (next == nullptr || rank(entry) < rank(*next)) next = &entry;
        }
        if (next == nullptr) return std::nullopt;
        next->stored.status = JobStatus::kRunning;
        next->claim = claim;
        next->span.begin = now();
        return next->stored;
    }

    bool renew(std::int64_t job, const std::string& claim) override {
        return change(job, claim, [](Entry& entry) { ++entry.sign; });
    }

    bool finish(std::int64_t job, const std::string& claim, const JobScore& score) override {
        return change(job, claim, [&](Entry& entry) {
            end(entry, JobStatus::kFinished);
            entry.stored.score = score;
            entry.stored.seconds = total_seconds(score.history);
        });
    }

    bool fail(std::int64_t job, const std::string& claim, const std::string& reason) override {
        return change(job, claim, [&](Entry& entry) {
            end(entry, JobStatus::kFailed);
            entry.stored.reason = reason;
        });
    }

    bool release(std::int64_t job, const std::string& claim, Release how) override {
        return change(job, claim, [&](Entry& entry) {
            end(entry, JobStatus::kPending);
            if (how == Release::kLost) lose(entry);
        });
    }

    NewScores scores_since(std::int64_t mark) override {
        const std::lock_guard lock(shelf_->mutex);
        NewScores found{.mark = std::ssize(shelf_->ends)};
        for (auto end = static_cast<std::size_t>(mark); end < shelf_->ends.size(); ++end) {
            const Entry& entry = entries()[shelf_->ends[end]];
            const Job& job = entry.stored.job;
            if (entry.is_fold() || entry.confirms())
                found.scores.push_back({.name = {job.key, job.index, job.role}, .score = score_of(entry)});
        }
        return found;
    }

    JobCounts counts() override {
        const std::lock_guard lock(shelf_->mutex);
        const auto count = [&](JobStatus status) {
            return std::count_if(entries().begin(), entries().end(),
                                 [&](const Entry& entry) { return is(entry, status); });
        };
        return {.pending = count(JobStatus::kPending),
                .running = count(JobStatus::kRunning),
                .finished = count(JobStatus::kFinished),
                .failed = count(JobStatus::kFailed)};
    }

    std::map<std::string, FamilyTally> tallies() override {
        const std::lock_guard lock(shelf_->mutex);
        std::map<std::string, FamilyTally> tallies;
        for (const Entry& entry : entries()) {
            TrainingTally tally{.wanted = 1, .seconds = entry.stored.seconds};
            tally.finished = is(entry, JobStatus::kFinished) ? 1 : 0;
            tally.failed = is(entry, JobStatus::kFailed) ? 1 : 0;
            if (is(entry, JobStatus::kRunning)) tally.begun = now() - entry.span.begin;
            tallies[entry.stored.job.family].add(entry.stored.job.role, tally);
        }
        return tallies;
    }

    std::vector<EndedTraining> ended() override {
        const std::lock_guard lock(shelf_->mutex);
        std::vector<const Entry*> ended;
        for (const Entry& entry : entries())
            if (is(entry, JobStatus::kFinished) || is(entry, JobStatus::kFailed)) ended.push_back(&entry);
        std::stable_sort(ended.begin(), ended.end(),
                         [](const Entry* a, const Entry* b) { return a->span.end < b->span.end; });
        std::vector<TimeSpan> spans;
        for (const Entry* entry : ended) spans.push_back(entry->span);
        const std::vector<double> spent = spent_times(spans);
        std::vector<EndedTraining> trainings;
        for (std::size_t i = 0; i < ended.size(); ++i)
            trainings.push_back({ended[i]->stored.job, ended[i]->stored.seconds, spent[i]});
        return trainings;
    }

    Decision decide(const Decision& decision) override {
        const std::lock_guard lock(shelf_->mutex);
        if (!shelf_->decision || shelf_->decision->border < decision.border) shelf_->decision = decision;
        return *shelf_->decision;
    }

    std::optional<Decision> last_decision() override {
        const std::lock_guard lock(shelf_->mutex);
        return shelf_->decision;
    }

  private:
    using Entry = Shelf::Entry;

    std::vector<Entry>& entries() { return shelf_->entries; }
    static bool is(const Entry& entry, JobStatus status) { return entry.stored.status == status; }

    double now() const { return std::chrono::duration<double>(clock_()).count(); }

    void end(Entry& entry, JobStatus status) {
        entry.stored.status = status;
        if (status != JobStatus::kPending)
            shelf_->ends.push_back(static_cast<std::size_t>(&entry - shelf_->entries.data()));
        entry.span.end = now();
        entry.claim.clear();
    }

    void lose(Entry& entry) {
        end(entry, JobStatus::kPending);
        if (++entry.lost < kMostLosses || !entry.is_fold()) return;
        end(entry, JobStatus::kFailed);
        entry.stored.reason = given_up_reason();
    }

    static FoldScore score_of(const Entry& entry) {
        if (is(entry, JobStatus::kFailed)) return {.failed = true, .reason = entry.stored.reason};
        const double accuracy = entry.stored.score.accuracy;
        return std::isnan(accuracy) ? FoldScore{.failed = true, .reason = "it has no score"}
                                    : FoldScore{.accuracy = accuracy};
    }

    /// What is lowest is given out first.
    std::tuple<bool, bool, bool, double, std::int64_t> rank(const Entry& entry) {
        return {entry.is_suspect(), !entry.is_fold(), !entry.confirms(),
                entry.is_fold() ? 0 : -fold_seconds(entry.stored.job.key), entry.stored.id};
    }

    /// The mean over a configuration's folds; the highest where there are none.
    double fold_seconds(const std::string& key) {
        double seconds = 0;
        int folds = 0;
        for (const Entry& entry : entries())
            if (entry.is_fold() && entry.stored.job.key == key && is(entry, JobStatus::kFinished)) {
                seconds += entry.stored.seconds;
                ++folds;
            }
        return folds == 0 ? std::numeric_limits<double>::infinity() : seconds / folds;
    }

    template <class Change>
    bool change(std::int64_t job, const std::string& claim, Change&& change) {
        const std::lock_guard lock(shelf_->mutex);
        Entry& entry = entries().at(static_cast<std::size_t>(job) - 1);
        if (!is(entry, JobStatus::kRunning) || entry.claim != claim) return false;
        change(entry);
        return true;
    }

    std::shared_ptr<Shelf> shelf_;
    Clock clock_;
    ClaimWatch watch_;
};

}  // namespace inkling
