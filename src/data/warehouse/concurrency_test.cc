// Several processes on one warehouse.

#include <atomic>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/cancel.h"
#include "base/sanitized.h"
#include "data/warehouse/test_child_internal.h"
#include "data/warehouse/test_warehouse_internal.h"

namespace coterie::data {
namespace {

constexpr int kAppends = if_sanitized(200, 1000);

TEST(Concurrency, TwoProcessesAppendAThousandRowsEachAndNoneIsLost) {
  TestWarehouse test;
  Child first({"append", test.warehouse.folder(), "1", std::to_string(kAppends)});
  Child second({"append", test.warehouse.folder(), "2", std::to_string(kAppends)});
  EXPECT_EQ(first.wait(), 0);
  EXPECT_EQ(second.wait(), 0);
  EXPECT_EQ(test.info("t").rows, 2 * kAppends);
  EXPECT_EQ(test.info("t").parts, 2 * kAppends);
  EXPECT_EQ(test.number("select count(*) from (select distinct writer, i from t)"), 2 * kAppends);
  EXPECT_EQ(take(test.warehouse.snapshot()).version(), 2 * kAppends);
  const CompactReport report = take(test.warehouse.compact(test.engine, kAppends));
  EXPECT_EQ(report.parts_before, 2 * kAppends);
  EXPECT_EQ(report.parts_after, 1);
  EXPECT_EQ(test.number("select count(*) from (select distinct writer, i from t)"), 2 * kAppends);
}

TEST(Concurrency, TwoProcessesEncodingNewIdsNeverShareACode) {
  TestWarehouse test;
  constexpr int kRounds = 60;
  Child first({"encode", test.warehouse.folder(), "0", std::to_string(kRounds)});
  Child second({"encode", test.warehouse.folder(), "1", std::to_string(kRounds)});
  EXPECT_EQ(first.wait(), 0);
  EXPECT_EQ(second.wait(), 0);
  EXPECT_EQ(test.text("select concat_ws(' ', count(*), count(distinct code), count(distinct id), "
                      "min(code), max(code) + 1) from facts.dict_customer"),
            "510 510 510 0 510");
  EXPECT_EQ(test.number("select count(*) from t"), 2 * kRounds * 10);
  EXPECT_EQ(test.number("select count(*) from t where customer_id is distinct from written"), 0);
  EXPECT_TRUE(take(test.warehouse.verify(test.engine)).empty());
}

TEST(Concurrency, CompactionLosesNoAppend) {
  TestWarehouse test;
  Child writer({"append", test.warehouse.folder(), "1", "300"});
  writer.read_line();
  int compactions = 0;
  std::string line = "0";
  std::atomic<bool> done = false;
  std::thread compactor([&] {
    while (!done)
      compactions += take(test.warehouse.compact(test.engine, 5)).tables.empty() ? 0 : 1;
  });
  while (!line.empty()) line = writer.read_line();
  done = true;
  compactor.join();
  EXPECT_EQ(writer.wait(), 0);
  EXPECT_GT(compactions, 0);
  EXPECT_EQ(test.number("select count(distinct i) from t"), 300);
  EXPECT_EQ(test.info("t").rows, 300);
  take(test.warehouse.gc(1));
  EXPECT_EQ(test.number("select count(distinct i) from t"), 300);
  EXPECT_TRUE(take(test.warehouse.verify(test.engine)).empty());
}

TEST(Concurrency, GcSparesFilesThatAnotherProcessIsStaging) {
  TestWarehouse test;
  Child writer({"append", test.warehouse.folder(), "1", "200"});
  std::string line = writer.read_line();
  while (!line.empty()) {
    take(test.warehouse.gc(1));
    line = writer.read_line();
  }
  EXPECT_EQ(writer.wait(), 0);
  EXPECT_EQ(test.number("select count(distinct i) from t"), 200);
}

TEST(Concurrency, ABackupTakenWhileOthersAppendIsOneOfTheVersions) {
  TestWarehouse test;
  Child writer({"append", test.warehouse.folder(), "1", "300"});
  for (int i = 0; i < 20; ++i) writer.read_line();
  std::vector<std::string> copies;
  for (int i = 0; i < 5; ++i) {
    copies.push_back(test.folder / ("backup-" + std::to_string(i)));
    must(test.warehouse.backup(copies.back()));
    for (int k = 0; k < 20; ++k) writer.read_line();
  }
  writer.kill_now();
  for (const std::string& copy : copies) {
    Warehouse restored = take(Warehouse::open(copy));
    const Snapshot snapshot = take(restored.snapshot());
    Connection connection = test.connect();
    must(snapshot.attach(connection));
    // Appends are 0, 1, 2, ...: a version holds all of them up to its number.
    EXPECT_EQ(take(connection.scalar_text(
                  "select concat_ws(' ', count(*), count(distinct i), max(i) + 1) from t")),
              std::to_string(snapshot.version()) + " " + std::to_string(snapshot.version()) + " " +
                  std::to_string(snapshot.version()));
    EXPECT_TRUE(take(restored.verify(test.engine)).empty());
  }
}

TEST(Concurrency, AReaderOfAnotherProcessKeepsItsVersionWhileItIsPruned) {
  TestWarehouse test;
  test.replace("t", "select 1::bigint as n from range(1000)");
  Child reader({"hold", test.warehouse.folder()});
  EXPECT_EQ(reader.read_line(), "1");
  for (int i = 2; i < 6; ++i) {
    test.replace("t", "select " + std::to_string(i) + "::bigint as n from range(10)");
  }
  const GcReport held = take(test.warehouse.gc(1));
  EXPECT_EQ(held.versions_in_use, 1);
  EXPECT_EQ(held.versions_pruned, 4);  // versions 0, 2, 3, 4
  EXPECT_EQ(held.files_removed, 3);
  reader.write_line("go on");
  EXPECT_EQ(reader.read_line(), "1000");
  EXPECT_EQ(reader.wait(), 0);
  const GcReport released = take(test.warehouse.gc(1));
  EXPECT_EQ(released.versions_pruned, 1);
  EXPECT_EQ(released.files_removed, 1);
}

TEST(Concurrency, ADeadReadersLeaseIsIgnored) {
  TestWarehouse test;
  test.replace("t", "select 1::bigint as n");
  Child reader({"hold", test.warehouse.folder()});
  EXPECT_EQ(reader.read_line(), "1");
  test.replace("t", "select 2::bigint as n");
  EXPECT_EQ(take(test.warehouse.gc(1)).versions_in_use, 1);
  reader.kill_now();
  EXPECT_EQ(take(test.warehouse.gc(1)).versions_in_use, 0);
  EXPECT_EQ(test.number("select n from t"), 2);
}

TEST(Concurrency, ACatalogueLockedForLongIsSaidSo) {
  TestWarehouse test({.busy_timeout_s = 0.2});
  test.replace("t", "select 1 as n");
  Child locker({"lock", test.warehouse.folder()});
  EXPECT_EQ(locker.read_line(), "locked");
  EXPECT_EQ(test.number("select n from t"), 1);  // reading goes on
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  Connection connection = test.connect();
  take(transaction.replace("t", connection, "select 2 as n"));
  const Result<int64_t> refused = transaction.commit();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  const std::string path = test.warehouse.folder() + "/catalog.sqlite";
  EXPECT_EQ(refused.error().to_text(),
            path +
                ": the catalogue has been locked by another process for 0.2 s\n"
                "  mend: find the program that holds it (fuser " +
                path + ") or try again later");
  locker.write_line("let go");
  EXPECT_EQ(locker.wait(), 0);
  EXPECT_EQ(test.replace("t", "select 3 as n"), 2);
  EXPECT_EQ(test.number("select n from t"), 3);
}

TEST(Concurrency, CtrlCEndsTheWaitForALockedCatalogue) {
  TestWarehouse test({.busy_timeout_s = 600});
  Child locker({"lock", test.warehouse.folder()});
  EXPECT_EQ(locker.read_line(), "locked");
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  transaction.set_mark("k", "v");
  std::thread later([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    request_cancel();
  });
  const Result<int64_t> refused = transaction.commit();
  later.join();
  reset_cancel();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kCancelled);
}

TEST(Concurrency, ManyThreadsReadWriteAndCollectTogether) {
  TestWarehouse test;
  test.replace("t", "select 0::bigint as n, i from range(100) r(i)");
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (int reader = 0; reader < 2; ++reader) {
    threads.emplace_back([&] {
      while (!done) {
        EXPECT_EQ(test.number("select count(*) * 1000 + count(distinct n) from t"), 100001);
      }
    });
  }
  threads.emplace_back([&] {
    while (!done) take(test.warehouse.gc(1));
  });
  for (int n = 1; n <= 100; ++n) {
    test.replace("t", "select " + std::to_string(n) + "::bigint as n, i from range(100) r(i)");
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(test.number("select max(n) from t"), 100);
}

}  // namespace
}  // namespace coterie::data
