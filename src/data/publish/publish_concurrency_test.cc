// Readers, other publishers, a lost server and Ctrl-C while tables are published.

#include <atomic>
#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/cancel.h"
#include "data/publish/publish_test_internal.h"

namespace coterie::data {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int kCustomers = 4000;

using PublishConcurrency = PublishTest;

TEST_F(PublishConcurrency, ReadersSeeAllOldOrAllNewRowsOfAllTables) {
  const auto publish_as = [&](const std::string& name) {
    world_->write_segments(kCustomers, name);
    world_->replace("profile",
                    fmt::format("SELECT '{}' AS segment_name, {} AS customers", name, kCustomers));
    return world_->publish({{"customer_segments", ""}, {"profile", ""}});
  };
  ASSERT_TRUE(publish_as("v0").ok());
  std::atomic<bool> done = false;
  std::atomic<int> reads = 0;
  std::string torn;
  std::thread reader([&] {
    PostgresConnection own = take(PostgresConnection::connect(world_->url));
    while (!done && torn.empty()) {
      const auto seen = own.query(
          "SELECT count(*), count(DISTINCT s.segment_name), min(s.segment_name), "
          "max(p.segment_name)"
          " FROM customer_segments s, profile p");
      if (!seen.ok()) {
        torn = seen.error().to_text();
        break;
      }
      const auto& row = seen->rows[0];
      if (*row[0] != std::to_string(kCustomers) || *row[1] != "1" || row[2] != row[3])
        torn = fmt::format("{} rows, {} names, {} and {}", *row[0], *row[1], row[2].value_or(""),
                           row[3].value_or(""));
      ++reads;
    }
  });
  Status last;
  for (int round = 1; round <= 6 && last.ok(); ++round) {
    const auto report = publish_as("v" + std::to_string(round));
    if (!report.ok()) last = report.error();
  }
  done = true;
  reader.join();
  EXPECT_TRUE(last.ok()) << last.error().to_text();
  EXPECT_EQ(torn, "");
  EXPECT_GT(reads, 6);
  EXPECT_EQ(world_->segment_names(), fmt::format("v6{}", kCustomers));
}

TEST_F(PublishConcurrency, AnOpenTransactionKeepsItsViewAndDoesNotHoldUpThePublisher) {
  publish_new_segments(3, "old");
  PostgresConnection reader = take(PostgresConnection::connect(world_->url));
  // Its view of the data begins before it has touched the table.
  must(reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class"));
  world_->write_segments(5, "new");
  publish_segments();
  const std::string names = "SELECT string_agg(segment_name, ',') FROM customer_segments";
  EXPECT_EQ(take(reader.scalar_text(names)), "old,old,old");
  must(reader.execute("COMMIT"));
  EXPECT_EQ(take(reader.scalar_text(names)), "new,new,new,new,new");
}

TEST_F(PublishConcurrency, AChangeOfShapeWaitsForReadersAndGivesUpAtItsTimeout) {
  publish_new_segments(3, "old");
  PostgresConnection reader = take(PostgresConnection::connect(world_->url));
  must(reader.execute("BEGIN; SELECT count(*) FROM customer_segments"));
  world_->write_segments(3, "new", ", 7 AS added");
  const auto refused = world_->publish({{"customer_segments", ""}}, false, 0.01);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_THAT(refused.error().to_text(),
              testing::AllOf(HasSubstr("the columns of \"public\".\"customer_segments\" change"),
                             HasSubstr("pg_stat_activity")));
  EXPECT_EQ(world_->segment_names(), "old3");
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    must(reader.execute("COMMIT"));
  });
  const auto report = world_->publish_segments();
  later.join();
  ASSERT_TRUE(report.ok()) << report.error().to_text();
  EXPECT_EQ(world_->text("SELECT sum(added) FROM customer_segments"), "21");
}

TEST_F(PublishConcurrency, PublishersWaitForEachOther) {
  world_->write_segments(kCustomers, "Loyal");
  world_->project.publish_schema = "ml";
  constexpr int kPublishers = 4;
  std::vector<std::string> outcomes(kPublishers);
  std::atomic<int> written = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kPublishers; ++i) {
    threads.emplace_back([&, i] {
      const auto report = world_->publish_segments();
      if (!report.ok()) {
        outcomes[static_cast<size_t>(i)] = report.error().to_text();
      } else if (!report->tables[0].skipped) {
        ++written;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(outcomes, testing::Each(""));
  EXPECT_EQ(written, 1);
  EXPECT_EQ(world_->text("SELECT count(*) FROM ml.customer_segments"), std::to_string(kCustomers));
}

// Waits until the database is being written to by a publisher.
void wait_for_copy(PublishWorld& world) {
  for (int attempt = 0; attempt < 500; ++attempt) {
    if (world.text("SELECT count(*) FROM pg_stat_progress_copy") != "0") return;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ADD_FAILURE() << "no COPY was seen";
}

// Rows whose COPY lasts until something stops it: a trigger waits at each.
void make_copy_slow(PublishWorld& world) {
  must(world.database.execute(
      "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.2); "
      "RETURN new; END'; CREATE TRIGGER slow BEFORE INSERT ON customer_segments FOR EACH ROW "
      "EXECUTE FUNCTION slow()"));
}

TEST_F(PublishConcurrency, AServerThatDiesInTheMiddleKeepsTheOldRows) {
  const auto own = PostgresTestServer::start();
  ASSERT_TRUE(own.ok()) << own.error().to_text();
  world_ = std::make_unique<PublishWorld>(**own);
  publish_new_segments(5, "old");
  make_copy_slow(*world_);
  world_->write_segments(kCustomers, "new");
  // The test server acknowledges commits before they are on disk.
  must(world_->database.execute("CHECKPOINT"));
  Result<PublishReport> report = PublishReport{};
  std::thread publisher([&] { report = world_->publish_segments(); });
  wait_for_copy(*world_);
  (*own)->stop();
  publisher.join();
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(
      report.error().to_text(),
      testing::AllOf(HasSubstr("at 127.0.0.1"), HasSubstr("repeat"), Not(HasSubstr("cret"))));
  const auto absent = world_->publish_segments();
  ASSERT_FALSE(absent.ok());
  EXPECT_THAT(
      absent.error().to_text(),
      testing::AllOf(HasSubstr("cannot connect to test_1 at 127.0.0.1"),
                     HasSubstr("check that PostgreSQL runs there"), Not(HasSubstr("cret"))));
  must((*own)->launch());
  world_->database = take(PostgresConnection::connect(world_->url));
  EXPECT_EQ(world_->segment_names(), "old5");
  must(world_->database.execute("DROP TRIGGER slow ON customer_segments"));
  publish_segments();
  EXPECT_EQ(world_->segment_names(), fmt::format("new{}", kCustomers));
}

TEST_F(PublishConcurrency, CtrlCStopsItAndKeepsTheOldRows) {
  publish_new_segments(5, "old");
  make_copy_slow(*world_);
  world_->write_segments(kCustomers, "new");
  Result<PublishReport> report = PublishReport{};
  std::thread publisher([&] { report = world_->publish_segments(); });
  wait_for_copy(*world_);
  request_cancel();
  publisher.join();
  reset_cancel();
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, ErrorCode::kCancelled) << report.error().to_text();
  EXPECT_EQ(world_->segment_names(), "old5");
  EXPECT_EQ(world_->text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), "0");
}

}  // namespace
}  // namespace coterie::data
