// Compaction, garbage collection, backup and restore.

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/warehouse/test_warehouse_internal.h"

namespace coterie::data {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

int64_t count_parts(const std::string& folder) {
  int64_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    count += entry.path().extension() == ".parquet" ? 1 : 0;
  }
  return count;
}

TEST(Compact, MergesSmallPartsAndKeepsContentAndVersion) {
  TestWarehouse test;
  for (int i = 9; i >= 0; --i) {
    test.append("t", "select " + std::to_string(i) + " as n", {.sort_by = {"n"}});
  }
  test.append("t", "select 10 as n, 'new' as added");
  test.replace("few", "select 1 as n");
  const TableInfo before = test.info("t");
  const Snapshot snapshot = take(test.warehouse.snapshot());
  const CompactReport report = take(test.warehouse.compact(test.engine, 10));
  EXPECT_THAT(report.tables, ElementsAre("t"));
  EXPECT_EQ(report.parts_before, 11);
  EXPECT_EQ(report.parts_after, 1);
  const TableInfo after = test.info("t");
  EXPECT_EQ(after.parts, 1);
  EXPECT_EQ(after.rows, 11);
  EXPECT_EQ(after.version, before.version);
  EXPECT_EQ(after.updated_at, before.updated_at);
  EXPECT_EQ(after.run_id, before.run_id);
  EXPECT_EQ(test.text("select string_agg(n || coalesce(added, ''), ',') from t"),
            "0,1,2,3,4,5,6,7,8,9,10new");
  Connection connection = test.connect();
  must(snapshot.attach(connection));
  EXPECT_EQ(take(connection.scalar_int("select sum(n)::bigint from t")), 55);
  EXPECT_TRUE(take(test.warehouse.compact(test.engine, 10)).tables.empty());
}

TEST(Compact, RewritesPartsThatAreMostlyHidden) {
  TestWarehouse test;
  const auto days = [](int first, int last) {
    return "select date '1970-01-01' + d::integer as day, d as n from range(" +
           std::to_string(first) + ", " + std::to_string(last + 1) + ") r(d)";
  };
  test.replace("t", days(0, 99), {.day_column = "day"});
  test.replace_days("t", days(0, 39), 0, 39);
  EXPECT_TRUE(take(test.warehouse.compact(test.engine)).tables.empty());
  test.replace_days("t", days(40, 59), 40, 59);
  EXPECT_THAT(take(test.warehouse.compact(test.engine)).tables, ElementsAre("t"));
  EXPECT_EQ(test.info("t").parts, 3);
  EXPECT_EQ(test.number("select count(distinct day) from t"), 100);
  // The histogram of the new part is its own: days can be replaced in it again.
  test.replace_days("t", days(90, 99), 60, 99);
  EXPECT_EQ(test.info("t").rows, 70);
  EXPECT_EQ(test.number("select count(*) from t"), 70);
  take(test.warehouse.gc(1));
  EXPECT_EQ(test.number("select count(*) from t"), 70);
  EXPECT_EQ(count_parts(test.warehouse.folder()), 3);
}

TEST(Compact, MergesDictionariesToo) {
  TestWarehouse test;
  for (int i = 0; i < 6; ++i) {
    WriteTransaction transaction = take(test.warehouse.begin("run"));
    Connection connection = test.connect();
    must(transaction.encode_ids("customer", connection,
                                "select 'c" + std::to_string(9 - i) + "' as id"));
    take(transaction.commit());
  }
  EXPECT_THAT(take(test.warehouse.compact(test.engine, 5)).tables, ElementsAre("dict_customer"));
  EXPECT_EQ(test.text("select string_agg(id || code, ' ' order by code) from facts.dict_customer"),
            "c90 c81 c72 c63 c54 c45");
  EXPECT_TRUE(take(test.warehouse.verify(test.engine)).empty());
}

TEST(Compact, LeavesATableThatIsReplacedMeanwhile) {
  TestWarehouse test;
  for (int i = 0; i < 4; ++i) test.append("t", "select 1 as n");
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  Connection connection = test.connect();
  take(transaction.replace("t", connection, "select 5 as n"));
  take(test.warehouse.compact(test.engine, 1));
  take(transaction.commit());
  EXPECT_EQ(test.text("select string_agg(n, ',') from t"), "5");
}

TEST(Gc, KeepsTheNewestVersionsAndWhatIsBeingRead) {
  TestWarehouse test;
  for (int i = 1; i <= 10; ++i) test.replace("t", "select " + std::to_string(i) + " as n");
  std::optional<Snapshot> reading(take(test.warehouse.snapshot()));  // version 10
  for (int i = 11; i <= 15; ++i) test.replace("t", "select " + std::to_string(i) + " as n");
  const GcReport report = take(test.warehouse.gc(3));
  EXPECT_EQ(report.versions_in_use, 1);
  EXPECT_EQ(report.versions_pruned, 12);  // 0 .. 9, 11, 12
  EXPECT_EQ(report.files_removed, 11);
  EXPECT_GT(report.bytes_removed, 0);
  EXPECT_EQ(count_parts(test.warehouse.folder()), 4);
  Connection connection = test.connect();
  must(reading->attach(connection));
  EXPECT_EQ(take(connection.scalar_int("select n from t")), 10);
  reading.reset();
  EXPECT_EQ(take(test.warehouse.gc(3)).files_removed, 1);
}

TEST(Gc, SparesStagedFilesOfALiveTransaction) {
  TestWarehouse test;
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  Connection connection = test.connect();
  take(transaction.replace("t", connection, "select 1 as n"));
  EXPECT_EQ(take(test.warehouse.gc(1)).files_removed, 0);
  take(transaction.commit());
  EXPECT_EQ(test.number("select n from t"), 1);
  EXPECT_EQ(take(test.warehouse.gc(1)).files_removed, 0);
  EXPECT_EQ(test.number("select n from t"), 1);
}

TEST(Gc, ForgetsMarksAndDictionariesOfForgottenVersionsOnly) {
  TestWarehouse test;
  for (int i = 0; i < 5; ++i) {
    WriteTransaction transaction = take(test.warehouse.begin("run"));
    transaction.set_mark("k", std::to_string(i));
    transaction.set_mark("once", i == 0 ? "x" : "y");
    take(transaction.commit());
  }
  take(test.warehouse.gc(1));
  EXPECT_EQ(take(take(test.warehouse.snapshot()).mark("k")), "4");
  EXPECT_EQ(take(take(test.warehouse.snapshot()).mark("once")), "y");
}

TEST(Gc, LeavesFilesThatAreNotItsOwn) {
  TestWarehouse test;
  test.replace("t", "select 1 as n");
  {
    std::ofstream(test.warehouse.folder() + "/t/notes.txt") << "mine";
  }
  {
    std::ofstream(test.warehouse.folder() + "/t/part-of-something.parquet") << "mine";
  }
  EXPECT_EQ(take(test.warehouse.gc(1)).files_removed, 0);
}

class Backup : public testing::Test {
 protected:
  void SetUp() override {
    WriteTransaction transaction = take(test_.warehouse.begin("run"));
    Connection connection = test_.connect();
    must(
        transaction.encode_ids("customer", connection, "select 'a' || i as id from range(5) r(i)"));
    take(transaction.replace("t", connection,
                             "select i::integer as customer_id, i as n from range(5) r(i)",
                             {.entities = {{"customer_id", "customer"}}}));
    transaction.set_mark("offset", "17");
    take(transaction.commit());
  }
  std::string read(Warehouse& warehouse) {
    const Snapshot snapshot = take(warehouse.snapshot());
    Connection connection = test_.connect();
    must(snapshot.attach(connection));
    return take(connection.scalar_text(
               "select string_agg(customer_id || n, ' ' order by n) from t")) +
           "@" + take(snapshot.mark("offset")).value_or("none");
  }
  TestWarehouse test_;
  std::string copy_ = test_.folder / "copies/backup";
  std::string other_ = test_.folder / "other";
};

TEST_F(Backup, IsAWarehouseOfOneVersion) {
  test_.replace("t", "select 0 as customer_id, 7::bigint as n");
  test_.replace("u", "select 1 as n");
  test_.drop("u");
  must(test_.warehouse.backup(copy_));
  EXPECT_EQ(count_parts(copy_), 2);
  Warehouse copy = take(Warehouse::open(copy_));
  EXPECT_EQ(read(copy), "a07@17");
  EXPECT_FALSE(take(copy.snapshot()).has("u"));
  EXPECT_EQ(take(copy.snapshot()).version(), take(test_.warehouse.snapshot()).version());
  EXPECT_TRUE(take(copy.verify(test_.engine)).empty());
}

TEST_F(Backup, RefusesAnExistingFolder) {
  fs::create_directories(copy_);
  EXPECT_EQ(test_.warehouse.backup(copy_).error().to_text(),
            copy_ + ": the backup's folder exists already\n  mend: name a new folder");
}

TEST_F(Backup, RestoresIntoANewFolder) {
  must(test_.warehouse.backup(copy_));
  must(Warehouse::restore(copy_, other_));
  Warehouse restored = take(Warehouse::open(other_));
  EXPECT_EQ(read(restored), "a00 a11 a22 a33 a44@17");
}

TEST_F(Backup, RestoresOverAWarehouseThatNobodyHasOpen) {
  must(test_.warehouse.backup(copy_));
  {
    Warehouse old_one = take(Warehouse::open(other_));
    WriteTransaction transaction = take(old_one.begin("run"));
    transaction.set_mark("offset", "old");
    take(transaction.commit());
    const Status refused = Warehouse::restore(copy_, other_);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().to_text(),
              other_ +
                  ": the warehouse is open in this or another process\n"
                  "  mend: stop `coterie serve` and other runs on it first");
    EXPECT_EQ(take(take(old_one.snapshot()).mark("offset")), "old");
  }
  must(Warehouse::restore(copy_, other_));
  Warehouse restored = take(Warehouse::open(other_));
  EXPECT_EQ(read(restored), "a00 a11 a22 a33 a44@17");
  for (const auto& entry : fs::directory_iterator(test_.folder.path())) {
    EXPECT_THAT(entry.path().string(), testing::Not(HasSubstr("growing")));
  }
}

TEST_F(Backup, ADamagedBackupIsRefusedAndNothingIsTouched) {
  must(test_.warehouse.backup(copy_));
  {
    const Warehouse target = take(Warehouse::open(other_));
  }
  for (const auto& entry : fs::directory_iterator(copy_ + "/t")) {
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(60);
    file.put('!');
  }
  const Status refused = Warehouse::restore(copy_, other_);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().to_text(), HasSubstr(copy_ + "/t/part-"));
  EXPECT_THAT(refused.error().to_text(), HasSubstr("use another backup"));
  Warehouse target = take(Warehouse::open(other_));
  EXPECT_EQ(take(target.snapshot()).version(), 0);
}

TEST_F(Backup, WhatIsNoBackupIsRefused) {
  EXPECT_EQ(Warehouse::restore(test_.folder / "nothing", other_).error().to_text(),
            test_.folder / "nothing" +
                ": this is no backup of a warehouse: it has no "
                "catalog.sqlite");
}

TEST_F(Backup, CodesGoOnAfterRestore) {
  must(test_.warehouse.backup(copy_));
  must(Warehouse::restore(copy_, other_));
  Warehouse restored = take(Warehouse::open(other_));
  WriteTransaction transaction = take(restored.begin("run"));
  Connection connection = test_.connect();
  must(transaction.encode_ids("customer", connection, "select 'zz' as id"));
  take(transaction.commit());
  const Snapshot snapshot = take(restored.snapshot());
  must(snapshot.attach(connection));
  EXPECT_EQ(take(connection.scalar_int("select code from facts.dict_customer where id = 'zz'")), 5);
}

}  // namespace
}  // namespace coterie::data
