// The owner of the log: pushes and their errors, takeover of what materialize() built, records for
// other programs, stores that are down, bounds, hostile payloads.
#include "features/online/online_store.h"

#include <thread>

#include <gmock/gmock.h>

#include "base/child_process.h"
#include "features/online/materialize.h"
#include "features/online/test_online_internal.h"
#include "store/record_table.h"

namespace coterie::features {
namespace {

using testing::HasSubstr;

constexpr Micros kEnd = 1'717'200'000'000'000;  // 2024-06-01

PushedRows one_sale(std::string_view customer, PushedValue time, PushedValue price) {
  return {.source = "sales",
          .columns = {"customer_id", "article_id", "t_dat", "price", "quantity"},
          .values = {PushedValue::of_text(customer), PushedValue::of_text("011"), time, price,
                     PushedValue::of_integer(1)},
          .ids = {}};
}
PushedRows one_sale(std::string_view customer, Micros time = kEnd) {
  return one_sale(customer, PushedValue::of_integer(time), PushedValue::of_real(19.9));
}

// Waits for what the saving thread does by itself.
template <class Condition>
bool comes_true(const Condition& condition) {
  for (int i = 0; i < 3'000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

class Online : public OverStores {
 protected:
  // What the log holds is what is served.
  std::string difference(OnlineStore& online, const RandomRows& rows) const {
    const LogTruth truth = read_truth(shop_, config_.log_folder);
    return difference_from(*truth.oracle, shop_, online.serving(), rows, kEnd);
  }
};

TEST_P(Online, PushSaysWhatIsWrong) {
  const auto online = open();
  const auto error = [&](const PushedRows& rows) {
    const auto answer = online->push(rows);
    return answer.ok() ? "" : answer.error().to_text();
  };
  PushedRows rows = one_sale("c1");
  EXPECT_EQ(error(rows), "");
  rows.source = "sails";
  EXPECT_EQ(
      error(rows),
      "no online feature reads a source 'sails'\n  mend: push to one of people, sales, visits");
  rows = one_sale("c1");
  rows.columns[3] = "prize";
  EXPECT_EQ(error(rows), "source 'sales' has no column 'prize'\n  mend: did you mean 'price'?");
  rows.columns[3] = "t_dat";
  EXPECT_EQ(error(rows), "sales: column 't_dat' is there twice");
  rows = one_sale("c1");
  rows.values.insert(rows.values.end(), rows.values.begin(), rows.values.end());
  rows.values[8] = PushedValue::of_text("dear");
  EXPECT_EQ(error(rows),
            "sales.price: row 2: not a value of the type decimal(2): 'dear'\n  mend: send a number "
            "or text with at most 2 digits after the point");
  rows.ids = {"one"};
  EXPECT_EQ(error(rows), "1 event ids for 2 rows\n  mend: give one id for each row, or none");
  rows.values.pop_back();
  EXPECT_EQ(error(rows), "every row has one value for each column, and there is a column");
  EXPECT_EQ(online->stats().log_end,
            read_truth(shop_, config_.log_folder).ids.empty() ? online->log().end() : -1);
}

TEST_P(Online, MaterializeIsTakenOverWhileServing) {
  // The history: what another log says.
  RandomRows rows(5, kEnd);
  const TemporaryFolder elsewhere;
  OnlineOracle oracle(shop_.plan, shop_.zone);
  std::vector<PushedRows> history;
  for (int i = 0; i < 20; ++i) history.push_back(rows.next(30));
  const auto online = open();
  // Known to the warehouse already, and pushed after it was read.
  for (int i = 0; i < 5; ++i) push_and_fold(*online, history[static_cast<size_t>(i)]);
  const events::Offset loaded = online->log().end();
  std::vector<PushedRows> later;
  for (int i = 0; i < 5; ++i) push_and_fold(*online, later.emplace_back(rows.next(20)));

  Feed feed(shop_, history, loaded);
  const auto report = materialize(shop_.plan, feed, materialize_config());
  ASSERT_TRUE(report.ok()) << report.error().to_text();
  EXPECT_GT(report->entities, 10);
  EXPECT_EQ(report->offset, loaded);
  ASSERT_TRUE(comes_true([&] { return online->stats().generation == report->generation; }));
  for (const PushedRows& each : history) oracle.add(each);
  for (const PushedRows& each : later) oracle.add(each);
  EXPECT_EQ(difference_from(oracle, shop_, online->serving(), rows, kEnd), "");
  // Pushes go on, and a restart finds the new generation.
  push_and_fold(*online, later.emplace_back(rows.next(20)));
  oracle.add(later.back());
  ASSERT_EQ(error_text(online->checkpoint()), "");
  EXPECT_EQ(difference_from(oracle, shop_, online->serving(), rows, kEnd), "");
}

TEST_P(Online, RebuildBringsTheLogsStateBack) {
  RandomRows rows(6, kEnd);
  {
    const auto online = open();
    for (int i = 0; i < 10; ++i) push_and_fold(*online, rows.next(20));
    ASSERT_EQ(error_text(online->checkpoint()), "");
  }
  const auto report = rebuild(shop_.plan, materialize_config());
  ASSERT_TRUE(report.ok()) << report.error().to_text();
  EXPECT_EQ(report->offset, 0);
  const auto online = open();
  EXPECT_EQ(online->stats().generation, report->generation);
  ASSERT_TRUE(online->wait_until_folded(online->log().end(), 30));
  EXPECT_EQ(difference(*online, rows), "");
  ASSERT_EQ(error_text(online->checkpoint()), "");
  const auto again = rebuild(shop_.plan, materialize_config());
  ASSERT_TRUE(again.ok());
  EXPECT_GT(again->generation, report->generation);
}

TEST_P(Online, RecordsSayWhatReadsSay) {
  const auto online = open();
  RandomRows rows(8, now_micros());
  for (int i = 0; i < 10; ++i) push_and_fold(*online, rows.next(20));
  ASSERT_EQ(error_text(online->checkpoint()), "");
  const auto table = take(store::open_record_table(config_.store_url, config_.store, "features"));
  const auto record = take(table->get("customer:c1"));
  ASSERT_TRUE(record.has_value());
  const Micros at = take(parse_utc(record->at("computed_at")));
  const LogTruth truth = read_truth(shop_, config_.log_folder);
  const auto want = truth.oracle->values(shop_.request, {{"customer", "c1"}}, at);
  int compared = 0;
  for (size_t o = 0; o < want.size(); ++o) {
    const auto& output = shop_.request.outputs()[o];
    const std::string& name = output.definition->name;
    const bool there = output.definition->entity == "customer" && want[o].nulls[0] == 0 &&
                       want[o].statuses[0] != ValueStatus::kNotFound;
    ASSERT_EQ(record->contains(name), there) << name;
    if (!there) continue;
    const std::string text = value_text(output.type, want[o], 0);
    if (output.type.shape == Shape::kScalar && output.type.type.is(expr::TypeKind::kReal)) {
      EXPECT_NEAR(std::stod(record->at(name)), std::stod(text), 1e-6) << name;
    } else {
      EXPECT_EQ(record->at(name), text) << name;
    }
    ++compared;
  }
  EXPECT_GT(compared, 15);
  EXPECT_TRUE(take(table->get("article:011")).has_value());
}

TEST_P(Online, OtherFeatureDefinitionsAreRefused) {
  {
    const auto online = open();
    push_and_fold(*online, one_sale("c1"));
    ASSERT_EQ(error_text(online->checkpoint()), "");
  }
  const TestShop other(R"yaml(
registry_version: 1
entities: [{name: customer, join_keys: [customer_id]}]
sources: [{name: sales, table: transactions, timestamp_field: t_dat}]
features: [{name: spend, entity: customer, source: sales, transformation: lifetime_sum, column: price}]
)yaml");
  const auto opened = OnlineStore::open(other.plan, {}, config_, other.zone);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kConflict);
  EXPECT_THAT(opened.error().to_text(),
              HasSubstr("holds the state of other feature definitions\n  mend: run `coterie "
                        "features materialize`"));
  // Built anew it opens.
  ASSERT_TRUE(rebuild(other.plan, materialize_config()).ok());
  EXPECT_TRUE(OnlineStore::open(other.plan, {}, config_, other.zone).ok());
}

TEST_P(Online, HostilePayloadsAreCountedAndLeftOut) {
  const auto online = open();
  std::string wrong_row;
  const std::vector<std::string> columns = {"customer_id", "t_dat"};
  const std::vector<PushedValue> values = {PushedValue::of_text("c1"),
                                           PushedValue::of_text("never")};
  append_pushed_event(wrong_row, pushed_event_head("sales", columns), values);
  std::string other_source;
  append_pushed_event(other_source, pushed_event_head("weather", columns), values);
  for (const std::string& payload :
       {std::string("{}"), std::string("\xFE\x01\xFF"), wrong_row, other_source, std::string()})
    ASSERT_TRUE(online->log().append({"", payload}).ok());
  push_and_fold(*online, one_sale("c1"));
  const FoldCounts counts = online->stats().folded;
  EXPECT_EQ(counts.events, 6);
  EXPECT_EQ(counts.refused,
            5);  // the wrong row by each of the two entities that sales are kept for
  EXPECT_EQ(counts.ignored, 1);
  EXPECT_EQ(counts.rows, 2);
  EXPECT_EQ(difference(*online, RandomRows(1, kEnd)), "");
}

TEST_P(Online, BeyondMaxEventsTheOldestGoAndThatIsSaid) {
  config_.limits.max_events = 16;
  const Micros now = now_micros();
  {
    const auto online = open();
    for (int day = 39; day >= 0; --day)
      push_and_fold(*online, one_sale("c1", now - day * kMicrosPerDay - 1'000));
    const OnlineStats stats = online->stats();
    ASSERT_FALSE(stats.drops.empty());
    EXPECT_EQ(stats.drops[0].source, "sales");
    EXPECT_EQ(stats.drops[0].entity, "customer");
    EXPECT_GE(stats.drops[0].dropped.count, 40 - 16);
    EXPECT_THAT(stats.touched_features, testing::Contains("orders"));
    EXPECT_THAT(stats.touched_features, testing::Contains("orders_30d"));
    EXPECT_THAT(stats.touched_features, testing::Not(testing::Contains("orders_7d")));
    ASSERT_EQ(error_text(online->checkpoint()), "");
  }
  // What was dropped is known after a restart, too.
  const auto online = open();
  EXPECT_GE(online->stats().drops.at(0).dropped.count, 40 - 16);
  OnlineReader reader(online->serving(), shop_.request, shop_.zone);
  const std::string_view customer = "c1";
  const std::string_view article = "011";
  std::vector<std::span<const std::string_view>> keys;
  for (const std::string& kind : reader.kinds())
    keys.emplace_back(kind == "customer" ? &customer : &article, 1);
  std::vector<ValueColumn> values;
  reader.read({.rows = 1, .keys = keys, .at = now}, values);
  EXPECT_EQ(values[1].integers[0], 7);  // orders_7d is exact
  EXPECT_GE(values[0].integers[0], 14);
  EXPECT_LE(values[0].integers[0], 16);
}

TEST_P(Online, ASecondOwnerIsRefusedByName) {
  const auto online = open();
  const auto second = OnlineStore::open(shop_.plan, {}, config_, shop_.zone);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_THAT(second.error().to_text(),
              HasSubstr(fmt::format("process {} writes to this event log", ::getpid())));
}

// An entity's count never falls, whatever goes on beside the reads.
TEST_P(Online, ReadsBesideEverythingElseSeeGrowingCounts) {
  const auto online = open();
  std::atomic<bool> stop = false;
  std::atomic<int> fallen = 0;
  const auto read = [&] {
    OnlineReader reader(online->serving(), shop_.request, shop_.zone);
    const std::string_view customer = "c1";
    const std::string_view article = "011";
    std::vector<std::span<const std::string_view>> keys;
    for (const std::string& kind : reader.kinds())
      keys.emplace_back(kind == "customer" ? &customer : &article, 1);
    std::vector<ValueColumn> values;
    int64_t before = 0;
    while (!stop) {
      reader.read({.rows = 1, .keys = keys, .at = kEnd}, values);
      const int64_t orders = values[0].integers[0];
      if (orders < before) ++fallen;
      before = orders;
    }
  };
  std::vector<std::jthread> readers;
  readers.emplace_back(read);
  readers.emplace_back(read);
  for (int64_t i = 0; i < 300; ++i) {
    take(online->push(one_sale("c1", kEnd - 1 - (i * 7'919) % 1'000'000)));
    if (i % 100 == 99) take(rebuild(shop_.plan, materialize_config()));
  }
  ASSERT_TRUE(comes_true([&] { return online->stats().generation == 3; }));
  stop = true;
  readers.clear();
  EXPECT_EQ(fallen, 0);
  EXPECT_EQ(difference(*online, RandomRows(1, kEnd)), "");
}

TEST_P(Online, ADamagedRecordIsNamed) {
  {
    const auto online = open();
    push_and_fold(*online, one_sale("c1"));
    ASSERT_EQ(error_text(online->checkpoint()), "");
  }
  const auto store = take(store::open_store(config_.store_url, config_.store));
  store::WriteBatch batch;
  batch.put("g0/customer/c1", "junk");
  must(store->write(batch));
  const auto opened = OnlineStore::open(shop_.plan, {}, config_, shop_.zone);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(opened.error().to_text(),
              HasSubstr("'g0/customer/c1': " + store->name() +
                        ": the record of an entity is damaged\n  mend: run `coterie features "
                        "materialize`"));
}

TEST_P(Online, AStoreThatLostWhatWasMaterializedIsNotServed) {
  const std::vector<PushedRows> history = {one_sale("c1")};
  {
    const auto online = open();
    push_and_fold(*online, one_sale("c2"));
    Feed feed(shop_, history, 0);
    ASSERT_TRUE(materialize(shop_.plan, feed, materialize_config()).ok());
  }
  config_.store.folder = folder_ / "another";
  config_.store.key_space += "-another";
  const auto opened = OnlineStore::open(shop_.plan, {}, config_, shop_.zone);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(
      opened.error().to_text(),
      HasSubstr("is empty, though it was materialized before\n  mend: run `coterie features "
                "materialize` again, or `coterie features rebuild`"));
  ASSERT_TRUE(rebuild(shop_.plan, materialize_config()).ok());
  const auto online = open();
  ASSERT_TRUE(online->wait_until_folded(online->log().end(), 30));
  EXPECT_EQ(difference(*online, RandomRows(1, kEnd)), "");
}

TEST_P(Online, TooSmallABoundIsRefused) {
  config_.limits.max_events = 7;
  EXPECT_EQ(OnlineStore::open(shop_.plan, {}, config_, shop_.zone).error().to_text(),
            "max_events is 7\n  mend: keep at least 8 events of an entity and source");
}

INSTANTIATE_TEST_SUITE_P(Stores, Online, testing::Values("lmdb", "redis"),
                         [](const auto& backend) { return backend.param; });

TEST(OnlineWithRedisDown, ReadsAndPushesGoOnAndNothingIsLost) {
  auto started = store::RedisTestServer::start({});
  if (!started.ok() && started.error().code == ErrorCode::kNotFound)
    GTEST_SKIP() << started.error().to_text();
  ASSERT_TRUE(started.ok()) << started.error().to_text();
  store::RedisTestServer& server = **started;
  const TemporaryFolder folder;
  const TestShop shop;
  OnlineConfig config;
  config.log_folder = folder / "log";
  config.store_url = server.url();
  config.checkpoint_every_s = 0.01;
  RandomRows rows(9, kEnd);
  {
    const auto online = take(OnlineStore::open(shop.plan, {}, config, shop.zone));
    take(online->push(rows.sales(60)));
    ASSERT_TRUE(online->wait_until_folded(online->log().end(), 30));
    ASSERT_EQ(error_text(online->checkpoint()), "");
    server.stop();
    for (int i = 0; i < 3; ++i) take(online->push(rows.visits(2)));
    ASSERT_TRUE(online->wait_until_folded(online->log().end(), 30));
    ASSERT_TRUE(comes_true([&] { return !online->stats().store_available; }));
    EXPECT_THAT(online->stats().store_error, HasSubstr("redis at 127.0.0.1"));
    const LogTruth truth = read_truth(shop, config.log_folder);
    EXPECT_EQ(difference_from(*truth.oracle, shop, online->serving(), rows, kEnd), "");
    ASSERT_TRUE(server.launch().ok());
    ASSERT_TRUE(comes_true([&] {
      const OnlineStats stats = online->stats();
      return stats.store_available && stats.checkpoint_offset == stats.log_end;
    }));
  }
  // The server came back empty, and was given everything again. From there alone:
  const auto online = take(OnlineStore::open(shop.plan, {}, config, shop.zone));
  ASSERT_TRUE(online->wait_until_folded(online->log().end(), 30));
  EXPECT_EQ(online->stats().folded.events, 0);
  const LogTruth truth = read_truth(shop, config.log_folder);
  EXPECT_EQ(difference_from(*truth.oracle, shop, online->serving(), rows, kEnd), "");
}

}  // namespace
}  // namespace coterie::features
