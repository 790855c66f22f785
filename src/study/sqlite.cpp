#include "study/sqlite.h"

#include <sqlite3.h>
#include <unistd.h>

#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/interrupt.h"

namespace inkling {
namespace {

int open_flags(Database::Mode mode) {
    switch (mode) {
        case Database::Mode::kRead:
            return SQLITE_OPEN_READONLY;
        case Database::Mode::kWrite:
            return SQLITE_OPEN_READWRITE;
        default:
            return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    }
}

/// Reading a database in WAL mode takes files beside it, which SQLite makes. Where it may not and none are there, so
/// that nobody writes either, the file alone is the whole.
bool is_file_alone(const std::filesystem::path& path) {
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
    return ::access(folder.c_str(), W_OK) != 0 && !std::filesystem::exists(path.string() + "-wal");
}

/// See https://www.sqlite.org/uri.html.
std::string immutable_uri(const std::filesystem::path& path) {
    std::string uri = "file:";
    for (const char c : path.string())
        uri += c == '%' || c == '?' || c == '#' ? fmt::format("%{:02x}", static_cast<unsigned>(c)) : std::string(1, c);
    return uri + "?immutable=1";
}

/// Goes over to WAL mode. SQLite does not wait for others here (two that both read could wait for one another), so that
/// several who open a new file at once must try again.
int use_wal(sqlite3* handle, WriteWait& others) {
    for (int tries = 0;; ++tries) {
        const int result = sqlite3_exec(handle, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
        if (result != SQLITE_BUSY || !others.wait(tries)) return result;
    }
}

/// As SQLite calls it: whether to try again.
int wait_for_others(void* others, int tries) { return static_cast<WriteWait*>(others)->wait(tries) ? 1 : 0; }

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
void Database::Close::operator()(sqlite3* handle) const { sqlite3_close(handle); }

Statement::Statement(Database& database, std::string_view sql) : database_(&database) {
    sqlite3_stmt* statement = nullptr;
    const int result =
        sqlite3_prepare_v2(database.handle_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
    statement_.reset(statement);
    if (result != SQLITE_OK) database.fail();
}

Statement& Statement::bind(int parameter, std::int64_t value) {
    if (sqlite3_bind_int64(statement_.get(), parameter + 1, value) != SQLITE_OK) database_->fail();
    return *this;
}

Statement& Statement::bind(int parameter, double value) {
    if (sqlite3_bind_double(statement_.get(), parameter + 1, value) != SQLITE_OK) database_->fail();
    return *this;
}

Statement& Statement::bind(int parameter, std::string_view value) {
    if (sqlite3_bind_text(statement_.get(), parameter + 1, value.data(), static_cast<int>(value.size()),
                          SQLITE_TRANSIENT) != SQLITE_OK)
        database_->fail();
    return *this;
}

bool Statement::step() {
    const int result = sqlite3_step(statement_.get());
    if (result != SQLITE_ROW && result != SQLITE_DONE) database_->fail();
    return result == SQLITE_ROW;
}

void Statement::run() {
    step();
    reset();
}

void Statement::reset() {
    if (sqlite3_reset(statement_.get()) != SQLITE_OK) database_->fail();
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

double Statement::number(int column) const {
    if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::numeric_limits<double>::quiet_NaN();
    return sqlite3_column_double(statement_.get(), column);
}

std::string Statement::text(int column) const {
    const unsigned char* text = sqlite3_column_text(statement_.get(), column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
    return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text), size);
}

Database::Database(const std::filesystem::path& path, Mode mode)
    : path_(path), others_(std::make_unique<WriteWait>(path)) {
    sqlite3* handle = nullptr;
    const bool alone = mode == Mode::kRead && is_file_alone(path);
    const std::string name = alone ? immutable_uri(path) : path.string();
    const int result =
        sqlite3_open_v2(name.c_str(), &handle, open_flags(mode) | (alone ? SQLITE_OPEN_URI : 0), nullptr);
    handle_.reset(handle);
    if (result != SQLITE_OK) fail();
    sqlite3_busy_handler(handle, wait_for_others, others_.get());
    if (mode != Mode::kRead) {
        if (use_wal(handle, *others_) != SQLITE_OK) fail();
        execute("PRAGMA synchronous = NORMAL");
    }
    execute("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF");
}

void Database::execute(const std::string& sql) {
    if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

std::int64_t Database::last_row_id() const { return sqlite3_last_insert_rowid(handle_.get()); }
std::int64_t Database::changes() const { return sqlite3_changes(handle_.get()); }
bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

void Database::fail() const {
    const char* message = handle_ ? sqlite3_errmsg(handle_.get()) : "not enough memory";
    switch (handle_ ? sqlite3_errcode(handle_.get()) : SQLITE_NOMEM) {
        case SQLITE_BUSY:
            if (interrupted())
                throw Error(ExitStatus::kInterrupted,
                            fmt::format("stopped waiting for another process with {}", path_.string()));
            throw failed("{}: {}", path_.string(), message);
        case SQLITE_NOTADB:
        case SQLITE_CORRUPT:
            throw bad_data("{}: damaged, or not a study's database ({})", path_.string(), message);
        case SQLITE_NOMEM:
            throw failed("{}: not enough memory; raise the process's limit, or work with fewer threads",
                         path_.string());
        case SQLITE_FULL:
            throw failed("{}: the disk is full; make room and start again, nothing is lost", path_.string());
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
            if (std::filesystem::exists(path_))
                throw failed("{}: {}; make its folder writable, or copy the folder and use the copy", path_.string(),
                             message);
            [[fallthrough]];
        default:
            throw failed("{}: {}", path_.string(), message);
    }
}

Transaction::Transaction(Database& database) : database_(database), nested_(database.in_transaction()) {
    database_.execute(nested_ ? "SAVEPOINT nested" : "BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
    if (!open_) return;
    try {
        database_.execute(nested_ ? "ROLLBACK TO nested; RELEASE nested" : "ROLLBACK");
    } catch (const Error&) {
        // SQLite has undone it already, or does when the file is opened next.
    }
}

void Transaction::commit() {
    database_.execute(nested_ ? "RELEASE nested" : "COMMIT");
    open_ = false;
}

}  // namespace inkling
