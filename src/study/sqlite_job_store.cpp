#include "study/store.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "study/owner.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

constexpr std::int64_t kSchemaVersion = 2;

/// What made a store of version 1 one of version 2; who only reads does without.
constexpr std::int64_t kOldestReadable = 1;
constexpr const char* kFromVersion1 = R"(
ALTER TABLE folds ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
PRAGMA user_version = 2;
)";
constexpr int kMostIndex = 999;

/// Times are seconds since 1970.
constexpr const char* kSchema = R"(
CREATE TABLE studies (
    id INTEGER PRIMARY KEY CHECK (id = 1), recipe TEXT NOT NULL, budget TEXT NOT NULL, split TEXT NOT NULL, files TEXT NOT NULL,
    threads INTEGER NOT NULL, data TEXT NOT NULL, environment TEXT NOT NULL, begun TEXT NOT NULL) STRICT;
CREATE TABLE trials (
    id INTEGER PRIMARY KEY, family TEXT NOT NULL, key TEXT NOT NULL UNIQUE, overrides TEXT NOT NULL,
    learning_rate REAL NOT NULL) STRICT;
CREATE TABLE folds (
    id INTEGER PRIMARY KEY, trial INTEGER NOT NULL REFERENCES trials, role TEXT NOT NULL, fold INTEGER NOT NULL,
    seed INTEGER NOT NULL, recipe TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'pending', owner TEXT, renewed INTEGER,
    accuracy REAL, loss REAL, seconds REAL, images_per_second REAL, reason TEXT, started INTEGER, ended INTEGER,
    lost INTEGER NOT NULL DEFAULT 0, UNIQUE (trial, role, fold)) STRICT;
CREATE TABLE epochs (
    fold INTEGER NOT NULL REFERENCES folds, epoch INTEGER NOT NULL, learning_rate REAL NOT NULL,
    train_loss REAL NOT NULL, train_accuracy REAL NOT NULL, validation_loss REAL, validation_accuracy REAL,
    seconds REAL NOT NULL, images_per_second REAL NOT NULL, PRIMARY KEY (fold, epoch)) STRICT;
CREATE TABLE techniques (
    id INTEGER PRIMARY KEY, family TEXT NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL,
    decided INTEGER NOT NULL, UNIQUE (family, position)) STRICT;
CREATE TABLE options (
    id INTEGER PRIMARY KEY, technique INTEGER NOT NULL REFERENCES techniques ON DELETE CASCADE,
    position INTEGER NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, chosen INTEGER NOT NULL,
    learning_rate REAL NOT NULL, folds INTEGER NOT NULL, mean_accuracy REAL, deviation REAL, reason TEXT,
    UNIQUE (technique, position)) STRICT;
CREATE TABLE candidates (
    option INTEGER NOT NULL REFERENCES options ON DELETE CASCADE, trial INTEGER NOT NULL REFERENCES trials,
    PRIMARY KEY (option, trial)) STRICT;
PRAGMA user_version = 2;
)";

std::int64_t now() {
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

constexpr std::array kRoleNames{"fold", "baseline", "best", "baseline curve", "best curve"};
constexpr std::array kJobStatusNames{"pending", "running", "finished", "failed"};

Error damaged(const std::string& what) {
    return bad_data("the study's store is damaged: {}; take another folder with --out", what);
}

/// The value that has this name.
template <class Value, std::size_t kCount>
Value value_of(const std::array<const char*, kCount>& names, const std::string& name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) throw damaged(fmt::format("'{}', expected one of {}", name, fmt::join(names, ", ")));
    return static_cast<Value>(found - names.begin());
}

/// Family and index become part of a path.
void check_place(const Job& job) {
    if (!is_family_name(job.family)) throw damaged(fmt::format("a training of the family '{}'", job.family));
    if (job.index < 0 || job.index > kMostIndex) throw damaged(fmt::format("a training of fold or seed {}", job.index));
}

std::string joined(const std::vector<std::string>& overrides) { return ordered_json(overrides).dump(); }

constexpr const char* kJobColumns =
    "folds.id, trials.family, trials.key, trials.overrides, trials.learning_rate, folds.role, folds.fold, folds.seed, "
    "folds.recipe, folds.status, folds.accuracy, folds.loss, folds.seconds, folds.images_per_second, folds.reason";

StoredJob read_job(const Statement& row) {
    StoredJob stored{.id = row.integer(0),
                     .job = {.family = row.text(1),
                             .candidate = {.overrides = {}, .learning_rate = row.number(4)},
                             .key = row.text(2),
                             .recipe = row.text(8),
                             .role = value_of<Role>(kRoleNames, row.text(5)),
                             .index = static_cast<int>(std::clamp<std::int64_t>(row.integer(6), -1, kMostIndex + 1)),
                             .seed = static_cast<std::uint64_t>(row.integer(7))},
                     .status = value_of<JobStatus>(kJobStatusNames, row.text(9)),
                     .score = {.accuracy = row.number(10), .loss = row.number(11)},
                     .reason = row.text(14),
                     .seconds = row.number(12),
                     .images_per_second = row.number(13)};
    const auto overrides = ordered_json::parse(row.text(3), nullptr, false);
    if (overrides.is_array())
        for (const auto& value : overrides)
            if (value.is_string()) stored.job.candidate.overrides.push_back(value);
    check_place(stored.job);
    return stored;
}

}  // namespace

const char* role_name(Role role) { return kRoleNames.at(static_cast<std::size_t>(role)); }

const char* job_status_name(JobStatus status) { return kJobStatusNames.at(static_cast<std::size_t>(status)); }

Store::Store(const std::filesystem::path& path, Database::Mode mode) : database_(path, mode) {
    const auto number = [&](const char* sql) {
        Statement statement = database_.prepare(sql);
        statement.step();
        return statement.integer(0);
    };
    const auto version = [&] { return number("PRAGMA user_version"); };
    if (version() == 0 && mode == Database::Mode::kCreate) {
        Transaction transaction(database_);
        const bool empty = number("SELECT COUNT(*) FROM sqlite_schema") == 0;
        if (version() == 0 && empty) database_.execute(kSchema);
        transaction.commit();
    }
    if (version() == kOldestReadable && mode != Database::Mode::kRead) {
        Transaction transaction(database_);
        if (version() == kOldestReadable) database_.execute(kFromVersion1);
        transaction.commit();
    }
    if (version() < kOldestReadable || version() > kSchemaVersion)
        throw bad_data("{}: schema version {}, expected {}; it is of another version of this program, or no study",
                       path.string(), version(), kSchemaVersion);
}

void Store::want(std::span<const Job> jobs) {
    if (jobs.empty()) return;
    Transaction transaction(database_);
    Statement trial = database_.prepare(
        "INSERT INTO trials (family, key, overrides, learning_rate) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
    Statement fold = database_.prepare(
        "INSERT INTO folds (trial, role, fold, seed, recipe) "
        "VALUES ((SELECT id FROM trials WHERE key = ?), ?, ?, ?, ?) ON CONFLICT DO NOTHING");
    for (const Job& job : jobs) {
        trial.bind(0, job.family)
            .bind(1, job.key)
            .bind(2, joined(job.candidate.overrides))
            .bind(3, job.candidate.learning_rate)
            .run();
        fold.bind(0, job.key)
            .bind(1, role_name(job.role))
            .bind(2, std::int64_t{job.index})
            .bind(3, static_cast<std::int64_t>(job.seed))
            .bind(4, job.recipe)
            .run();
    }
    transaction.commit();
}

void Store::free_lost_claims() {
    std::vector<std::int64_t> lost;
    Statement running = database_.prepare("SELECT id, owner, renewed FROM folds WHERE status = ?");
    running.bind(0, job_status_name(JobStatus::kRunning));
    while (running.step())
        if (owner_ended(running.text(1)) || running.integer(2) + kClaimLifetime.count() < now())
            lost.push_back(running.integer(0));
    Statement free = database_.prepare("UPDATE folds SET status = ?, owner = NULL, lost = lost + 1 WHERE id = ?");
    for (const std::int64_t id : lost) free.bind(0, job_status_name(JobStatus::kPending)).bind(1, id).run();
    if (lost.empty()) return;
    database_
        .prepare("UPDATE folds SET status = ?, reason = ?, ended = ? WHERE status = ? AND role = 'fold' AND lost >= ?")
        .bind(0, job_status_name(JobStatus::kFailed))
        .bind(1, fmt::format("its process was gone {} times while it trained; the system may have ended it for the "
                             "memory that it took",
                             kMostLosses))
        .bind(2, now())
        .bind(3, job_status_name(JobStatus::kPending))
        .bind(4, std::int64_t{kMostLosses})
        .run();
}

std::optional<StoredJob> Store::claim(const std::string& owner) {
    Transaction transaction(database_);
    free_lost_claims();
    Statement next = database_.prepare(fmt::format(
        "SELECT {}, role = 'fold' AND lost >= {} AS suspect FROM folds JOIN trials ON trials.id = folds.trial "
        "WHERE status = 'pending' AND NOT (suspect AND EXISTS (SELECT 1 FROM folds WHERE status = 'running')) "
        "ORDER BY suspect, role <> 'fold', CASE role WHEN 'fold' THEN 0 ELSE (SELECT -AVG(same.seconds) "
        "FROM folds AS same WHERE same.trial = folds.trial AND same.role = 'fold') END, folds.id LIMIT 1",
        kJobColumns, kSuspectLosses));
    std::optional<StoredJob> job;
    if (next.step()) {
        job = read_job(next);
        job->status = JobStatus::kRunning;
        database_.prepare("UPDATE folds SET status = ?, owner = ?, renewed = ?, started = ? WHERE id = ?")
            .bind(0, job_status_name(JobStatus::kRunning))
            .bind(1, owner)
            .bind(2, now())
            .bind(3, now())
            .bind(4, job->id)
            .run();
    }
    transaction.commit();
    return job;
}

void Store::renew(std::int64_t job, const std::string& owner) {
    database_.prepare("UPDATE folds SET renewed = ? WHERE id = ? AND owner = ?")
        .bind(0, now())
        .bind(1, job)
        .bind(2, owner)
        .run();
}

void Store::finish(std::int64_t job, const std::string& owner, const JobScore& score) {
    Transaction transaction(database_);
    database_
        .prepare(
            "UPDATE folds SET status = ?, owner = NULL, accuracy = ?, loss = ?, seconds = ?, "
            "images_per_second = ?, ended = ? WHERE id = ? AND owner = ?")
        .bind(0, job_status_name(JobStatus::kFinished))
        .bind(1, score.accuracy)
        .bind(2, score.loss)
        .bind(3, total_seconds(score.history))
        .bind(4, mean_images_per_second(score.history))
        .bind(5, now())
        .bind(6, job)
        .bind(7, owner)
        .run();
    if (database_.changes() == 0) return;
    Statement epoch = database_.prepare("INSERT INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (const EpochRecord& record : score.history)
        epoch.bind(0, job)
            .bind(1, std::int64_t{record.epoch})
            .bind(2, record.learning_rate)
            .bind(3, record.train_loss)
            .bind(4, record.train_accuracy)
            .bind(5, record.validation_loss)
            .bind(6, record.validation_accuracy)
            .bind(7, record.seconds)
            .bind(8, record.images_per_second)
            .run();
    transaction.commit();
}

void Store::fail(std::int64_t job, const std::string& owner, const std::string& reason) {
    database_.prepare("UPDATE folds SET status = ?, owner = NULL, reason = ?, ended = ? WHERE id = ? AND owner = ?")
        .bind(0, job_status_name(JobStatus::kFailed))
        .bind(1, reason)
        .bind(2, now())
        .bind(3, job)
        .bind(4, owner)
        .run();
}

void Store::release(std::int64_t job, const std::string& owner) {
    database_.prepare("UPDATE folds SET status = ?, owner = NULL WHERE id = ? AND owner = ?")
        .bind(0, job_status_name(JobStatus::kPending))
        .bind(1, job)
        .bind(2, owner)
        .run();
}

void Store::set_test(std::int64_t job, double accuracy, double loss) {
    database_.prepare("UPDATE folds SET accuracy = ?, loss = ? WHERE id = ?")
        .bind(0, accuracy)
        .bind(1, loss)
        .bind(2, job)
        .run();
}

std::optional<FoldScore> Store::find_score(const std::string& key, int fold) {
    Statement row = database_.prepare(
        "SELECT status, accuracy, reason FROM folds JOIN trials ON trials.id = folds.trial "
        "WHERE key = ? AND role = 'fold' AND fold = ?");
    row.bind(0, key).bind(1, std::int64_t{fold});
    if (!row.step()) return std::nullopt;
    if (row.text(0) == job_status_name(JobStatus::kFinished)) {
        const double accuracy = row.number(1);
        return std::isnan(accuracy) ? FoldScore{.failed = true, .reason = "it has no score"}
                                    : FoldScore{.accuracy = accuracy};
    }
    if (row.text(0) == job_status_name(JobStatus::kFailed)) return FoldScore{.failed = true, .reason = row.text(2)};
    return std::nullopt;
}

std::vector<StoredJob> Store::jobs(bool with_history) {
    std::vector<StoredJob> jobs;
    Statement row = database_.prepare(
        fmt::format("SELECT {} FROM folds JOIN trials ON trials.id = folds.trial ORDER BY folds.id", kJobColumns));
    while (row.step()) jobs.push_back(read_job(row));
    if (!with_history) return jobs;
    Statement epochs = database_.prepare(
        "SELECT epoch, learning_rate, train_loss, train_accuracy, validation_loss, validation_accuracy, seconds, "
        "images_per_second, fold FROM epochs ORDER BY fold, epoch");
    auto job = jobs.begin();
    while (epochs.step()) {
        while (job != jobs.end() && job->id < epochs.integer(8)) ++job;
        if (job == jobs.end()) break;
        job->score.history.push_back({.epoch = static_cast<int>(epochs.integer(0)),
                                      .learning_rate = epochs.number(1),
                                      .train_loss = epochs.number(2),
                                      .train_accuracy = epochs.number(3),
                                      .validation_loss = epochs.number(4),
                                      .validation_accuracy = epochs.number(5),
                                      .seconds = epochs.number(6),
                                      .images_per_second = epochs.number(7)});
    }
    return jobs;
}

JobCounts Store::counts() {
    JobCounts counts;
    Statement row = database_.prepare("SELECT status, COUNT(*) FROM folds GROUP BY status");
    while (row.step()) {
        const std::int64_t count = row.integer(1);
        switch (value_of<JobStatus>(kJobStatusNames, row.text(0))) {
            case JobStatus::kPending:
                counts.pending = count;
                break;
            case JobStatus::kRunning:
                counts.running = count;
                break;
            case JobStatus::kFinished:
                counts.finished = count;
                break;
            case JobStatus::kFailed:
                counts.failed = count;
                break;
        }
    }
    return counts;
}

FamilyTally Store::tally(const std::string& family) {
    FamilyTally tally;
    Statement row = database_.prepare(
        "SELECT role = 'fold', COUNT(*), SUM(status = 'finished'), SUM(status = 'failed'), "
        "TOTAL(CASE status WHEN 'finished' THEN seconds END) FROM folds JOIN trials ON trials.id = folds.trial "
        "WHERE family = ? GROUP BY 1");
    row.bind(0, family);
    while (row.step())
        (row.integer(0) != 0 ? tally.folds : tally.finals) = {
            .wanted = row.integer(1), .finished = row.integer(2), .failed = row.integer(3), .seconds = row.number(4)};
    return tally;
}

}  // namespace inkling
