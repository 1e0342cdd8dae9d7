#include "data/postgres/connection.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/cancel.h"
#include "data/postgres/names.h"
#include "data/postgres/test_server.h"

namespace coterie::data {
namespace {

using testing::HasSubstr;
using testing::Not;

PostgresConnection open(const std::string& url) {
  Result<PostgresConnection> connection = PostgresConnection::connect(url);
  EXPECT_TRUE(connection.ok()) << connection.error().to_text();
  return std::move(connection).value();
}

TEST(PostgresConnection, RunsStatementsWithParameters) {
  COTERIE_NEED_POSTGRES(server);
  PostgresConnection db = open(server.new_database());
  ASSERT_TRUE(db.execute("CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x')").ok());
  const Result<PostgresRows> inserted =
      db.query("INSERT INTO t VALUES ($1, $2), (3, NULL)", {"2", "it's"});
  ASSERT_TRUE(inserted.ok()) << inserted.error().to_text();
  EXPECT_EQ(inserted->rows_changed, 2);
  const Result<PostgresRows> rows = db.query("SELECT a, b FROM t WHERE a > $1 ORDER BY a", {"1"});
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(rows->columns[1].name, "b");
  ASSERT_EQ(rows->rows.size(), 2U);
  EXPECT_EQ(rows->rows[0][1], "it's");
  EXPECT_EQ(rows->rows[1][1], std::nullopt);
  EXPECT_EQ(*db.scalar_text("SHOW TimeZone"), "UTC");
  EXPECT_EQ(db.scalar_text("SELECT 1 WHERE false").error().code, ErrorCode::kNotFound);
}

TEST(PostgresConnection, RollsBackUnlessCommitted) {
  COTERIE_NEED_POSTGRES(server);
  PostgresConnection db = open(server.new_database());
  ASSERT_TRUE(db.execute("CREATE TABLE t (a int)").ok());
  {
    Result<PostgresTransaction> transaction = PostgresTransaction::begin(db);
    ASSERT_TRUE(transaction.ok());
    ASSERT_TRUE(db.execute("INSERT INTO t VALUES (1)").ok());
  }
  EXPECT_EQ(*db.scalar_text("SELECT count(*) FROM t"), "0");
  {
    Result<PostgresTransaction> transaction = PostgresTransaction::begin(db);
    ASSERT_TRUE(db.execute("INSERT INTO t VALUES (1)").ok());
    ASSERT_TRUE(transaction->commit().ok());
  }
  EXPECT_EQ(*db.scalar_text("SELECT count(*) FROM t"), "1");
}

std::string connect_failure(const std::string& url) {
  const Result<PostgresConnection> connection = PostgresConnection::connect(url);
  return connection.ok() ? "connected" : connection.error().to_text();
}

TEST(PostgresConnection, ErrorsNameTheServerAndTheMendButNeverThePassword) {
  COTERIE_NEED_POSTGRES(server);
  const std::string wrong = connect_failure(server.url("postgres", "tester", "wr0ng-passw0rd"));
  EXPECT_THAT(wrong,
              HasSubstr(fmt::format("cannot connect to postgres at 127.0.0.1:{}", server.port())));
  EXPECT_THAT(wrong, HasSubstr("password authentication failed for user \"tester\""));
  EXPECT_THAT(wrong, HasSubstr("mend: check user and password of the URL"));
  EXPECT_THAT(wrong, Not(HasSubstr("wr0ng-passw0rd")));

  EXPECT_THAT(connect_failure(server.url("nowhere")),
              HasSubstr("database \"nowhere\" does not exist\n  mend: create the database"));
  EXPECT_THAT(connect_failure("postgres://u:pa55word@127.0.0.1:1/db"),
              testing::AllOf(HasSubstr("Connection refused"),
                             HasSubstr("mend: check that PostgreSQL runs there")));
  EXPECT_EQ(connect_failure("mysql://u:pa55word@host/db"),
            "not a PostgreSQL URL\n  mend: write postgres://user:password@host:port/database");
  const std::string broken = connect_failure("postgres://u:pa55word@host:x[/db?nokey");
  EXPECT_THAT(broken, HasSubstr("not a PostgreSQL URL"));
  EXPECT_THAT(broken, Not(HasSubstr("pa55word")));
}

TEST(PostgresConnection, ErrorsOfStatementsCarryCodeTableAndMend) {
  COTERIE_NEED_POSTGRES(server);
  const std::string url = server.new_database();
  PostgresConnection db = open(url);
  ASSERT_TRUE(db.execute("CREATE TABLE t (a int PRIMARY KEY); CREATE ROLE reader LOGIN PASSWORD "
                         "'reader-secret'; CREATE SCHEMA ml; INSERT INTO t VALUES (1)")
                  .ok());
  const Status missing = db.execute("SELECT * FROM nothing");
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().to_text(), HasSubstr("relation \"nothing\" does not exist"));
  const Status twice = db.execute("INSERT INTO t VALUES (1)");
  EXPECT_EQ(twice.error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(twice.error().table, "t");

  const std::string database = url.substr(url.rfind('/') + 1);
  PostgresConnection reader = open(server.url(database, "reader", "reader-secret"));
  const Status refused = reader.execute("CREATE TABLE ml.x (a int)");
  EXPECT_EQ(refused.error().code, ErrorCode::kPermission);
  EXPECT_THAT(refused.error().to_text(),
              HasSubstr("permission denied for schema ml\n  mend: GRANT USAGE, CREATE ON SCHEMA ml "
                        "TO reader"));
  EXPECT_THAT(reader.execute("DROP TABLE t").error().to_text(),
              HasSubstr("must be owner of table t\n  mend: let reader own it"));
}

TEST(PostgresConnection, CopiesBothWays) {
  COTERIE_NEED_POSTGRES(server);
  PostgresConnection db = open(server.new_database());
  ASSERT_TRUE(db.execute("CREATE TABLE t (a int, b text)").ok());
  const Result<int64_t> rows =
      db.copy_in("COPY t FROM STDIN", [](const PostgresConnection::CopySend& send) -> Status {
        RETURN_IF_ERROR(send("1\tone\n2\t"));
        return send("two\n");
      });
  ASSERT_TRUE(rows.ok()) << rows.error().to_text();
  EXPECT_EQ(*rows, 2);
  std::string text;
  const Status out = db.copy_out("COPY t TO STDOUT", [&](std::string_view bytes) -> Status {
    text += bytes;
    return {};
  });
  ASSERT_TRUE(out.ok()) << out.error().to_text();
  EXPECT_EQ(text, "1\tone\n2\ttwo\n");
}

TEST(PostgresConnection, StaysUsableAfterACopyThatFailed) {
  COTERIE_NEED_POSTGRES(server);
  PostgresConnection db = open(server.new_database());
  ASSERT_TRUE(db.execute("CREATE TABLE t (a int)").ok());
  const Result<int64_t> bad = db.copy_in(
      "COPY t FROM STDIN", [](const PostgresConnection::CopySend& send) { return send("1\nx\n"); });
  EXPECT_THAT(bad.error().to_text(), HasSubstr("invalid input syntax for type integer: \"x\" [COPY "
                                               "t, line 2, column a: \"x\"]"));
  const Result<int64_t> stopped =
      db.copy_in("COPY t FROM STDIN", [](const PostgresConnection::CopySend& send) -> Status {
        RETURN_IF_ERROR(send("1\n"));
        return invalid_input("the source broke");
      });
  EXPECT_EQ(stopped.error().message, "the source broke");
  const Status refused =
      db.copy_out("COPY (SELECT generate_series(1, 3000000)) TO STDOUT",
                  [](std::string_view) -> Status { return invalid_input("enough"); });
  EXPECT_EQ(refused.error().message, "enough");
  EXPECT_EQ(*db.scalar_text("SELECT count(*) FROM t"), "0");
}

TEST(PostgresConnection, IsCancelledWithTheProcess) {
  COTERIE_NEED_POSTGRES(server);
  PostgresConnection db = open(server.new_database());
  std::thread later([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    request_cancel();
  });
  const Status slept = db.execute("SELECT pg_sleep(60)");
  later.join();
  reset_cancel();
  EXPECT_EQ(slept.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(*db.scalar_text("SELECT 1"), "1");
}

TEST(PostgresConnection, SaysWhenTheServerWentAway) {
  Result<std::unique_ptr<PostgresTestServer>> server = PostgresTestServer::start();
  if (!server.ok() && server.error().code == ErrorCode::kNotFound)
    GTEST_SKIP() << server.error().to_text();
  ASSERT_TRUE(server.ok()) << server.error().to_text();
  PostgresConnection db = open((*server)->url("postgres"));
  (*server)->stop();
  const Status lost = db.execute("SELECT 1");
  EXPECT_EQ(lost.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(lost.error().to_text(), HasSubstr("mend: "));
}

TEST(PostgresNames, AreQuoted) {
  EXPECT_EQ(postgres_name("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(postgres_text("it's"), "'it''s'");
  EXPECT_EQ(postgres_text("a\\'b"), "E'a\\\\''b'");
  EXPECT_EQ(parse_postgres_table("Shop.Orders")->sql(), "\"shop\".\"orders\"");
  EXPECT_EQ(parse_postgres_table("\"My.Table\"")->sql(), "\"My.Table\"");
  for (const char* wrong : {"", "a.", ".b", "a.b.c", "\"open", "\"a\"b", "a\"b\""})
    EXPECT_THAT(parse_postgres_table(wrong).error().to_text(), HasSubstr("not a table's name"))
        << wrong;
}

}  // namespace
}  // namespace coterie::data
