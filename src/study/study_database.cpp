#include "study/study_database.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "study/study_recipe.h"

namespace inkling {
namespace {

constexpr std::int64_t kSchemaVersion = 4;

/// Times are seconds since 1970. Where a study has a time, `decisions` are what was decided between rounds (Decision),
/// and of `studies`, `asked` is the recipe that was sized and `seconds` what its trainings are to take.
constexpr const char* kTables = R"(
CREATE TABLE studies (
    id INTEGER PRIMARY KEY CHECK (id = 1), recipe TEXT NOT NULL, budget TEXT NOT NULL, split TEXT NOT NULL, files TEXT NOT NULL,
    threads INTEGER NOT NULL, data TEXT NOT NULL, environment TEXT NOT NULL, begun TEXT NOT NULL,
    automatic_precision TEXT NOT NULL, trains_bf16 INTEGER NOT NULL, orientation TEXT, asked TEXT, seconds REAL) STRICT;
CREATE TABLE decisions (
    border INTEGER PRIMARY KEY, spent REAL NOT NULL, expected REAL NOT NULL, decided TEXT NOT NULL,
    rounds TEXT NOT NULL, confirm INTEGER NOT NULL, confirm_seeds INTEGER NOT NULL, final_seeds INTEGER NOT NULL,
    curves INTEGER NOT NULL) STRICT;
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
CREATE VIEW configurations AS SELECT trials.id AS trial, family, overrides, learning_rate, SUM(status = 'finished') AS folds,
    AVG(accuracy) AS mean_accuracy, TOTAL(seconds) AS seconds, MAX(reason) AS reason
    FROM trials JOIN folds ON folds.trial = trials.id WHERE role = 'fold' GROUP BY trials.id;
PRAGMA user_version = 4;
)";

/// What each machine has done, for who looks. Studies that were begun without it get it when they go on.
constexpr const char* kHosts = R"(
CREATE TABLE IF NOT EXISTS hosts (
    name TEXT PRIMARY KEY, trainings INTEGER NOT NULL, seconds REAL NOT NULL, images REAL NOT NULL) STRICT;
)";

// What each role's trainings come to by their status, and which have ended, in that order. `seconds` are those of the
// steps of what is finished; of what runs, when it was begun, since 1970, all together.
constexpr const char* kCounted =
    "SELECT family, role, status, COUNT(*) AS trainings, TOTAL(CASE status WHEN 'finished' THEN seconds WHEN 'running' "
    "THEN started END) AS seconds FROM folds JOIN trials ON trials.id = folds.trial GROUP BY family, role, status";
constexpr const char* kEnded = "SELECT id, id AS training FROM folds WHERE status IN ('finished', 'failed')";

/// Keeps that up to date with each change of a training, whoever makes it; and finds what waits, and who claims what,
/// without a look at all trainings. Studies that were begun without it get it when they go on.
constexpr const char* kKept = R"(
CREATE TABLE tallies (
    family TEXT NOT NULL, role TEXT NOT NULL, status TEXT NOT NULL, trainings INTEGER NOT NULL, seconds REAL NOT NULL,
    PRIMARY KEY (family, role, status)) STRICT, WITHOUT ROWID;
CREATE TABLE ends (id INTEGER PRIMARY KEY, training INTEGER NOT NULL REFERENCES folds) STRICT;
CREATE TRIGGER training_wanted AFTER INSERT ON folds BEGIN
    INSERT INTO tallies VALUES ((SELECT family FROM trials WHERE id = NEW.trial), NEW.role, NEW.status, 1, 0)
        ON CONFLICT (family, role, status) DO UPDATE SET trainings = trainings + 1;
END;
CREATE TRIGGER training_changed AFTER UPDATE OF status ON folds BEGIN
    UPDATE tallies SET trainings = trainings - 1, seconds = seconds - CASE status
            WHEN 'finished' THEN COALESCE(OLD.seconds, 0) WHEN 'running' THEN COALESCE(OLD.started, 0) ELSE 0 END
        WHERE family = (SELECT family FROM trials WHERE id = OLD.trial) AND role = OLD.role AND status = OLD.status;
    INSERT INTO tallies VALUES ((SELECT family FROM trials WHERE id = NEW.trial), NEW.role, NEW.status, 1,
            CASE NEW.status WHEN 'finished' THEN COALESCE(NEW.seconds, 0) WHEN 'running' THEN COALESCE(NEW.started, 0)
            ELSE 0 END)
        ON CONFLICT (family, role, status) DO UPDATE
        SET trainings = trainings + 1, seconds = seconds + excluded.seconds;
    INSERT INTO ends (training) SELECT NEW.id
        WHERE NEW.status IN ('finished', 'failed') AND OLD.status NOT IN ('finished', 'failed');
END;
CREATE INDEX waiting ON folds (role) WHERE status = 'pending';
CREATE INDEX running ON folds (owner) WHERE status = 'running';
)";

std::int64_t number(Database& database, const char* sql) {
    Statement statement = database.prepare(sql);
    statement.step();
    return statement.integer(0);
}

std::int64_t version(Database& database) { return number(database, "PRAGMA user_version"); }

/// Makes the tables in an empty file.
void make_tables(Database& database) {
    Transaction transaction(database);
    if (number(database, "SELECT COUNT(*) FROM sqlite_schema") > 0) return;
    database.execute(kTables);
    transaction.commit();
}

bool keeps_counts(Database& database) {
    return number(database, "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'ends'") > 0;
}

void keep_counts(Database& database) {
    if (keeps_counts(database)) return;
    Transaction transaction(database);
    if (keeps_counts(database)) return;
    database.execute(fmt::format("{}INSERT INTO tallies {}; INSERT INTO ends {};", kKept, kCounted, kEnded));
    transaction.commit();
}

/// For who may not write in a study that was begun without them. Its marks hold for one look: trainings end in another
/// order than they are numbered in.
void show_counts(Database& database) {
    if (keeps_counts(database)) return;
    database.execute(fmt::format("CREATE TEMP VIEW tallies AS {}; CREATE TEMP VIEW ends AS {};", kCounted, kEnded));
}

std::vector<std::size_t> read_counts(const std::string& text) {
    std::vector<std::size_t> counts;
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_array())
        for (const auto& count : json)
            if (count.is_number_unsigned()) counts.push_back(count);
    return counts;
}

}  // namespace

Database open_study_database(const std::filesystem::path& path, Database::Mode mode) {
    Database database(path, mode);
    if (mode == Database::Mode::kCreate && version(database) == 0) make_tables(database);
    const std::int64_t found = version(database);
    if (found > 0 && found < kSchemaVersion)
        throw bad_data(
            "{}: begun by an older version, which compared options by other rules; its report.html stays as it is, to "
            "go on begin anew in another folder",
            path.string());
    if (found != kSchemaVersion)
        throw bad_data("{}: schema version {}, expected {}; it is of another version of this program, or no study",
                       path.string(), found, kSchemaVersion);
    if (mode == Database::Mode::kRead) {
        show_counts(database);
    } else {
        database.execute(kHosts);
        keep_counts(database);
    }
    return database;
}

std::optional<Decision> read_last_decision(Database& database) {
    Statement row = database.prepare(
        "SELECT border, spent, expected, decided, rounds, confirm, confirm_seeds, final_seeds, curves FROM decisions "
        "ORDER BY border DESC LIMIT 1");
    if (!row.step()) return {};
    return Decision{.border = static_cast<int>(row.integer(0)),
                    .spent = row.number(1),
                    .expected = row.number(2),
                    .decided = read_counts(row.text(3)),
                    .rounds = read_counts(row.text(4)),
                    .confirm = static_cast<int>(std::clamp<std::int64_t>(row.integer(5), 0, kMostConfirmed)),
                    .confirm_seeds = static_cast<int>(std::clamp<std::int64_t>(row.integer(6), 1, kMostConfirmed)),
                    .final_seeds = static_cast<int>(std::clamp<std::int64_t>(row.integer(7), 1, kMostFinalSeeds)),
                    .curves = row.integer(8) != 0};
}

Error damaged_store(const std::string& what) {
    return bad_data("the study's store is damaged: {}; take another folder with --out", what);
}

}  // namespace inkling
