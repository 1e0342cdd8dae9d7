#pragma once
// For the tests of this folder: stores to run over, and comparison with the oracle of everything
// that the log holds.

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/temporary_folder.h"
#include "events/event_reader.h"
#include "features/online/materialize.h"
#include "features/online/online_oracle.h"
#include "features/online/online_reader.h"
#include "features/online/online_store.h"
#include "features/online/test_shop_internal.h"
#include "features/plan/pushed_event.h"
#include "store/redis_test_server.h"

namespace coterie::features {

// What the log holds, in the naive oracle; also which event ids, each once.
struct LogTruth {
  std::unique_ptr<OnlineOracle> oracle;
  std::set<std::string> ids;
  std::string repeated;  // an id that stands there twice
};

// Up to `end`; events that are no pushed rows are passed over.
inline LogTruth read_truth(const TestShop& shop, const std::string& log_folder,
                           events::Offset end = INT64_MAX) {
  LogTruth truth{
      .oracle = std::make_unique<OnlineOracle>(shop.plan, shop.zone), .ids = {}, .repeated = {}};
  auto reader = take(events::EventReader::open(log_folder, events::kOldestEvent));
  PushedEventDecoder decoder;
  while (reader.position() < end) {
    const auto event = take(reader.next());
    if (!event) break;
    if (!event->id.empty() && !truth.ids.emplace(event->id).second) truth.repeated = event->id;
    const auto decoded = decoder.decode(event->payload);
    if (!decoded.ok()) continue;
    truth.oracle->add({.source = decoded->shape->source,
                       .columns = decoded->shape->columns,
                       .values = {decoded->values.begin(), decoded->values.end()},
                       .ids = {}});
  }
  return truth;
}

// Compares all of RandomRows' customers and articles, read in batches; "" or the first difference.
inline std::string difference_from(OnlineOracle& oracle, const TestShop& shop,
                                   const ServingState& serving, const RandomRows& rows, Micros at) {
  OnlineReader reader(serving, shop.request, shop.zone);
  std::vector<std::string> customers;
  std::vector<std::string> articles;
  const int count = std::max(rows.customers, rows.articles) + 1;  // the last ones are unknown
  for (int i = 0; i < count; ++i) {
    customers.push_back(fmt::format("c{}", i));
    articles.push_back(fmt::format("01{}", i));
  }
  std::vector<std::vector<std::string_view>> keys;
  for (const std::string& kind : reader.kinds()) {
    const auto& names = kind == "customer" ? customers : articles;
    keys.emplace_back(names.begin(), names.end());
  }
  const std::vector<std::span<const std::string_view>> all(keys.begin(), keys.end());
  std::vector<ValueColumn> values;
  reader.read({.rows = count, .keys = all, .at = at}, values);
  for (int i = 0; i < count; ++i) {
    const auto r = static_cast<size_t>(i);
    const auto want =
        oracle.values(shop.request, {{"customer", customers[r]}, {"article", articles[r]}}, at);
    const std::string difference = value_difference(shop.request, want, values, i);
    if (!difference.empty())
      return fmt::format("{} and {} at {}: {}", customers[r], articles[r], format_utc(at),
                         difference);
  }
  return "";
}

// Rows as a warehouse would give them: one by one, with pools of their own.
class Feed : public HistoryFeed {
 public:
  Feed(const TestShop& shop, const std::vector<PushedRows>& history, events::Offset offset)
      : shop_(shop), history_(history), offset_(offset) {}
  Status read(int source, const HistorySink& sink) override {
    const SourcePlan& plan = shop_.plan.sources()[static_cast<size_t>(source)];
    std::deque<TextPool> texts(plan.fields.size());
    std::vector<TextPool*> pools;
    std::vector<const TextPool*> views;
    for (size_t f = 0; f < plan.fields.size(); ++f) {
      pools.push_back(plan.fields[f].cell == Cell::kCode ? &texts[f] : nullptr);
      views.push_back(pools.back());
    }
    RowReader reader(plan, pools, shop_.zone);
    for (const PushedRows& rows : history_) {
      if (rows.source != plan.source->name) continue;
      for (size_t r = 0; r < rows.rows(); ++r)
        RETURN_IF_ERROR(give(plan, reader, rows, r, views, sink));
    }
    return {};
  }
  events::Offset log_offset() const override { return offset_; }

 private:
  static Status give(const SourcePlan& plan, RowReader& reader, const PushedRows& rows, size_t r,
                     const std::vector<const TextPool*>& pools, const HistorySink& sink) {
    std::vector<PushedValue> values;
    for (const std::string& name : reader.columns()) {
      const auto at = std::ranges::find(rows.columns, name) - rows.columns.begin();
      const bool there = at < static_cast<std::ptrdiff_t>(rows.columns.size());
      values.push_back(there ? rows.values[r * rows.columns.size() + static_cast<size_t>(at)]
                             : PushedValue());
    }
    ASSIGN_OR_RETURN(const PushedRow row, reader.read(values));
    if (!row.counts) return {};
    const size_t width = plan.fields.size();
    std::vector<uint8_t> nulls(width);
    std::vector<EventColumn> columns(width);
    for (size_t c = 0; c < width; ++c) {
      const EventValue& value = row.event.values[c];
      nulls[c] = value.null ? 1 : 0;
      columns[c] = {.cell = plan.layout.columns[c],
                    .integers = &value.integer,
                    .reals = &value.real,
                    .codes = &value.code,
                    .nulls = &nulls[c]};
    }
    std::vector<const uint8_t*> passes;
    for (const uint8_t& pass : row.event.passes) passes.push_back(&pass);
    return sink({.rows = 1,
                 .keys = {&row.key, 1},
                 .times = {&row.event.time, 1},
                 .arrivals = {&row.event.arrived, 1},
                 .columns = columns,
                 .pools = pools,
                 .passes = passes});
  }
  const TestShop& shop_;
  const std::vector<PushedRows>& history_;
  events::Offset offset_;
};

// A test over each kind of store.
class OverStores : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    config_.log_folder = folder_ / "log";
    config_.store.folder = folder_.path();
    config_.store_url = "lmdb:online";
    config_.checkpoint_every_s = 0.01;
    config_.checkpoint_batch_bytes = 2'000;
    if (GetParam() == "lmdb") return;
    COTERIE_NEED_REDIS(server);
    config_.store_url = server.url();
    config_.store.key_space = server.new_key_space();
  }
  std::unique_ptr<OnlineStore> open() const {
    return take(OnlineStore::open(shop_.plan, {}, config_, shop_.zone));
  }
  MaterializeConfig materialize_config() const {
    return {.log_folder = config_.log_folder,
            .store_url = config_.store_url,
            .store = config_.store,
            .limits = config_.limits,
            .batch_bytes = 3'000};
  }
  static void push_and_fold(OnlineStore& online, const PushedRows& rows) {
    const auto answer = online.push(rows);
    ASSERT_TRUE(answer.ok()) << answer.error().to_text();
    ASSERT_TRUE(online.wait_until_folded(answer->end, 30));
  }

  TemporaryFolder folder_;
  TestShop shop_;
  OnlineConfig config_;
};

}  // namespace coterie::features
