#include "data/engine/engine.h"

#include <chrono>
#include <deque>
#include <filesystem>
#include <fstream>
#include <new>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/cancel.h"
#include "base/temporary_folder.h"

namespace coterie::data {
namespace {

using testing::HasSubstr;
using testing::Not;

Connection connect(const EngineOptions& options = {}) {
  Engine engine = *Engine::open(options);
  return *engine.connect();
}

TEST(Engine, StreamsMoreRowsThanOneChunk) {
  Connection connection = connect();
  int64_t rows = 0;
  int64_t sum = 0;
  const Status status =
      connection.for_each_chunk("select i from range(100000) t(i)", [&](const Chunk& chunk) {
        const int64_t* values = chunk.column(0).int64_data();
        for (int64_t i = 0; i < chunk.rows(); ++i) sum += values[i];
        rows += chunk.rows();
        return Status();
      });
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(rows, 100000);
  EXPECT_EQ(sum, int64_t{99999} * 50000);
}

// The engine itself never begins to stream such a union.
TEST(Engine, UnionsOfJoinsAndAggregatesEnd) {
  for (const int threads : {1, 2}) {
    Connection connection = connect({.threads = threads});
    for (const char* sql :
         {"select i from range(3000000) t(i) anti join range(100) r(j) on i = j "
          "union all select count(*) from range(1000000) t(i)",
          "select * from (select i from range(3000000) t(i) join range(3000000) r(j) on i = j "
          "union all select i from range(3000000) t(i) semi join range(99) r(j) on i = j) where i "
          ">= ?",
          "with a as materialized (select i, hash(i) as h from range(3000000) t(i)) "
          "select i from a union all select max(i) from a union all select i from a where h < "
          "99"}) {
      int64_t rows = 0;
      const std::vector<Parameter> parameters = std::string_view(sql).ends_with('?')
                                                    ? std::vector<Parameter>{0}
                                                    : std::vector<Parameter>{};
      const Status status = connection.for_each_chunk(
          sql,
          [&](const Chunk& chunk) {
            rows += chunk.rows();
            return Status();
          },
          parameters);
      ASSERT_TRUE(status.ok()) << status.error().to_text();
      EXPECT_GE(rows, 2'999'000) << sql;
    }
  }
}

TEST(Engine, GivesEveryRowOnceToTheConsumersOfItsThreads) {
  Connection connection = connect({.threads = 2});
  struct Seen {
    int64_t rows = 0, sum = 0, nulls = 0, letters = 0;
  };
  std::deque<Seen> consumers;
  const auto make_consumer = [&]() -> Connection::ChunkConsumer {
    return [&seen = consumers.emplace_back()](const Chunk& chunk) -> Status {
      EXPECT_EQ(chunk.columns(), 2);
      const ColumnView numbers = chunk.column(0), texts = chunk.column(1);
      for (int64_t i = 0; i < chunk.rows(); ++i) {
        seen.nulls += numbers.is_null(i) ? 1 : 0;
        if (!numbers.is_null(i)) seen.sum += numbers.as_int(i);
        seen.letters += static_cast<int64_t>(texts.as_text(i).size());
      }
      seen.rows += chunk.rows();
      return {};
    };
  };
  const Status status = connection.for_each_chunk_unordered(
      "select case when i % 10 = 0 then null else i end as number, 'ab' || (i % 10) as \"a text\" "
      "from range(1000000) t(i) -- the end",
      make_consumer);
  ASSERT_TRUE(status.ok()) << status.error().to_text();
  Seen all;
  for (const Seen& seen : consumers) {
    all.rows += seen.rows;
    all.sum += seen.sum;
    all.nulls += seen.nulls;
    all.letters += seen.letters;
  }
  EXPECT_LE(consumers.size(), 2u);
  EXPECT_EQ(all.rows, 1'000'000);
  EXPECT_EQ(all.nulls, 100'000);
  EXPECT_EQ(all.sum, int64_t{999'999} * 500'000 - int64_t{99'999} * 50'000 * 10);
  EXPECT_EQ(all.letters, 3'000'000);
}

TEST(Engine, EndsWithTheFirstErrorOfAConsumer) {
  Connection connection = connect({.threads = 2});
  const auto failing = []() -> Connection::ChunkConsumer {
    return
        [](const Chunk&) -> Status { return invalid_input("row 7 is wrong").with_mend("mend it"); };
  };
  const Status status =
      connection.for_each_chunk_unordered("select i from range(1000000) t(i)", failing);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(status.error().message, "row 7 is wrong");
  const auto throwing = []() -> Connection::ChunkConsumer {
    return [](const Chunk&) -> Status { throw std::bad_alloc(); };
  };
  EXPECT_THROW(static_cast<void>(connection.for_each_chunk_unordered("select 1 as i", throwing)),
               std::bad_alloc);
  // The error of the SELECT itself is the engine's.
  const auto idle = []() -> Connection::ChunkConsumer {
    return [](const Chunk&) { return Status(); };
  };
  const Status division = connection.for_each_chunk_unordered(
      "select case when i < 900000 then i else error('row ' || i) end as n from range(1000000) "
      "t(i)",
      idle);
  ASSERT_FALSE(division.ok());
  EXPECT_THAT(division.error().message, HasSubstr("row 900000"));
}

TEST(Engine, ConsumersOfOthersCannotBeReached) {
  Connection connection = connect({.threads = 2});
  const auto idle = []() -> Connection::ChunkConsumer {
    return [](const Chunk&) { return Status(); };
  };
  ASSERT_TRUE(connection.for_each_chunk_unordered("select 1 as i", idle).ok());
  const Status status = connection.execute("select coterie_consume(1, 2)");
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("not for SQL of users"));
}

TEST(Engine, ReportsAnErrorThatComesAfterTheFirstChunks) {
  Connection connection = connect();
  Result<Query> query = connection.query(
      "select case when i < 900000 then i else error('row ' || i) end from range(1000000) t(i)");
  ASSERT_TRUE(query.ok()) << query.error().to_text();
  int64_t rows = 0;
  Status last;
  while (true) {
    Result<std::optional<Chunk>> chunk = query->next();
    if (!chunk.ok()) {
      last = chunk.error();
      break;
    }
    if (!*chunk) break;
    rows += (*chunk)->rows();
  }
  ASSERT_FALSE(last.ok()) << "the stream ended silently after " << rows << " rows";
  EXPECT_THAT(last.error().message, HasSubstr("row 900000"));
  EXPECT_LE(rows, 900000);
}

TEST(Engine, SaysThatAnotherStatementEndedTheStream) {
  Connection connection = connect();
  Query query = *connection.query("select i from range(10000000) t(i)");
  ASSERT_TRUE(query.next().ok());
  ASSERT_EQ(*connection.scalar_int("select 7"), 7);
  Result<std::optional<Chunk>> chunk = query.next();
  while (chunk.ok() && *chunk) chunk = query.next();
  ASSERT_FALSE(chunk.ok());
}

TEST(Engine, QueriesOutliveTheirConnectionAndEngine) {
  Query query = [] {
    Connection connection = connect();
    return *connection.query("select i from range(300000) t(i)");
  }();
  int64_t rows = 0;
  for (auto chunk = query.next(); *chunk; chunk = query.next()) rows += (*chunk)->rows();
  EXPECT_EQ(rows, 300000);
}

TEST(Engine, RunsScriptsWhoseLaterStatementsNeedTheEarlierOnes) {
  Connection connection = connect();
  const Status status = connection.execute(
      "create table t(a integer, b varchar); insert into t values (1, 'x'), (2, 'y')");
  ASSERT_TRUE(status.ok()) << status.error().to_text();
  EXPECT_EQ(*connection.scalar_text("create table u as from t; select b from u where a = ?", {2}),
            "y");
  Query insert = *connection.query("insert into t values (3, null)");
  EXPECT_EQ(insert.rows_changed(), 1);
}

TEST(Engine, BindsEveryKindOfParameter) {
  Connection connection = connect();
  EXPECT_EQ(*connection.scalar_text("select concat_ws('|', ?, ?, ?, ?, coalesce(?, 'none'))",
                                    {int64_t{1} << 40, 2.5, true, "it's", Parameter()}),
            "1099511627776|2.5|true|it's|none");
  const Status status = connection.execute("select ?", {});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "SQL has 1 parameters, 0 values were given");
}

TEST(Engine, ScalarsAreExactlyOneValue) {
  Connection connection = connect();
  EXPECT_EQ(*connection.scalar_int("select sum(i)::hugeint from range(10) t(i)"), 45);
  EXPECT_DOUBLE_EQ(*connection.scalar_real("select 12.34::decimal(18,2)"), 12.34);
  EXPECT_EQ(connection.scalar_int("select null::bigint").error().message,
            "unexpected null of: select null::bigint");
  EXPECT_EQ(connection.scalar_int("select 1 from range(2)").error().message,
            "expected one row and one column of: select 1 from range(2)");
  EXPECT_EQ(connection.scalar_int("select 1 where false").error().code, ErrorCode::kInternal);
  EXPECT_EQ(connection.scalar_int("select 170141183460469231731687303715884105727").error().message,
            "a whole number is beyond 64 bits");
}

TEST(Engine, DescribesWithoutRunning) {
  Connection connection = connect();
  const std::vector<ColumnInfo> columns = *connection.describe(
      "select error('ran ' || random())::varchar as a, 1.5::decimal(18,2) as \"B c\", [{'x': 1}] "
      "as l, date '2020-01-01' d,"
      " current_timestamp ts, [1.0::float]::float[1] as v, 'a'::enum('a') e, '{}'::json j");
  std::vector<std::string> found;
  for (const ColumnInfo& column : columns) found.push_back(column.name + ":" + column.sql_type);
  EXPECT_THAT(found, testing::ElementsAre(
                         "a:VARCHAR", "B c:DECIMAL(18,2)", "l:STRUCT(\"x\" INTEGER)[]", "d:DATE",
                         "ts:TIMESTAMP WITH TIME ZONE", "v:FLOAT[1]", "e:ENUM", "j:JSON"));
  EXPECT_EQ(columns[1].type, ValueType::kDecimal);
  EXPECT_EQ(columns[2].type, ValueType::kOther);
}

TEST(Engine, AppenderLoadsEveryType) {
  Connection connection = connect();
  ASSERT_TRUE(connection
                  .execute("create schema s; create table s.t(i bigint, k integer, r double, b "
                           "boolean, v varchar, ts timestamp, d date, n integer)")
                  .ok());
  Appender appender = *connection.append_to("s.t");
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(appender.add(int64_t{i}).ok());
    ASSERT_TRUE(appender.add(int32_t{-i}).ok());
    ASSERT_TRUE(appender.add(i / 2.0).ok());
    ASSERT_TRUE(appender.add(i % 2 == 0).ok());
    ASSERT_TRUE(appender.add("text that is not inlined " + std::to_string(i)).ok());
    ASSERT_TRUE(appender.add_micros(int64_t{i} * 1'000'000).ok());
    ASSERT_TRUE(appender.add_days(i).ok());
    ASSERT_TRUE(appender.add_null().ok());
    ASSERT_TRUE(appender.end_row().ok());
  }
  ASSERT_TRUE(appender.close().ok());
  EXPECT_EQ(*connection.scalar_text("select concat_ws('|', i, k, r, b, v, ts, d) from s.t where n "
                                    "is null and i = 3"),
            "3|-3|1.5|false|text that is not inlined 3|1970-01-01 00:00:03|1970-01-04");
  EXPECT_EQ(*connection.scalar_int("select count(*) from s.t"), 5000);
  EXPECT_THAT(connection.append_to("nowhere").error().message, HasSubstr("nowhere"));
}

TEST(Engine, PrivateCatalogsDoNotSeeEachOther) {
  Engine engine = *Engine::open({});
  Connection first = *engine.connect();
  Connection second = *engine.connect();
  ASSERT_TRUE(first.execute("create table shared as select 1 as a").ok());
  ASSERT_TRUE(first.use_private_catalog().ok());
  ASSERT_TRUE(first.use_private_catalog().ok());
  ASSERT_TRUE(second.use_private_catalog().ok());
  ASSERT_TRUE(first.execute("create schema facts; create view facts.t as select 1 as a").ok());
  ASSERT_TRUE(second.execute("create schema facts; create view facts.t as select 2 as a").ok());
  EXPECT_EQ(*first.scalar_int("select a from facts.t"), 1);
  EXPECT_EQ(*second.scalar_int("select a from facts.t"), 2);
  EXPECT_EQ(*second.scalar_int("select a from shared"), 1);
  EXPECT_EQ(*second.scalar_int("select a from memory.main.shared"), 1);
  {
    const Connection gone = std::move(first);
  }
  EXPECT_EQ(*second.scalar_int("select count(*) from duckdb_databases() where database_name like "
                               "'session%'"),
            1);
}

TEST(Engine, WorksInUtc) {
  Connection connection = connect();
  EXPECT_EQ(*connection.scalar_text("select make_timestamptz(0)::varchar"),
            "1970-01-01 00:00:00+00");
  EXPECT_EQ(*connection.scalar_int("select epoch_us('2020-01-01'::timestamptz)"), 1577836800000000);
}

TEST(EngineErrors, TellOurMistakesFromTheUsers) {
  Connection connection = connect();
  EXPECT_EQ(connection.execute("select * from missing").error().code, ErrorCode::kInternal);
  EXPECT_EQ(connection.execute("select 'x'::integer").error().code, ErrorCode::kInvalidInput);
  connection.expect_user_sql();
  const Error parser = connection.execute("selec 1").error();
  EXPECT_EQ(parser.code, ErrorCode::kInvalidInput);
  EXPECT_THAT(parser.message, HasSubstr("syntax error at or near \"selec\""));
  const Error binder = connection.execute("select nothing from range(3)").error();
  EXPECT_EQ(binder.code, ErrorCode::kInvalidInput);
  EXPECT_THAT(binder.message, HasSubstr("nothing"));
  EXPECT_EQ(connection.execute("select 1 from missing").error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(connection.execute(" -- nothing").error().message, "SQL without a statement");
  EXPECT_EQ(connection.execute(std::string_view("select 1\0;", 10)).error().message,
            "SQL holds a zero byte");
}

TEST(EngineErrors, OutOfMemoryNamesTheSetting) {
  Connection connection = connect({.memory_bytes = 32 << 20});
  const Status status = connection.execute(
      "create table t as select i, random() r from range(20000000) s(i) order by r");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(status.error().mend, "raise `resources: memory` in coterie.yaml");
  EXPECT_THAT(status.error().message, Not(HasSubstr("Possible solutions")));
}

TEST(EngineErrors, FullSpillSpaceNamesTheDisk) {
  const TemporaryFolder folder;
  Connection connection = connect({.memory_bytes = 64 << 20,
                                   .temporary_folder = folder / "spill",
                                   .temporary_bytes = 16 << 20});
  const Status status = connection.execute(
      "create table t as select i, random() r from range(30000000) s(i) order by r");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kResourceExhausted) << status.error().to_text();
  EXPECT_THAT(status.error().mend, HasSubstr("resources: disk"));
  EXPECT_THAT(status.error().message, Not(HasSubstr("setting")));
}

TEST(EngineSpill, KeepsLiveFoldersAndRemovesDeadOnes) {
  const TemporaryFolder folder;
  const std::string parent = folder / "spill";
  std::filesystem::create_directories(parent + "/spill-1-0");
  std::ofstream(parent + "/spill-1-0/left.tmp") << "bytes of a dead engine";
  std::ofstream(parent + "/spill-1-0.lock") << "";
  std::ofstream(parent + "/unrelated.txt") << "kept";
  const auto count = [&] {
    int folders = 0;
    for (const auto& entry : std::filesystem::directory_iterator(parent)) {
      folders += entry.is_directory() ? 1 : 0;
    }
    return folders;
  };
  {
    Engine first = *Engine::open({.temporary_folder = parent});
    EXPECT_EQ(count(), 1);
    Engine second = *Engine::open({.temporary_folder = parent});
    EXPECT_EQ(count(), 2);
    Connection connection = *first.connect();
    EXPECT_TRUE(connection
                    .execute("set memory_limit = '64MB'; create table t as select i, random() r "
                             "from range(10000000) s(i) order by r")
                    .ok());
  }
  EXPECT_EQ(count(), 0);
  EXPECT_TRUE(std::filesystem::exists(parent + "/unrelated.txt"));
}

TEST(EngineCancel, InterruptsARunningStatement) {
  Connection connection = connect();
  std::thread later([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    request_cancel();
  });
  const Result<double> endless = connection.scalar_real(
      "select sum(sqrt(a.i * b.i)) from range(10000000) a(i), range(10000000) b(i)");
  later.join();
  reset_cancel();
  ASSERT_FALSE(endless.ok());
  EXPECT_EQ(endless.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(*connection.scalar_int("select 1"), 1);
}

TEST(EngineCancel, InterruptsAStream) {
  Connection connection = connect();
  Query query = *connection.query("select i from range(100000000000) t(i)");
  ASSERT_TRUE(query.next().ok());
  request_cancel();
  Result<std::optional<Chunk>> chunk = query.next();
  reset_cancel();
  ASSERT_FALSE(chunk.ok());
  EXPECT_EQ(chunk.error().code, ErrorCode::kCancelled);
}

TEST(EngineCancel, RefusesToStartWhenCancelled) {
  Connection connection = connect();
  request_cancel();
  const Status status = connection.execute("create table t(a integer)");
  reset_cancel();
  EXPECT_EQ(status.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(*connection.scalar_int("select count(*) from duckdb_tables()"), 0);
}

TEST(SqlText, QuotesWhatCouldEscape) {
  EXPECT_EQ(quote_name("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(quote_text("it's; drop"), "'it''s; drop'");
  EXPECT_EQ(quote_text_list({"a", "b'"}), "['a','b''']");
  EXPECT_EQ(quote_name_list({"a", "b"}), "\"a\", \"b\"");
  Connection connection = connect();
  const std::string nasty = "'; select \"x\\\n--/*";
  EXPECT_EQ(*connection.scalar_text("select " + quote_text(nasty) + " as " + quote_name(nasty)),
            nasty);
}

}  // namespace
}  // namespace coterie::data
