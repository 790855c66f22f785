#include "study/folder_job_store.h"

#include <ctime>
#include <utility>

#include "core/hash.h"
#include "core/path_text.h"
#include "study/owner.h"
#include "study/shared_runs.h"
#include "study/study_database.h"

namespace inkling {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// How old what this knows of others' entries may be. Nothing is decided by it: who decides by old news does not get
/// the next number.
constexpr auto kLookEvery = 200ms;
constexpr int kEntriesAtATime = 1000;
constexpr std::size_t kJobsInAnEntry = 250;

constexpr const char* kTables = R"(
CREATE TABLE IF NOT EXISTS journal (
    id INTEGER PRIMARY KEY CHECK (id = 1), shared TEXT NOT NULL, number INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS runs (fold INTEGER PRIMARY KEY REFERENCES folds, sha256 TEXT NOT NULL) STRICT;
)";

std::string hash_of(const std::string& text) { return sha256(std::as_bytes(std::span(text))); }

bool has_rows(Database& database, const char* table) {
    return database.prepare(fmt::format("SELECT 1 FROM {} LIMIT 1", table)).step();
}

bool has_journal(Database& database) {
    return database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'journal'").step() &&
           has_rows(database, "journal");
}

}  // namespace

FolderJobStore::FolderJobStore(StudyFolder folder, fs::path shared, Clock clock)
    : folder_(std::move(folder)),
      shared_(std::move(shared)),
      journal_(shared_),
      signs_(shared_, clock),
      copy_(folder_.store(), Database::Mode::kCreate, std::move(clock)) {
    join();
    while (journal_.read(place().number + 1)) {
        Transaction transaction(copy_.database());
        catch_up(kEntriesAtATime);
        transaction.commit();
    }
}

FolderJobStore::~FolderJobStore() {
    if (!given_for_.empty()) signs_.forget(given_for_);
}

/// Makes sure that the folder's study is the journal's.
void FolderJobStore::join() {
    Database& database = copy_.database();
    if (!has_journal(database)) {
        Transaction transaction(database);
        database.execute(kTables);
        if (!has_journal(database)) {
            if (has_rows(database, "studies") || has_rows(database, "folds"))
                throw wrong_usage(
                    "{}: this study was begun without --worker and is not shared; go on without it, or take another "
                    "folder with --out",
                    folder_.path.string());
            database.prepare("INSERT INTO journal VALUES (1, ?, 0, '')")
                .bind(0, path_text(fs::absolute(shared_)))
                .run();
        }
        transaction.commit();
    }
    const Place known = place();
    if (known.number == 0) return;
    const std::optional<std::string> entry = journal_.read(known.number);
    if (!entry || hash_of(*entry) != known.hash)
        throw wrong_usage(
            "{}: its study is shared through another folder than {}, or that was begun anew (entry {} of its journal "
            "{}); take another folder with --out",
            folder_.path.string(), shared_.string(), known.number, entry ? "differs" : "is not there");
}

FolderJobStore::Place FolderJobStore::place() {
    Statement row = copy_.database().prepare("SELECT number, hash FROM journal");
    if (!row.step()) throw damaged_store("it does not say where in the journal it stands");
    return {.number = row.integer(0), .hash = row.text(1)};
}

/// Learns what others have written, now and then.
void FolderJobStore::look() {
    // A machine that slept has not looked meanwhile.
    const auto now = elapsed_time();
    if (looked_ && now - *looked_ < kLookEvery) return;
    looked_ = now;
    if (!journal_.read(place().number + 1)) return;
    Transaction transaction(copy_.database());
    catch_up(kEntriesAtATime);
    transaction.commit();
}

/// Within a transaction: does what the next entries say.
void FolderJobStore::catch_up(int most) {
    for (int entries = 0; entries < most; ++entries) {
        const std::int64_t next = place().number + 1;
        const std::optional<std::string> text = journal_.read(next);
        if (!text) return;
        apply(next, *text);
    }
}

void FolderJobStore::apply(std::int64_t number, const std::string& text) {
    const fs::path path = journal_.path_of(number);
    const JournalEntry entry = parse_journal_entry(text, path.string());
    if (entry.after != place().hash)
        throw bad_data(
            "{}: does not follow the entry before it, so that two machines wrote apart or a file was replaced; the "
            "shared folder must be one file system that all workers see, not copies of it",
            path.string());
    copy_.date(entry.date);
    apply_fact(entry.fact);
    copy_.database().prepare("UPDATE journal SET number = ?, hash = ?").bind(0, number).bind(1, hash_of(text)).run();
}

/// What does not hold any more - a claim that another entry ended - has no effect.
void FolderJobStore::apply_fact(const JournalFact& fact) {
    Database& database = copy_.database();
    if (const auto* study = std::get_if<StudyBegun>(&fact)) {
        begin_study(database, study->record, study->origin);
    } else if (const auto* wanted = std::get_if<JobsWanted>(&fact)) {
        copy_.want(wanted->jobs);
    } else if (const auto* taken = std::get_if<JobTaken>(&fact)) {
        copy_.free(taken->lost);
        if (taken->taken) copy_.take(*taken->taken);
    } else if (const auto* finished = std::get_if<JobFinished>(&fact)) {
        const bool held = copy_.finish(finished->by.job, finished->by.claim, finished->score);
        if (held && !finished->run.empty())
            database.prepare("INSERT OR REPLACE INTO runs VALUES (?, ?)")
                .bind(0, finished->by.job)
                .bind(1, finished->run)
                .run();
    } else if (const auto* failed = std::get_if<JobFailed>(&fact)) {
        copy_.fail(failed->by.job, failed->by.claim, failed->reason);
    } else if (const auto* released = std::get_if<JobReleased>(&fact)) {
        copy_.release(released->by.job, released->by.claim, released->how);
    } else if (const auto* decision = std::get_if<Decision>(&fact)) {
        copy_.decide(*decision);
    }
}

/// Writes the entry that `make` makes of what the copy says, if any, and does what it says. Returns whether there was
/// one. Where another entry comes first, `make` is asked again.
bool FolderJobStore::change(const std::function<std::optional<JournalFact>()>& make) {
    look();
    Transaction transaction(copy_.database());
    std::optional<JournalFact> fact;
    while ((fact = make())) {
        const Place before = place();
        const std::string text = to_json_text(
            {.after = before.hash, .writer = new_claim(), .date = std::time(nullptr), .fact = std::move(*fact)});
        // What nobody could read would stop everybody.
        parse_journal_entry(text, "what is to be shared");
        if (journal_.append(before.number + 1, text)) {
            apply(before.number + 1, text);
            break;
        }
        catch_up(kEntriesAtATime);
    }
    transaction.commit();
    return fact.has_value();
}

/// An entry that ends a claim, where it holds.
bool FolderJobStore::end(const JobClaim& claim, JournalFact fact) {
    return change([&]() -> std::optional<JournalFact> {
        if (!copy_.holds(claim)) return std::nullopt;
        return fact;
    });
}

void FolderJobStore::begin(const StudyBegun& study) {
    change([&]() -> std::optional<JournalFact> {
        if (place().number > 0) return std::nullopt;
        return study;
    });
}

void FolderJobStore::want(std::span<const Job> jobs) {
    const auto make = [&]() -> std::optional<JournalFact> {
        JobsWanted wanted;
        for (const Job& job : jobs) {
            if (wanted.jobs.size() == kJobsInAnEntry) break;
            Statement known = copy_.database().prepare(
                "SELECT 1 FROM folds JOIN trials ON trials.id = folds.trial WHERE key = ? AND role = ? AND fold = ?");
            known.bind(0, job.key).bind(1, role_name(job.role)).bind(2, std::int64_t{job.index});
            if (!known.step()) wanted.jobs.push_back(job);
        }
        if (wanted.jobs.empty()) return std::nullopt;
        return wanted;
    };
    while (change(make)) continue;
}

std::optional<StoredJob> FolderJobStore::claim(const std::string& claim) {
    std::optional<StoredJob> job;
    change([&]() -> std::optional<JournalFact> {
        JobTaken taken{.lost = copy_.lost_claims([&](const JobClaim& held) { return signs_.last(held.claim); }),
                       .taken = {}};
        Transaction never(copy_.database());
        copy_.free(taken.lost);
        job = copy_.next();
        if (job) taken.taken = {.job = job->id, .claim = claim};
        if (!job && taken.lost.empty()) return std::nullopt;
        return taken;
    });
    if (job) job->status = JobStatus::kRunning;
    return job;
}

bool FolderJobStore::renew(std::int64_t job, const std::string& claim) {
    look();
    if (!copy_.holds({.job = job, .claim = claim})) return false;
    signs_.give(claim);
    given_for_ = claim;
    return true;
}

bool FolderJobStore::finish(std::int64_t job, const std::string& claim, const JobScore& score) {
    look();
    const JobClaim by{.job = job, .claim = claim};
    if (!copy_.holds(by)) return false;
    std::string run;
    if (const auto of_job = run_of(folder_, copy_.job(job)); of_job && fs::exists(of_job->metrics()))
        run = share_run(shared_, *of_job);
    return end(by, JobFinished{.by = by, .score = score, .run = run});
}

bool FolderJobStore::fail(std::int64_t job, const std::string& claim, const std::string& reason) {
    const JobClaim by{.job = job, .claim = claim};
    return end(by, JobFailed{.by = by, .reason = reason});
}

bool FolderJobStore::release(std::int64_t job, const std::string& claim, Release how) {
    const JobClaim by{.job = job, .claim = claim};
    return end(by, JobReleased{.by = by, .how = how});
}

NewScores FolderJobStore::scores_since(std::int64_t mark) {
    look();
    return copy_.scores_since(mark);
}

JobCounts FolderJobStore::counts() {
    look();
    return copy_.counts();
}

std::map<std::string, FamilyTally> FolderJobStore::tallies() {
    look();
    return copy_.tallies();
}

std::vector<EndedTraining> FolderJobStore::ended() {
    look();
    return copy_.ended();
}

Decision FolderJobStore::decide(const Decision& decision) {
    change([&]() -> std::optional<JournalFact> {
        const std::optional<Decision> last = copy_.last_decision();
        if (last && last->border >= decision.border) return std::nullopt;
        return decision;
    });
    return copy_.last_decision().value();
}

std::optional<Decision> FolderJobStore::last_decision() {
    look();
    return copy_.last_decision();
}

std::int64_t FolderJobStore::entries() {
    look();
    return place().number;
}

void FolderJobStore::fetch_runs() {
    look();
    for (const StoredJob& stored : copy_.jobs()) {
        const std::optional<RunFolder> run = run_of(folder_, stored.job);
        if (!run || stored.status != JobStatus::kFinished || fs::exists(run->metrics())) continue;
        Statement packed = copy_.database().prepare("SELECT sha256 FROM runs WHERE fold = ?");
        if (!packed.bind(0, stored.id).step()) throw damaged_store(fmt::format("training {} left no run", stored.id));
        fetch_run(shared_, packed.text(0), *run);
    }
}

OpenJobStore folder_job_stores(const StudyFolder& folder, const fs::path& shared) {
    return [folder, shared] { return std::make_unique<FolderJobStore>(folder, shared); };
}

std::optional<StudyBegun> read_shared_study(const fs::path& shared) {
    const Journal journal(shared);
    if (journal.count() == 0) return std::nullopt;
    const std::string source = journal.path_of(1).string();
    JournalEntry entry = parse_journal_entry(journal.read(1).value(), source);
    if (auto* const begun = std::get_if<StudyBegun>(&entry.fact)) return std::move(*begun);
    throw bad_data("{}: begins no study; begin anew in another shared folder", source);
}

std::optional<fs::path> shared_folder_of(Database& database) {
    if (!has_journal(database)) return std::nullopt;
    Statement row = database.prepare("SELECT shared FROM journal");
    row.step();
    return path_from_text(row.text(0));
}

}  // namespace inkling
