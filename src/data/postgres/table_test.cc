#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/postgres/table_reader.h"
#include "data/postgres/table_writer.h"
#include "data/postgres/test_server.h"

namespace coterie::data {
namespace {

using testing::HasSubstr;

struct Pair {
  Engine engine;
  Connection duck;
  PostgresConnection db;

  static Pair open(PostgresTestServer& server) {
    Result<Engine> engine = Engine::open({.threads = 2});
    CHECK(engine.ok());
    Result<Connection> duck = engine->connect();
    CHECK(duck.ok());
    Result<PostgresConnection> db = PostgresConnection::connect(server.new_database());
    CHECK(db.ok());
    return {std::move(*engine), std::move(*duck), std::move(*db)};
  }

  std::string text(const std::string& sql) {
    Result<std::string> value = duck.scalar_text(sql);
    return value.ok() ? *value : value.error().to_text();
  }
};

TEST(PostgresReader, KeepsEveryTypeExactly) {
  COTERIE_NEED_POSTGRES(server);
  Pair pair = Pair::open(server);
  ASSERT_TRUE(pair.db
                  .execute(R"(
    SET TimeZone = 'Europe/Stockholm';
    CREATE TYPE colour AS ENUM ('red', 'blue');
    CREATE TABLE t (yes boolean, small smallint, i integer, big bigint, r real, d double precision,
      price numeric(18,2), wide numeric, huge numeric(50,3), day date, wall timestamp,
      moment timestamptz, words text, short varchar(5), fixed char(4), list int[], doc jsonb,
      id uuid, hue colour);
    INSERT INTO t VALUES (true, -32768, 2147483647, -9223372036854775808, 1.5, 0.1, -12.30,
      12345678901234567890.123456789, 7.125, '1969-12-31', '2020-02-29 23:59:59.999999',
      '2020-03-29 03:30:00+02', E'tab\there, Å', 'short', 'ab', '{1,NULL,3}', '{"a": [1]}',
      '6f1c3b9e-0000-4000-8000-000000000001', 'blue');
    INSERT INTO t (day, wall, d) VALUES ('infinity', '-infinity', 'NaN'))")
                  .ok());
  const Result<PostgresRead> read =
      read_postgres(pair.db, "SELECT * FROM t ORDER BY small NULLS LAST", pair.duck, "loaded");
  ASSERT_TRUE(read.ok()) << read.error().to_text();
  EXPECT_EQ(read->rows, 2);
  EXPECT_EQ(pair.text("SELECT string_agg(data_type, ',' ORDER BY column_index) "
                      "FROM duckdb_columns() WHERE table_name = 'loaded'"),
            "BOOLEAN,SMALLINT,INTEGER,BIGINT,FLOAT,DOUBLE,DECIMAL(18,2),VARCHAR,VARCHAR,DATE,"
            "TIMESTAMP,TIMESTAMP WITH TIME ZONE,VARCHAR,VARCHAR,VARCHAR,VARCHAR,VARCHAR,VARCHAR,"
            "VARCHAR");
  EXPECT_EQ(pair.text("SELECT concat_ws('|', yes, small, i, big, r, d, price, wide, huge, day, "
                      "wall, epoch_us(moment), words, short, fixed, list, doc, id, hue) "
                      "FROM loaded WHERE yes"),
            "true|-32768|2147483647|-9223372036854775808|1.5|0.1|-12.30|"
            "12345678901234567890.123456789|7.125|1969-12-31|2020-02-29 23:59:59.999999|"
            "1585445400000000|tab\there, Å|short|ab|{1,NULL,3}|{\"a\": [1]}|"
            "6f1c3b9e-0000-4000-8000-000000000001|blue");
  EXPECT_EQ(pair.text("SELECT concat_ws('|', day, wall, isnan(d), moment IS NULL) FROM loaded "
                      "WHERE yes IS NULL"),
            "infinity|-infinity|true|true");
}

TEST(PostgresReader, ReportsNumericsThatAreNoNumbers) {
  COTERIE_NEED_POSTGRES(server);
  Pair pair = Pair::open(server);
  ASSERT_TRUE(pair.db
                  .execute("CREATE TABLE t (a numeric(6,2), b numeric); "
                           "INSERT INTO t VALUES (1, 1), ('NaN', 'NaN')")
                  .ok());
  const Result<PostgresRead> read =
      read_postgres(pair.db, "SELECT * FROM t ORDER BY a", pair.duck, "loaded");
  ASSERT_TRUE(read.ok()) << read.error().to_text();
  ASSERT_EQ(read->unreadable_count, 1);
  EXPECT_EQ(read->unreadable[0].row, 2);
  EXPECT_EQ(read->unreadable[0].column, "a");
  EXPECT_EQ(read->unreadable[0].text, "NaN");
  EXPECT_EQ(pair.text("SELECT string_agg(b, ',') || count(a) FROM loaded"), "1,NaN1");
}

TEST(PostgresReader, LeavesNoTableBehindOnErrors) {
  COTERIE_NEED_POSTGRES(server);
  Pair pair = Pair::open(server);
  const Result<PostgresRead> missing =
      read_postgres(pair.db, "SELECT * FROM nothing", pair.duck, "loaded");
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  const Result<PostgresRead> broken =
      read_postgres(pair.db, "SELECT 1 / (5000 - i) AS a FROM generate_series(1, 9000) AS s(i)",
                    pair.duck, "loaded");
  EXPECT_THAT(broken.error().to_text(), HasSubstr("division by zero"));
  EXPECT_EQ(pair.text("SELECT count(*)::VARCHAR FROM duckdb_tables()"), "0");
  EXPECT_THAT(
      read_postgres(pair.db, "SELECT 1 AS a, 2 AS a", pair.duck, "loaded").error().to_text(),
      HasSubstr("two columns are called 'a'\n  mend: name each with AS"));
}

TEST(PostgresWriter, RoundTripsRandomRows) {
  COTERIE_NEED_POSTGRES(server);
  Pair pair = Pair::open(server);
  const std::string cell = "CASE WHEN hash(i * 16 + {}) % 5 > 0 THEN ({})::{} END AS {}";
  const auto column = [&](int n, const char* value, const char* type, const char* name) {
    return fmt::format(fmt::runtime(cell), n, value, type, name);
  };
  const std::string select = fmt::format(
      "SELECT i, {}, {}, {}, {}, {}, {}, {}, {} FROM range(20000) AS s(i)",
      column(1, "i % 2 = 0", "BOOLEAN", "b"),
      column(2, "hash(i)::HUGEINT - 9000000000000000000", "DOUBLE", "d"),
      column(3, "(hash(i) % 100000000)::BIGINT", "DECIMAL(18,2)", "m"),
      column(4, "DATE '1900-01-01' + (hash(i) % 90000)::INTEGER", "DATE", "day"),
      column(5, "make_timestamp((hash(i) % 4000000000000000)::BIGINT - 2000000000000000)",
             "TIMESTAMP", "t"),
      column(6, "'a' || chr(9) || chr(10) || chr(13) || chr(92) || 'N' || i || 'ö'", "VARCHAR",
             "s"),
      column(7, "[i, NULL, i / 3.0]", "FLOAT[]", "l"),
      column(8, "hash(i) % 30000", "SMALLINT", "n"));
  ASSERT_TRUE(pair.duck.execute("CREATE TABLE source AS " + select).ok());
  const Result<std::vector<PublishedColumn>> columns =
      published_columns(pair.duck, "SELECT * FROM source");
  ASSERT_TRUE(columns.ok()) << columns.error().to_text();
  std::string create;
  for (const PublishedColumn& published : *columns)
    create +=
        fmt::format("{}{} {}", create.empty() ? "" : ", ", published.name, published.postgres_type);
  EXPECT_EQ(create,
            "i bigint, b boolean, d double precision, m numeric(18,2), day date, t timestamptz, "
            "s text, l real[], n smallint");
  ASSERT_TRUE(pair.db.execute("CREATE TABLE t (" + create + ")").ok());
  const Result<int64_t> written =
      write_postgres(pair.duck, "SELECT * FROM source", pair.db, "\"t\"");
  ASSERT_TRUE(written.ok()) << written.error().to_text();
  EXPECT_EQ(*written, 20000);
  ASSERT_TRUE(read_postgres(pair.db, "SELECT * FROM t", pair.duck, "back").ok());
  const std::string comparable =
      "SELECT i, b, d, m, day, epoch_us(t) AS t, s, replace(replace(l::VARCHAR, ' ', ''), '.0', "
      "'') AS l, n FROM ";
  ASSERT_TRUE(
      pair.duck.execute("UPDATE back SET l = replace(replace(l, '{', '['), '}', ']')").ok());
  EXPECT_EQ(pair.text(fmt::format("SELECT count(*)::VARCHAR FROM (({0} source EXCEPT {0} back) "
                                  "UNION ALL ({0} back EXCEPT {0} source))",
                                  comparable)),
            "0");
}

TEST(PostgresWriter, WritesNestedValuesAsJsonAndReplacesZeroCharacters) {
  COTERIE_NEED_POSTGRES(server);
  Pair pair = Pair::open(server);
  ASSERT_TRUE(pair.db.execute("CREATE TABLE t (a jsonb, b jsonb, c text, d timestamptz)").ok());
  const Result<int64_t> written =
      write_postgres(pair.duck,
                     "SELECT ['x', 'y''\"'] AS a, {'k': 1.5::DOUBLE} AS b, 'n' || chr(0) AS c, "
                     "TIMESTAMP 'infinity' AS d",
                     pair.db, "\"t\"");
  ASSERT_TRUE(written.ok()) << written.error().to_text();
  EXPECT_EQ(*pair.db.scalar_text("SELECT concat_ws('|', a, b, c, d) FROM t"),
            "[\"x\", \"y'\\\"\"]|{\"k\": 1.5}|n\xEF\xBF\xBD|infinity");
}

TEST(PostgresWriter, IsAllOrNothing) {
  COTERIE_NEED_POSTGRES(server);
  Pair pair = Pair::open(server);
  ASSERT_TRUE(pair.db.execute("CREATE TABLE t (a integer CHECK (a < 90000))").ok());
  const Result<int64_t> refused =
      write_postgres(pair.duck, "SELECT range AS a FROM range(100000)", pair.db, "\"t\"");
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidInput);
  EXPECT_THAT(refused.error().to_text(), HasSubstr("violates check constraint"));
  const Result<int64_t> broken = write_postgres(
      pair.duck,
      "SELECT (CASE WHEN range = 50000 THEN error('broken') ELSE '1' END)::INTEGER AS a "
      "FROM range(60000)",
      pair.db, "\"t\"");
  EXPECT_THAT(broken.error().to_text(), HasSubstr("broken"));
  EXPECT_EQ(*pair.db.scalar_text("SELECT count(*) FROM t"), "0");
}

}  // namespace
}  // namespace coterie::data
