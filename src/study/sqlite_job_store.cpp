#include "study/sqlite_job_store.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "study/owner.h"
#include "study/study_database.h"

namespace inkling {
namespace {

using nlohmann::ordered_json;

constexpr int kMostIndex = 999;

/// The value that has this name.
template <class Value, std::size_t kCount>
Value value_of(const std::array<const char*, kCount>& names, const std::string& name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
        throw damaged_store(fmt::format("'{}', expected one of {}", name, fmt::join(names, ", ")));
    return static_cast<Value>(found - names.begin());
}

/// Family and index become part of a path.
void check_place(const Job& job) {
    if (!is_family_name(job.family)) throw damaged_store(fmt::format("a training of the family '{}'", job.family));
    if (job.index < 0 || job.index > kMostIndex)
        throw damaged_store(fmt::format("a training of fold or seed {}", job.index));
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

FoldScore score_of(JobStatus status, double accuracy, const std::string& reason) {
    if (status == JobStatus::kFailed) return {.failed = true, .reason = reason};
    if (std::isnan(accuracy)) return {.failed = true, .reason = "it has no score"};
    return {.accuracy = accuracy};
}

constexpr const char* kClaims = "SELECT id, owner, renewed FROM folds WHERE status = 'running'";

std::vector<JobClaim> read_claims(Statement& row) {
    std::vector<JobClaim> claims;
    while (row.step()) claims.push_back({.job = row.integer(0), .claim = row.text(1), .renewed = row.integer(2)});
    return claims;
}

}  // namespace

SqliteJobStore::SqliteJobStore(const std::filesystem::path& path, Database::Mode mode, Clock clock)
    : database_(open_study_database(path, mode)), watch_(std::move(clock)) {}

void SqliteJobStore::want(std::span<const Job> jobs) {
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

/// For who looks: seconds since 1970.
std::int64_t SqliteJobStore::now() const {
    if (date_) return *date_;
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

StoredJob SqliteJobStore::stored(std::int64_t id) {
    Statement row = database_.prepare(
        fmt::format("SELECT {} FROM folds JOIN trials ON trials.id = folds.trial WHERE folds.id = ?", kJobColumns));
    if (!row.bind(0, id).step()) throw damaged_store(fmt::format("training {} is not there", id));
    return read_job(row);
}

Job SqliteJobStore::job(std::int64_t id) { return stored(id).job; }

bool SqliteJobStore::holds(const JobClaim& claim) {
    return database_.prepare("SELECT 1 FROM folds WHERE id = ? AND owner = ?")
        .bind(0, claim.job)
        .bind(1, claim.claim)
        .step();
}

std::vector<JobClaim> SqliteJobStore::claims() {
    Statement running = database_.prepare(kClaims);
    return read_claims(running);
}

/// All but this process's own: it lives, so that none of the thousands of claims that it serves need be looked at.
std::vector<JobClaim> SqliteJobStore::claims_of_others() {
    const auto [first, end] = claims_of(owner_);
    Statement running = database_.prepare(fmt::format("{0} AND owner < ? UNION ALL {0} AND owner >= ?", kClaims));
    running.bind(0, first).bind(1, end);
    std::vector<JobClaim> claims = read_claims(running);
    std::ranges::sort(claims, {}, &JobClaim::job);  // by SQLite, it would look at all trainings in that order
    return claims;
}

std::vector<JobClaim> SqliteJobStore::lost_claims(const std::function<std::int64_t(const JobClaim&)>& sign_of) {
    std::vector<JobClaim> lost = claims_of_others();
    AskedOwners asked;
    std::erase_if(lost,
                  [&](const JobClaim& claim) { return !watch_.lost(claim.job, claim.claim, sign_of(claim), asked); });
    return lost;
}

void SqliteJobStore::free_claims() {
    Transaction transaction(database_);
    free(claims());
    transaction.commit();
}

void SqliteJobStore::free(std::span<const JobClaim> claims) {
    Statement free =
        database_.prepare("UPDATE folds SET status = ?, owner = NULL, lost = lost + 1 WHERE id = ? AND owner = ?");
    for (const JobClaim& lost : claims)
        free.bind(0, job_status_name(JobStatus::kPending)).bind(1, lost.job).bind(2, lost.claim).run();
    if (!claims.empty()) give_up();
}

/// Fails what was lost too often.
void SqliteJobStore::give_up() {
    database_
        .prepare("UPDATE folds SET status = ?, reason = ?, ended = ? WHERE status = ? AND role = 'fold' AND lost >= ?")
        .bind(0, job_status_name(JobStatus::kFailed))
        .bind(1, given_up_reason())
        .bind(2, now())
        .bind(3, job_status_name(JobStatus::kPending))
        .bind(4, std::int64_t{kMostLosses})
        .run();
}

std::optional<std::int64_t> SqliteJobStore::next_id() {
    // Mostly there is such a fold, which is found without a look at all that waits.
    Statement fold = database_.prepare(
        fmt::format("SELECT id FROM folds INDEXED BY waiting WHERE status = 'pending' AND role = 'fold' AND lost < {} "
                    "ORDER BY id LIMIT 1",
                    kSuspectLosses));
    if (fold.step()) return fold.integer(0);
    Statement other = database_.prepare(
        "SELECT id FROM (SELECT id, trial, role, role = 'fold' AS suspect FROM folds WHERE status = 'pending') AS rest "
        "WHERE NOT (suspect AND EXISTS (SELECT 1 FROM folds WHERE status = 'running')) ORDER BY suspect, role <> "
        "'confirm', CASE role WHEN 'fold' THEN 0 ELSE (SELECT -AVG(same.seconds) FROM folds AS same WHERE same.trial = "
        "rest.trial AND same.role = 'fold') END, id LIMIT 1");
    if (other.step()) return other.integer(0);
    return std::nullopt;
}

std::optional<StoredJob> SqliteJobStore::next() {
    const std::optional<std::int64_t> id = next_id();
    return id ? std::optional(stored(*id)) : std::nullopt;
}

void SqliteJobStore::take(const JobClaim& claim) {
    database_.prepare("UPDATE folds SET status = ?, owner = ?, renewed = ?, started = ? WHERE id = ? AND status = ?")
        .bind(0, job_status_name(JobStatus::kRunning))
        .bind(1, claim.claim)
        .bind(2, now())
        .bind(3, now())
        .bind(4, claim.job)
        .bind(5, job_status_name(JobStatus::kPending))
        .run();
}

std::optional<StoredJob> SqliteJobStore::claim(const std::string& claim) {
    Transaction transaction(database_);
    free(lost_claims([](const JobClaim& held) { return held.renewed; }));
    std::optional<StoredJob> job = next();
    if (job) {
        job->status = JobStatus::kRunning;
        take({.job = job->id, .claim = claim});
    }
    transaction.commit();
    return job;
}

bool SqliteJobStore::renew(std::int64_t job, const std::string& claim) {
    // Another sign than before, though the clock was set back.
    database_.prepare("UPDATE folds SET renewed = MAX(renewed + 1, ?) WHERE id = ? AND owner = ?")
        .bind(0, now())
        .bind(1, job)
        .bind(2, claim)
        .run();
    return database_.changes() > 0;
}

bool SqliteJobStore::finish(std::int64_t job, const std::string& claim, const JobScore& score) {
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
        .bind(7, claim)
        .run();
    if (database_.changes() == 0) return false;
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
    database_
        .prepare(
            "INSERT INTO hosts VALUES (?1, 1, ?2, ?3) ON CONFLICT (name) DO UPDATE SET trainings = trainings + 1, "
            "seconds = seconds + ?2, images = images + ?3")
        .bind(0, claim_host(claim))
        .bind(1, total_seconds(score.history))
        .bind(2, total_seconds(score.history) * mean_images_per_second(score.history))
        .run();
    transaction.commit();
    return true;
}

std::vector<HostWork> SqliteJobStore::hosts() {
    std::map<std::string, HostWork> by_name;
    Statement running = database_.prepare("SELECT owner FROM folds WHERE status = 'running'");
    while (running.step()) ++by_name[claim_host(running.text(0))].running;
    Statement table = database_.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'hosts'");
    if (table.step()) {
        Statement row = database_.prepare("SELECT name, trainings, seconds, images FROM hosts");
        while (row.step()) {
            HostWork& host = by_name[row.text(0)];
            host.finished = row.integer(1);
            if (row.number(2) > 0) host.images_per_second = row.number(3) / row.number(2);
        }
    }
    std::vector<HostWork> hosts;
    for (auto& [name, host] : by_name) hosts.emplace_back(std::move(host)).name = name;
    std::ranges::stable_sort(hosts, std::greater(), &HostWork::running);
    return hosts;
}

bool SqliteJobStore::fail(std::int64_t job, const std::string& claim, const std::string& reason) {
    database_.prepare("UPDATE folds SET status = ?, owner = NULL, reason = ?, ended = ? WHERE id = ? AND owner = ?")
        .bind(0, job_status_name(JobStatus::kFailed))
        .bind(1, reason)
        .bind(2, now())
        .bind(3, job)
        .bind(4, claim)
        .run();
    return database_.changes() > 0;
}

bool SqliteJobStore::release(std::int64_t job, const std::string& claim, Release how) {
    Transaction transaction(database_);
    database_.prepare("UPDATE folds SET status = ?, owner = NULL, lost = lost + ? WHERE id = ? AND owner = ?")
        .bind(0, job_status_name(JobStatus::kPending))
        .bind(1, std::int64_t{how == Release::kLost})
        .bind(2, job)
        .bind(3, claim)
        .run();
    if (database_.changes() == 0) return false;
    if (how == Release::kLost) give_up();
    transaction.commit();
    return true;
}

void SqliteJobStore::set_test(std::int64_t job, double accuracy, double loss) {
    database_.prepare("UPDATE folds SET accuracy = ?, loss = ? WHERE id = ?")
        .bind(0, accuracy)
        .bind(1, loss)
        .bind(2, job)
        .run();
}

NewScores SqliteJobStore::scores_since(std::int64_t mark) {
    NewScores found{.mark = mark};
    Statement row = database_.prepare(
        "SELECT ends.id, key, role, fold, status, accuracy, reason FROM ends JOIN folds ON folds.id = ends.training "
        "JOIN trials ON trials.id = folds.trial WHERE ends.id > ? ORDER BY ends.id");
    row.bind(0, mark);
    while (row.step()) {
        found.mark = row.integer(0);
        const auto role = value_of<Role>(kRoleNames, row.text(2));
        const auto status = value_of<JobStatus>(kJobStatusNames, row.text(4));
        const bool ended = status == JobStatus::kFinished || status == JobStatus::kFailed;
        if (ended && (role == Role::kFold || role == Role::kConfirm))
            found.scores.push_back({.name = {row.text(1), static_cast<int>(row.integer(3)), role},
                                    .score = score_of(status, row.number(5), row.text(6))});
    }
    return found;
}

std::vector<StoredJob> SqliteJobStore::jobs(bool with_history) {
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

JobCounts SqliteJobStore::counts() {
    JobCounts counts;
    Statement row = database_.prepare("SELECT status, SUM(trainings) FROM tallies GROUP BY status");
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

std::map<std::string, FamilyTally> SqliteJobStore::tallies() {
    std::map<std::string, FamilyTally> tallies;
    Statement row = database_.prepare("SELECT family, role, status, trainings, seconds FROM tallies");
    while (row.step()) {
        const std::int64_t trainings = row.integer(3);
        TrainingTally tally{.wanted = trainings};
        switch (value_of<JobStatus>(kJobStatusNames, row.text(2))) {
            case JobStatus::kPending:
                break;
            case JobStatus::kRunning:
                tally.begun = std::max(static_cast<double>(trainings * now()) - row.number(4), 0.0);
                break;
            case JobStatus::kFinished:
                tally.finished = trainings;
                tally.seconds = row.number(4);
                break;
            case JobStatus::kFailed:
                tally.failed = trainings;
                break;
        }
        tallies[row.text(0)].add(value_of<Role>(kRoleNames, row.text(1)), tally);
    }
    return tallies;
}

std::vector<EndedTraining> SqliteJobStore::ended() {
    std::vector<EndedTraining> trainings;
    std::vector<TimeSpan> spans;
    Statement row = database_.prepare(
        fmt::format("SELECT {}, COALESCE(started, ended), ended FROM folds JOIN trials ON trials.id = folds.trial "
                    "WHERE status IN ('finished', 'failed') AND ended IS NOT NULL ORDER BY ended, folds.id",
                    kJobColumns));
    while (row.step()) {
        const StoredJob stored = read_job(row);
        trainings.push_back({.job = stored.job, .seconds = stored.status == JobStatus::kFinished ? stored.seconds : 0});
        const double end = row.number(16);
        spans.push_back({.begin = std::min(row.number(15), end), .end = end});  // a clock may have been set back
    }
    const std::vector<double> spent = spent_times(spans);
    for (std::size_t i = 0; i < spent.size(); ++i) trainings[i].spent = spent[i];
    return trainings;
}

Decision SqliteJobStore::decide(const Decision& decision) {
    Transaction transaction(database_);
    const std::optional<Decision> last = last_decision();
    if (last && last->border >= decision.border) return *last;
    database_
        .prepare(
            "INSERT INTO decisions (border, spent, expected, decided, rounds, confirm, confirm_seeds, final_seeds, "
            "curves) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(0, std::int64_t{decision.border})
        .bind(1, decision.spent)
        .bind(2, decision.expected)
        .bind(3, ordered_json(decision.decided).dump())
        .bind(4, ordered_json(decision.rounds).dump())
        .bind(5, std::int64_t{decision.confirm})
        .bind(6, std::int64_t{decision.confirm_seeds})
        .bind(7, std::int64_t{decision.final_seeds})
        .bind(8, std::int64_t{decision.curves})
        .run();
    transaction.commit();
    return decision;
}

std::optional<Decision> SqliteJobStore::last_decision() { return read_last_decision(database_); }

void SqliteJobStore::serve_many() { database_.execute("PRAGMA cache_size = -65536"); }

OpenJobStore sqlite_job_stores(const std::filesystem::path& path) {
    return [path] { return std::make_unique<SqliteJobStore>(path, Database::Mode::kWrite); };
}

}  // namespace inkling
