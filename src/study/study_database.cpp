#include "study/study_database.h"

namespace inkling {
namespace {

constexpr std::int64_t kSchemaVersion = 4;

/// Times are seconds since 1970.
constexpr const char* kTables = R"(
CREATE TABLE studies (
    id INTEGER PRIMARY KEY CHECK (id = 1), recipe TEXT NOT NULL, budget TEXT NOT NULL, split TEXT NOT NULL, files TEXT NOT NULL,
    threads INTEGER NOT NULL, data TEXT NOT NULL, environment TEXT NOT NULL, begun TEXT NOT NULL,
    automatic_precision TEXT NOT NULL, trains_bf16 INTEGER NOT NULL, orientation TEXT) STRICT;
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
    return database;
}

Error damaged_store(const std::string& what) {
    return bad_data("the study's store is damaged: {}; take another folder with --out", what);
}

}  // namespace inkling
