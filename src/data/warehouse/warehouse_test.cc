#include "data/warehouse/warehouse.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "data/warehouse/test_warehouse_internal.h"

namespace coterie::data {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> part_files(const TestWarehouse& test) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(test.warehouse.folder())) {
    if (entry.path().extension() == ".parquet") files.push_back(entry.path().string());
  }
  return files;
}

TEST(Warehouse, StartsEmpty) {
  TestWarehouse test;
  const Snapshot snapshot = take(test.warehouse.snapshot());
  EXPECT_EQ(snapshot.version(), 0);
  EXPECT_TRUE(snapshot.tables().empty());
  EXPECT_EQ(take(snapshot.mark("x")), std::nullopt);
}

TEST(Warehouse, ReadsWhatWasReplacedAndAppended) {
  TestWarehouse test;
  EXPECT_EQ(test.replace("t", "select i as a, 'x' || i as b from range(10) r(i)"), 1);
  EXPECT_EQ(test.append("t", "select 100::bigint as a, 'y' as b"), 2);
  EXPECT_EQ(test.number("select sum(a)::bigint from t"), 145);
  EXPECT_EQ(test.number("select count(*) from facts.t"), 11);
  EXPECT_EQ(test.replace("t", "select 7::bigint as a, 'z' as b"), 3);
  EXPECT_EQ(test.text("select a || b from t"), "7z");
}

TEST(Warehouse, SurvivesReopening) {
  TestWarehouse test;
  test.replace("t", "select 42 as a", {.key = {"a"}, .sort_by = {"a"}});
  Warehouse again = take(Warehouse::open(test.warehouse.folder()));
  const Snapshot snapshot = take(again.snapshot());
  const TableInfo info = snapshot.table("t").value();
  EXPECT_EQ(info.rows, 1);
  EXPECT_EQ(info.parts, 1);
  EXPECT_EQ(info.run_id, "run");
  EXPECT_EQ(info.version, 1);
  EXPECT_GT(info.bytes, 0);
  EXPECT_GT(info.updated_at, 0);
  EXPECT_THAT(info.key, ElementsAre("a"));
  EXPECT_THAT(info.sort_by, ElementsAre("a"));
  EXPECT_THAT(info.columns, ElementsAre(ColumnSchema{"a", "INTEGER", ""}));
}

TEST(Warehouse, SnapshotsDoNotSeeLaterCommits) {
  TestWarehouse test;
  test.replace("t", "select 1 as a");
  const Snapshot before = take(test.warehouse.snapshot());
  test.replace("t", "select 2 as a");
  test.replace("u", "select 3 as a");
  Connection connection = test.connect();
  must(before.attach(connection));
  EXPECT_EQ(take(connection.scalar_int("select a from t")), 1);
  EXPECT_FALSE(before.has("u"));
  EXPECT_EQ(before.table("t")->version, 1);
}

TEST(Warehouse, TwoSnapshotsOfOneEngineDoNotMix) {
  TestWarehouse test;
  test.replace("t", "select 1 as a");
  const Snapshot old_snapshot = take(test.warehouse.snapshot());
  test.replace("t", "select 2 as a");
  const Snapshot new_snapshot = take(test.warehouse.snapshot());
  Connection first = test.connect();
  Connection second = test.connect();
  must(old_snapshot.attach(first));
  must(new_snapshot.attach(second));
  EXPECT_EQ(take(first.scalar_int("select a from t")), 1);
  EXPECT_EQ(take(second.scalar_int("select a from t")), 2);
}

TEST(Warehouse, AttachAgainMovesToTheOtherVersion) {
  TestWarehouse test;
  test.replace("t", "select 1 as a");
  test.replace("gone", "select 1 as a");
  const Snapshot old_snapshot = take(test.warehouse.snapshot());
  Connection connection = test.connect();
  must(old_snapshot.attach(connection));
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  must(transaction.drop("gone"));
  take(transaction.replace("t", connection, "select a + 1 as a from t"));
  take(transaction.commit());
  const Snapshot new_snapshot = take(test.warehouse.snapshot());
  must(new_snapshot.attach(connection));
  EXPECT_EQ(take(connection.scalar_int("select a from t")), 2);
  EXPECT_FALSE(connection.execute("select * from gone").ok());
  EXPECT_FALSE(connection.execute("select * from facts.gone").ok());
}

TEST(Warehouse, AttachesOnlyWhatIsAsked) {
  TestWarehouse test;
  test.replace("t", "select 1 as a");
  test.replace("u", "select 2 as a");
  const Snapshot snapshot = take(test.warehouse.snapshot());
  Connection connection = test.connect();
  must(snapshot.attach(connection, {"u"}));
  EXPECT_EQ(take(connection.scalar_int("select a from u")), 2);
  EXPECT_FALSE(connection.execute("select * from t").ok());
  EXPECT_EQ(snapshot.attach(connection, {"v"}).error().to_text(),
            "the warehouse has no table 'v'\n"
            "  mend: `coterie tables` lists what there is; `coterie run` makes the rest");
}

TEST(WriteTransaction, CommitsSeveralTablesAndMarksTogether) {
  TestWarehouse test;
  WriteTransaction transaction = take(test.warehouse.begin("r1"));
  Connection connection = test.connect();
  EXPECT_EQ(take(transaction.replace("t", connection, "select 1 as a")), 1);
  EXPECT_EQ(take(transaction.append("u", connection, "select i as a from range(3) r(i)")), 3);
  transaction.set_mark("source/a", "17");
  transaction.set_mark("source/b", "it's");
  transaction.set_mark("step/x", "abc");
  EXPECT_TRUE(take(test.warehouse.snapshot()).tables().empty());
  EXPECT_EQ(take(transaction.commit()), 1);
  const Snapshot snapshot = take(test.warehouse.snapshot());
  EXPECT_EQ(snapshot.tables().size(), 2U);
  EXPECT_EQ(take(snapshot.mark("step/x")), "abc");
  const auto marks = take(snapshot.marks("source/"));
  EXPECT_THAT(marks, ElementsAre(std::pair<std::string, std::string>("source/a", "17"),
                                 std::pair<std::string, std::string>("source/b", "it's")));

  WriteTransaction later = take(test.warehouse.begin("r2"));
  later.remove_mark("source/a");
  later.set_mark("source/b", "new");
  EXPECT_EQ(take(later.commit()), 2);
  const Snapshot now = take(test.warehouse.snapshot());
  EXPECT_EQ(take(now.marks("source/")).size(), 1U);
  EXPECT_EQ(take(now.mark("source/b")), "new");
  EXPECT_EQ(take(snapshot.mark("source/a")), "17");
}

TEST(WriteTransaction, RollsBackWithoutATrace) {
  TestWarehouse test;
  test.replace("t", "select 1 as a");
  {
    WriteTransaction transaction = take(test.warehouse.begin("run"));
    Connection connection = test.connect();
    take(transaction.replace("t", connection, "select 2 as a"));
    take(transaction.append("t", connection, "select 3 as a"));
    EXPECT_EQ(part_files(test).size(), 3U);
  }
  EXPECT_EQ(part_files(test).size(), 1U);
  EXPECT_TRUE(fs::is_empty(test.warehouse.folder() + "/staging"));
  EXPECT_EQ(test.number("select a from t"), 1);
}

TEST(WriteTransaction, AppliesItsWritesInOrder) {
  TestWarehouse test;
  test.replace("t", "select 1 as a");
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  Connection connection = test.connect();
  take(transaction.append("t", connection, "select 2 as a"));
  take(transaction.replace("t", connection, "select 3 as a"));
  take(transaction.append("t", connection, "select 4 as a"));
  must(transaction.drop("u"));
  take(transaction.append("u", connection, "select 5 as a"));
  take(transaction.commit());
  EXPECT_EQ(test.text("select string_agg(a, ',' order by a) from t"), "3,4");
  EXPECT_EQ(test.number("select a from u"), 5);
  EXPECT_EQ(test.info("t").rows, 2);
  EXPECT_EQ(test.info("t").parts, 2);
}

TEST(WriteTransaction, DropsAndMakesAnew) {
  TestWarehouse test;
  test.replace("t", "select 1 as a");
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  Connection connection = test.connect();
  must(transaction.drop("t"));
  take(transaction.replace("t", connection, "select 'text' as a"));
  take(transaction.commit());
  EXPECT_EQ(test.text("select a from t"), "text");
}

TEST(WriteTransaction, KeepsEmptyTables) {
  TestWarehouse test;
  test.replace("t", "select 1 as a, 'x' as b where false");
  EXPECT_EQ(test.info("t").rows, 0);
  EXPECT_EQ(test.info("t").parts, 0);
  EXPECT_EQ(test.number("select count(*) from t where a = 1 and b = 'x'"), 0);
  test.append("t", "select 1 as a, 'x' as b");
  EXPECT_EQ(test.number("select count(*) from t"), 1);
}

TEST(WriteTransaction, AppendsOfConcurrentTransactionsBothSurvive) {
  TestWarehouse test;
  test.replace("t", "select 0 as a");
  Connection connection = test.connect();
  WriteTransaction first = take(test.warehouse.begin("first"));
  WriteTransaction second = take(test.warehouse.begin("second"));
  take(first.append("t", connection, "select 1 as a"));
  take(second.append("t", connection, "select 2 as a"));
  take(second.commit());
  take(first.commit());
  EXPECT_EQ(test.text("select string_agg(a, ',' order by a) from t"), "0,1,2");
}

TEST(WriteTransaction, LastReplaceWinsUnlessItRequiredAVersion) {
  TestWarehouse test;
  test.replace("t", "select 0 as a");
  Connection connection = test.connect();
  WriteTransaction blind = take(test.warehouse.begin("blind"));
  WriteTransaction careful = take(test.warehouse.begin("careful"));
  careful.require_version("t", 1);
  take(careful.replace("t", connection, "select 1 as a"));
  take(blind.replace("t", connection, "select 2 as a"));
  take(blind.commit());
  const Result<int64_t> refused = careful.commit();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_EQ(refused.error().to_text(),
            "table 't': changed by run blind meanwhile: it was at version 1, it is at 2\n"
            "  mend: run it again");
  EXPECT_EQ(test.number("select a from t"), 2);
  EXPECT_EQ(part_files(test).size(), 2U);
}

TEST(WriteTransaction, RequiresThatATableDoesNotExist) {
  TestWarehouse test;
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  transaction.require_version("t", 0);
  transaction.set_mark("k", "v");
  test.replace("t", "select 0 as a");
  EXPECT_EQ(transaction.commit().error().code, ErrorCode::kConflict);
}

TEST(WriteTransaction, IsOverAfterCommit) {
  TestWarehouse test;
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  Connection connection = test.connect();
  take(transaction.replace("t", connection, "select 0 as a"));
  take(transaction.commit());
  EXPECT_EQ(transaction.commit().error().message, "the transaction is over");
  EXPECT_EQ(transaction.append("t", connection, "select 0 as a").error().message,
            "the transaction is over");
}

TEST(WriteTransaction, RefusesNamesThatAreNoFolder) {
  TestWarehouse test;
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  Connection connection = test.connect();
  for (const char* name : {"", "../x", "a/b", "dict_customer", "staging", "1a", "a b", "a.b",
                           "Sales", "caf\xC3\xA9"}) {
    const Result<int64_t> result = transaction.replace(name, connection, "select 1 as a");
    ASSERT_FALSE(result.ok()) << name;
    EXPECT_THAT(result.error().to_text(), HasSubstr("cannot be a table's name")) << name;
  }
}

TEST(WriteTransaction, FailsWithTheEnginesReasonAndLeavesNoFile) {
  TestWarehouse test;
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  Connection connection = test.connect();
  const Result<int64_t> result = transaction.replace(
      "t", connection,
      "select case when i < 300000 then i else error('row') end a from range(400000) r(i)");
  ASSERT_FALSE(result.ok());
  EXPECT_TRUE(part_files(test).empty());
  transaction.set_mark("still", "usable");
  EXPECT_TRUE(transaction.commit().ok());
}

TEST(WriteTransaction, SortsRowsInsideParts) {
  TestWarehouse test;
  test.replace("t",
               "select (hash(i) % 1000000)::integer as a, hash(i) as b from range(700000) r(i)",
               {.sort_by = {"a", "b"}});
  EXPECT_EQ(test.info("t").parts, 1);
  Connection connection = test.connect();
  EXPECT_EQ(take(connection.scalar_int(
                "select count(*) from (select (a, b) < lag((a, b)) over (order by "
                "file_row_number) as wrong from read_parquet(" +
                quote_text(part_files(test)[0]) + ", file_row_number = true)) where wrong")),
            0);
}

TEST(WriteTransaction, WritesTheSameBytesWithAnyThreads) {
  std::set<std::string> contents;
  for (const int threads : {1, 2, 4, 4}) {
    TestWarehouse test;
    test.engine = take(Engine::open({.threads = threads}));
    test.replace("t", "select i, hash(i) as h, i::varchar as s from range(700000) r(i)");
    contents.insert(take(read_file(part_files(test)[0])));
  }
  EXPECT_EQ(contents.size(), 1U);
}

TEST(WriteTransaction, WithNothingToCommitMakesNoVersion) {
  TestWarehouse test;
  test.replace("t", "select 1 as a");
  WriteTransaction empty = take(test.warehouse.begin("run"));
  EXPECT_EQ(take(empty.commit()), 1);
  WriteTransaction checking = take(test.warehouse.begin("run"));
  checking.require_version("t", 7);
  EXPECT_EQ(checking.commit().error().code, ErrorCode::kConflict);
  Connection connection = test.connect();
  for (int i = 0; i < 2; ++i) {
    WriteTransaction encoding = take(test.warehouse.begin("run"));
    must(encoding.encode_ids("customer", connection, "select 'a' as id"));
    EXPECT_EQ(take(encoding.commit()), 2);
  }
}

TEST(Warehouse, ServesSqlOfUsersConfinedToItsFolder) {
  TestWarehouse test;
  test.replace("t", "select 1 as a");
  {
    std::ofstream(test.folder / "secret.csv") << "a,b\n1,2\n";
  }
  Engine confined = take(Engine::open({.confined_to = {test.warehouse.folder()}}));
  Connection connection = take(confined.connect());
  const Snapshot snapshot = take(test.warehouse.snapshot());
  must(snapshot.attach(connection));
  connection.allow_only_reads();
  EXPECT_EQ(take(connection.scalar_int("select a from t")), 1);
  EXPECT_EQ(take(connection.scalar_int("with x as (from facts.t) select count(*) from x")), 1);
  EXPECT_EQ(connection.execute("from read_csv('" + test.folder / "secret.csv" + "')").error().code,
            ErrorCode::kPermission);
  EXPECT_EQ(connection.execute("drop view t").error().code, ErrorCode::kPermission);
}

TEST(Warehouse, RefusesAPathThatMeansAPattern) {
  const TemporaryFolder folder;
  EXPECT_THAT(Warehouse::open(folder / "a[1]").error().to_text(),
              HasSubstr("a warehouse's path may not contain * ? or ["));
}

TEST(Warehouse, WorksInAFolderWithQuotesAndEqualsSigns) {
  const TemporaryFolder folder;
  Warehouse warehouse = take(Warehouse::open(folder / "it's year=2020"));
  Engine engine = take(Engine::open({}));
  Connection connection = take(engine.connect());
  WriteTransaction transaction = take(warehouse.begin("run"));
  take(transaction.replace("t", connection, "select 1 as a"));
  take(transaction.commit());
  const Snapshot snapshot = take(warehouse.snapshot());
  must(snapshot.attach(connection));
  EXPECT_EQ(take(connection.scalar_text("select * from t")), "");
  EXPECT_EQ(take(connection.scalar_int("select * from t")), 1);
}

TEST(Warehouse, RefusesACatalogueThatIsNone) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "w");
  {
    std::ofstream(folder / "w/catalog.sqlite") << std::string(5000, 'x');
  }
  const Result<Warehouse> opened = Warehouse::open(folder / "w");
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(opened.error().to_text(), HasSubstr("catalog.sqlite"));
  EXPECT_THAT(opened.error().to_text(), HasSubstr("coterie restore"));
}

// Rows written as a file by the caller are a part like any other.
TEST(Warehouse, ScratchFilesAreReadByConfinedConnectionsAndEndWithTheTransaction) {
  TestWarehouse test;
  for (const bool commits : {false, true}) {
    WriteTransaction transaction = take(test.warehouse.begin("run"));
    const std::string path = take(transaction.scratch_file("t"));
    EXPECT_NE(take(transaction.scratch_file("t")), path);
    must(test.connect().execute("copy (select 7 as a) to '" + path + "' (format parquet)"));
    Engine engine = take(Engine::open({.confined_to = {test.warehouse.folder()}}));
    Connection confined = take(engine.connect());
    EXPECT_EQ(take(confined.scalar_int("select a from read_parquet('" + path + "')")), 7);
    EXPECT_EQ(part_files(test), std::vector{path});
    EXPECT_EQ(take(test.warehouse.gc()).files_removed, 0);
    if (commits) take(transaction.commit());
    {
      const WriteTransaction ended = std::move(transaction);
    }
    EXPECT_THAT(part_files(test), testing::IsEmpty());
  }
  EXPECT_FALSE(take(test.warehouse.snapshot()).has("t"));
}

TEST(Warehouse, TakesRowsThatTheCallerWrites) {
  TestWarehouse test;
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  Connection connection = test.connect();
  const std::string select = "select i::integer as a, date '2020-01-01' + i::integer as day from ";
  EXPECT_EQ(take(transaction.replace("t", connection, test.written_rows(select + "range(5) r(i)"),
                                     {.day_column = "day"})),
            5);
  EXPECT_EQ(
      take(transaction.append("t", connection, test.written_rows(select + "range(3, 7) r(i)"))), 4);
  take(transaction.commit());
  take(test.warehouse.snapshot());
  test.replace_days("t", "select 100::integer as a, date '2020-01-04' as day", 18265, 18265);
  const Snapshot snapshot = take(test.warehouse.snapshot());
  ASSERT_TRUE(snapshot.attach(connection).ok());
  EXPECT_EQ(take(connection.scalar_text("select string_agg(a, ' ' order by a) from t")),
            "0 1 2 4 4 5 6 100");
  EXPECT_EQ(snapshot.table("t")->rows, 8);
}

TEST(Warehouse, LeavesNoFileOfRowsThatCouldNotBeWritten) {
  TestWarehouse test;
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  Connection connection = test.connect();
  const RowSource broken{{{"a", ValueType::kInt, "INTEGER"}},
                         [](const std::string& path) -> Result<int64_t> {
                           std::ofstream(path) << "half a file";
                           return invalid_input("the source broke");
                         }};
  const Result<int64_t> rows = transaction.append("t", connection, broken);
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.error().to_text(), "the source broke");
  EXPECT_TRUE(part_files(test).empty());
}

}  // namespace
}  // namespace coterie::data
