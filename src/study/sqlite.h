#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "study/write_wait.h"

struct sqlite3;
struct sqlite3_stmt;

namespace inkling {

/// A prepared SQLite statement. Parameters and columns are numbered from 0. Every method throws Error, as Database
/// says.
class Statement {
  public:
    Statement& bind(int parameter, std::int64_t value);
    Statement& bind(int parameter, double value);  // NaN becomes NULL
    Statement& bind(int parameter, std::string_view value);

    /// Goes to the next row; false after the last.
    bool step();
    /// For a statement without rows: does it, and can then be bound and run again.
    void run();
    /// Can then be bound and stepped anew.
    void reset();

    std::int64_t integer(int column) const;
    double number(int column) const;  // NULL becomes NaN
    std::string text(int column) const;

  private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    Statement(class Database& database, std::string_view sql);

    class Database* database_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// A connection to an SQLite database in a file, for one thread, in WAL mode; waits for others that write
/// (write_wait.h). One that is only read may lie in a folder that cannot be written. Errors are Error: interrupted
/// where a wait was, bad data where the file is not such a database, else failed; they name the file.
class Database {
  public:
    enum class Mode { kRead, kWrite, kCreate };  // kCreate: makes the file where it is lacking
    Database(const std::filesystem::path& path, Mode mode);

    Statement prepare(std::string_view sql) { return {*this, sql}; }
    void execute(const std::string& sql);  // one or more statements without parameters
    std::int64_t last_row_id() const;
    std::int64_t changes() const;  // rows that the last statement changed
    bool in_transaction() const;

    /// Throws what SQLite says about the last call.
    [[noreturn]] void fail() const;

  private:
    friend class Statement;
    struct Close {
        void operator()(sqlite3* handle) const;
    };
    std::filesystem::path path_;
    std::unique_ptr<WriteWait> others_;  // where SQLite knows it
    std::unique_ptr<sqlite3, Close> handle_;
};

/// A transaction that begins with the right to write, and is undone unless commit() was called. Within another one of
/// the connection it is part of that: what it commits goes where that one is undone.
class Transaction {
  public:
    explicit Transaction(Database& database);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

  private:
    Database& database_;
    bool nested_;
    bool open_ = true;
};

}  // namespace inkling
