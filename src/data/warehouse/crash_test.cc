// What is left after a killed writer, a full disk, a damaged file.

#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include "base/sanitized.h"
#include "data/warehouse/test_child_internal.h"
#include "data/warehouse/test_warehouse_internal.h"

namespace coterie::data {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

int64_t count_parts(const std::string& folder) {
  int64_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    count += entry.path().extension() == ".parquet" ? 1 : 0;
  }
  return count;
}

std::string first_part(const TestWarehouse& test, const std::string& table) {
  for (const auto& entry : fs::directory_iterator(test.warehouse.folder() + "/" + table)) {
    return entry.path().string();
  }
  return "";
}

TEST(Crash, KilledWritersLeaveTheOldOrTheNewVersionWhole) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  TestWarehouse test;
  int64_t acknowledged = 0;
  for (int round = 0; round < if_sanitized(4, 12); ++round) {
    Child writer({"replace", test.warehouse.folder()});
    std::string last = writer.read_line();
    std::thread killer([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 60000));
      writer.kill_now();
    });
    for (std::string line = last; !line.empty(); line = writer.read_line()) last = line;
    killer.join();
    acknowledged = std::stoll(last);
    const Snapshot snapshot = take(test.warehouse.snapshot());
    const int64_t n = std::stoll(take(snapshot.mark("n")).value());
    // The commit that was under way when it was killed may have happened unheard.
    EXPECT_GE(n, acknowledged);
    EXPECT_LE(n, acknowledged + 1);
    EXPECT_EQ(test.text("select concat_ws(' ', count(*), min(n), max(n)) from t"),
              "200000 " + std::to_string(n) + " " + std::to_string(n));
    EXPECT_EQ(test.text("select concat_ws(' ', count(*), min(n), max(n)) from u"),
              "1000 " + std::to_string(n) + " " + std::to_string(n));
  }
  EXPECT_TRUE(take(test.warehouse.verify(test.engine)).empty());
  take(test.warehouse.gc(1));
  EXPECT_EQ(count_parts(test.warehouse.folder()), 2);
  EXPECT_TRUE(fs::is_empty(test.warehouse.folder() + "/staging"));
}

TEST(Crash, KilledCompactionAndCollectionLoseNothing) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  TestWarehouse test;
  std::set<std::string> acknowledged;
  for (int round = 0; round < if_sanitized(4, 12); ++round) {
    Child writer({"upkeep", test.warehouse.folder()});
    acknowledged.insert(writer.read_line());
    std::thread killer([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 60000));
      writer.kill_now();
    });
    for (std::string line = writer.read_line(); !line.empty(); line = writer.read_line()) {
      acknowledged.insert(line);
    }
    killer.join();
    const auto rows = static_cast<size_t>(test.info("t").rows);
    EXPECT_EQ(test.number("select count(distinct i) from t"), static_cast<int64_t>(rows));
    EXPECT_GE(rows, acknowledged.size());
    EXPECT_LE(rows, acknowledged.size() + static_cast<size_t>(round) + 1);
    std::string missing = "select count(*) from (values (-1)";
    for (const std::string& i : acknowledged) missing += ", (" + i + ")";
    EXPECT_EQ(test.number(missing + ") v(i) where i not in (select i from t)"), 1);
  }
  EXPECT_TRUE(take(test.warehouse.verify(test.engine)).empty());
  take(test.warehouse.gc(1));
  EXPECT_EQ(count_parts(test.warehouse.folder()), test.info("t").parts);
}

TEST(Crash, AFileLimitEndsTheWriteAndKeepsTheOldVersion) {
  TestWarehouse test;
  test.replace("t", "select 1::ubigint as n, 1::bigint as i");
  Child writer({"limited", test.warehouse.folder(), "2000000"});
  EXPECT_EQ(writer.read_line(), "resource_exhausted");
  EXPECT_EQ(writer.wait(), 0);
  EXPECT_EQ(test.number("select n::bigint from t"), 1);
  EXPECT_EQ(count_parts(test.warehouse.folder()), 1);
}

// A file system of a few MB, where the kernel lets us mount one.
class FullDisk : public testing::Test {
 protected:
  void SetUp() override {
    if (mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=6m") != 0) {
      GTEST_SKIP() << "mounting a small file system is not allowed here: " << strerror(errno);
    }
    mounted_ = true;
  }
  void TearDown() override {
    if (mounted_) umount2(folder_.path().c_str(), MNT_DETACH);
  }
  TemporaryFolder folder_;
  bool mounted_ = false;
};

TEST_F(FullDisk, FailsTheWriteAndKeepsEverythingReadable) {
  Warehouse warehouse = take(Warehouse::open(folder_ / "warehouse"));
  Engine engine = take(Engine::open({}));
  Connection connection = take(engine.connect());
  {
    WriteTransaction transaction = take(warehouse.begin("run"));
    take(transaction.replace("t", connection, "select 42 as n"));
    take(transaction.commit());
  }
  {
    WriteTransaction transaction = take(warehouse.begin("run"));
    const Result<int64_t> refused = transaction.replace(
        "t", connection, "select (hash(i) % 2000000000)::integer as n from range(4000000) r(i)");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kResourceExhausted) << refused.error().to_text();
    EXPECT_THAT(refused.error().to_text(), HasSubstr("free disk space"));
  }
  EXPECT_EQ(count_parts(folder_ / "warehouse"), 1);
  const auto read = [&] {
    const Snapshot snapshot = take(warehouse.snapshot());
    Connection reader = take(engine.connect());
    must(snapshot.attach(reader));
    return take(reader.scalar_int("select n from t"));
  };
  EXPECT_EQ(read(), 42);

  // To the last byte: no commit is possible, reading still is.
  {
    std::ofstream(folder_ / "filler") << std::string(size_t{8} << 20, 'x');
  }
  EXPECT_EQ(fs::space(folder_.path()).free, 0U);
  WriteTransaction transaction = take(warehouse.begin("run"));
  for (int i = 0; i < 2000; ++i) transaction.set_mark(std::to_string(i), std::string(1000, 'x'));
  const Result<int64_t> refused = transaction.commit();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceExhausted) << refused.error().to_text();
  EXPECT_EQ(read(), 42);

  fs::remove(folder_ / "filler");
  WriteTransaction later = take(warehouse.begin("run"));
  take(later.replace("t", connection, "select 43 as n"));
  take(later.commit());
  EXPECT_EQ(read(), 43);
}

TEST(Damage, ATornPartIsNamedAndOtherTablesStayReadable) {
  TestWarehouse test;
  test.replace("torn", "select i as n from range(1000) r(i)");
  test.replace("sound", "select 7 as n");
  const std::string path = first_part(test, "torn");
  fs::resize_file(path, fs::file_size(path) / 2);
  EXPECT_EQ(test.number("select n from sound"), 7);

  const Snapshot snapshot = take(test.warehouse.snapshot());
  Connection connection = test.connect();
  must(snapshot.attach(connection));
  for (const char* sql :
       {"select * from torn", "select count(*) from torn", "select count(*) from facts.torn",
        "select n from torn where n > 5", "select 1 from torn join sound using (n)"}) {
    const Status status = connection.execute(sql);
    ASSERT_FALSE(status.ok()) << sql;
    EXPECT_THAT(status.error().message, HasSubstr(path)) << sql;
    EXPECT_THAT(status.error().message, HasSubstr("table 'torn': a part is damaged: it has"))
        << sql;
  }
  const Status named = snapshot.attach(connection, {"torn"});
  EXPECT_EQ(named.error().code, ErrorCode::kCorrupt);
  EXPECT_TRUE(snapshot.attach(connection, {"sound"}).ok());
  const std::vector<std::string> faults = take(test.warehouse.verify(test.engine));
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0], named.error().to_text());
  test.replace("torn", "select 1::bigint as n");
  EXPECT_EQ(test.number("select n from torn"), 1);
  EXPECT_TRUE(take(test.warehouse.verify(test.engine)).empty());
}

TEST(Damage, AMissingPartIsNamed) {
  TestWarehouse test;
  test.replace("t", "select 1 as n");
  const std::string path = first_part(test, "t");
  fs::remove(path);
  const std::vector<std::string> faults = take(test.warehouse.verify(test.engine));
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0], path +
                           ": table 't': a part is missing: No such file or directory\n"
                           "  mend: restore the warehouse from a backup, or write the table again");
}

TEST(Damage, AFlippedBitIsFoundByItsChecksum) {
  TestWarehouse test;
  test.replace("t", "select hash(i) as n from range(10000) r(i)");
  const std::string path = first_part(test, "t");
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(5000);
    const int byte = file.peek();
    file.put(static_cast<char>(byte ^ 1));
  }
  const std::vector<std::string> faults = take(test.warehouse.verify(test.engine));
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_THAT(faults[0], HasSubstr(path));
  EXPECT_THAT(faults[0], HasSubstr("its checksum is not that of what was written"));
  EXPECT_EQ(test.warehouse.backup(test.folder / "backup").error().code, ErrorCode::kCorrupt);
  EXPECT_FALSE(fs::exists(test.folder / "backup"));
}

TEST(Damage, ADamagedFooterOfTheRightSizeFailsItsTableOnly) {
  TestWarehouse test;
  test.replace("t", "select 1 as n");
  test.replace("sound", "select 7 as n");
  const std::string path = first_part(test, "t");
  const auto size = static_cast<size_t>(fs::file_size(path));
  {
    std::ofstream(path, std::ios::binary) << std::string(size, 'x');
  }
  EXPECT_EQ(test.number("select n from sound"), 7);
  const Snapshot snapshot = take(test.warehouse.snapshot());
  Connection connection = test.connect();
  must(snapshot.attach(connection));
  EXPECT_THAT(connection.execute("select n from t").error().message, HasSubstr(path));
}

TEST(Damage, ADamagedDictionaryFailsWhatNeedsItOnly) {
  TestWarehouse test;
  {
    WriteTransaction transaction = take(test.warehouse.begin("run"));
    Connection connection = test.connect();
    must(transaction.encode_ids("customer", connection, "select 'a' as id"));
    take(transaction.replace("t", connection, "select 0 as customer_id, 5 as n",
                             {.entities = {{"customer_id", "customer"}}}));
    take(transaction.replace("u", connection, "select 7 as n"));
    take(transaction.commit());
  }
  fs::resize_file(first_part(test, "dict_customer"), 10);
  EXPECT_EQ(test.number("select n from u"), 7);
  EXPECT_EQ(test.number("select n from facts.t"), 5);
  const Snapshot snapshot = take(test.warehouse.snapshot());
  Connection connection = test.connect();
  must(snapshot.attach(connection));
  EXPECT_THAT(connection.execute("select customer_id from t").error().message,
              HasSubstr("table 'dict_customer': a part is damaged"));
}

}  // namespace
}  // namespace coterie::data
