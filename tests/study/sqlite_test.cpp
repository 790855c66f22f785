#include "study/sqlite.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "refusal.h"
#include "temporary_folder.h"

namespace inkling {
namespace {

class SqliteTest : public testing::Test {
  protected:
    SqliteTest() { database_.execute("CREATE TABLE t (i INTEGER, x REAL, s TEXT) STRICT"); }

    std::int64_t count() {
        Statement statement = database_.prepare("SELECT COUNT(*) FROM t");
        statement.step();
        return statement.integer(0);
    }

    TemporaryFolder folder_;
    Database database_{folder_ / "file.sqlite", Database::Mode::kCreate};
};

TEST_F(SqliteTest, GivesBackWhatWasBound) {
    Statement insert = database_.prepare("INSERT INTO t VALUES (?, ?, ?)");
    insert.bind(0, std::numeric_limits<std::int64_t>::min()).bind(1, 0.1).bind(2, "a'b\"c\n\xc3\xa9").run();
    EXPECT_EQ(database_.last_row_id(), 1);
    insert.bind(0, std::numeric_limits<std::int64_t>::max()).bind(1, std::nan("")).bind(2, "").run();
    EXPECT_EQ(database_.last_row_id(), 2);
    EXPECT_EQ(database_.changes(), 1);

    Statement rows = database_.prepare("SELECT i, x, s, x IS NULL, s IS NULL FROM t ORDER BY rowid");
    ASSERT_TRUE(rows.step());
    EXPECT_EQ(rows.integer(0), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(rows.number(1), 0.1);
    EXPECT_EQ(rows.text(2), "a'b\"c\n\xc3\xa9");
    ASSERT_TRUE(rows.step());
    EXPECT_EQ(rows.integer(0), std::numeric_limits<std::int64_t>::max());
    EXPECT_TRUE(std::isnan(rows.number(1)));
    EXPECT_EQ(rows.integer(3), 1);
    EXPECT_EQ(rows.text(2), "");
    EXPECT_EQ(rows.integer(4), 0);  // empty, not NULL
    EXPECT_FALSE(rows.step());
}

TEST_F(SqliteTest, UndoesATransactionThatIsNotCommitted) {
    {
        Transaction transaction(database_);
        database_.execute("INSERT INTO t VALUES (1, 1, 'a')");
    }
    EXPECT_EQ(count(), 0);
    {
        Transaction transaction(database_);
        database_.execute("INSERT INTO t VALUES (1, 1, 'a')");
        transaction.commit();
    }
    EXPECT_EQ(count(), 1);
}

TEST_F(SqliteTest, ReadsWhileAnotherWrites) {
    Transaction transaction(database_);
    database_.execute("INSERT INTO t VALUES (1, 1, 'a')");
    Database reader(folder_ / "file.sqlite", Database::Mode::kRead);
    Statement rows = reader.prepare("SELECT COUNT(*) FROM t");
    rows.step();
    EXPECT_EQ(rows.integer(0), 0);
}

TEST_F(SqliteTest, NamesTheFileInWhatItRefuses) {
    EXPECT_TRUE(contains(refusal_with(ExitStatus::kFailed, [&] { database_.prepare("SELECT y FROM t"); }),
                         "file.sqlite: no such column: y"));
    EXPECT_TRUE(
        contains(refusal_with(ExitStatus::kFailed, [&] { database_.execute("INSERT INTO t VALUES ('x', 1, 'a')"); }),
                 "file.sqlite: cannot store TEXT value in INTEGER column"));
    Database reader(folder_ / "file.sqlite", Database::Mode::kRead);
    EXPECT_TRUE(contains(refusal_with(ExitStatus::kFailed, [&] { reader.execute("DELETE FROM t"); }), "readonly"));
}

}  // namespace
}  // namespace inkling
