// Reads of 50 features of entities with long histories, of which most windows hold most: what a
// read costs should not follow the number of events. Blocks of 64 events stay with an entity, so
// the rate stands beside that of a read of 300 events; reads between pushes pay for what a push
// changed.
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "base/clock.h"
#include "base/temporary_folder.h"
#include "base/test_results.h"
#include "features/online/bench_reads_internal.h"
#include "features/online/online_reader.h"
#include "features/online/online_store.h"
#include "features/online/test_shop_internal.h"

namespace coterie::features {
namespace {

constexpr int kLongCustomers = 20;
constexpr size_t kChunkRows = 1'000;

// Of each of a few customers `events` sales and as many visits, evenly over a year.
struct LongServed {
  explicit LongServed(int64_t events_each)
      : events(events_each), registry(fifty_features()), shop(registry.c_str()), rows(7, kEnd) {
    rows.customers = kLongCustomers;
    rows.articles = 500;
    OnlineConfig config;
    config.log_folder = folder / "log";
    config.store.folder = folder.path();
    config.store_url = "lmdb:online";
    config.records = false;
    config.limits.max_events = 1 << 16;
    store = take(OnlineStore::open(shop.plan, {}, config, shop.zone));
    const int64_t total = events * kLongCustomers;
    for (int64_t at = 0; at < total; at += static_cast<int64_t>(kChunkRows)) {
      take(store->push(sales(365 * kMicrosPerDay * at / total - 365 * kMicrosPerDay)));
      take(store->push(visits(365 * kMicrosPerDay * at / total - 365 * kMicrosPerDay)));
    }
    CHECK(store->wait_until_folded(store->log().end(), 600));
  }
  // Rows of ascending times from `after` the end on, that arrived at once.
  PushedRows sales(Micros after) {
    PushedRows pushed = rows.sales(kChunkRows);
    const size_t width = pushed.columns.size();
    for (size_t r = 0; r < kChunkRows; ++r) {
      pushed.values[r * width] = moment(after, r);
      pushed.values[r * width + width - 1] = PushedValue();
    }
    pushed.ids.clear();
    return pushed;
  }
  PushedRows visits(Micros after) {
    PushedRows pushed = rows.visits(kChunkRows);
    for (size_t r = 0; r < kChunkRows; ++r) pushed.values[r * 3 + 1] = moment(after, r);
    pushed.ids.clear();
    return pushed;
  }
  static PushedValue moment(Micros after, size_t row) {
    return PushedValue::of_integer(kEnd + after + static_cast<Micros>(row) * kMicrosPerSecond);
  }

  int64_t events;
  std::string registry;
  TestShop shop;
  RandomRows rows;
  TemporaryFolder folder;
  std::unique_ptr<OnlineStore> store;
};

LongServed& long_served(int64_t events) {
  static std::unique_ptr<LongServed> served;
  if (served == nullptr || served->events != events) {
    served.reset();
    served = std::make_unique<LongServed>(events);
  }
  return *served;
}

// The first argument is the number of sales and of visits of a customer.
void read_long_history(benchmark::State& state) {
  LongServed& served = long_served(state.range(0));
  OnlineReader reader(served.store->serving(), served.shop.request, served.shop.zone);
  std::vector<std::string> names;
  for (int i = 0; i < kLongCustomers; ++i) names.push_back(fmt::format("c{}", i));
  std::vector<ValueColumn> values;
  std::vector<double> seconds;
  size_t next = 0;
  for (auto _ : state) {
    const std::string_view key = names[next++ % names.size()];
    const std::span<const std::string_view> keys(&key, 1);
    const Stopwatch watch;
    reader.read({.rows = 1, .keys = {&keys, 1}, .at = kEnd}, values);
    seconds.push_back(watch.seconds());
    benchmark::DoNotOptimize(values.data());
  }
  report_reads(state, seconds);
  CHECK(served.store->checkpoint().ok());
  const OnlineStats stats = served.store->stats();
  state.counters["state_bytes_per_row"] =
      static_cast<double>(stats.bytes) / static_cast<double>(stats.folded.rows);
}
BENCHMARK(read_long_history)->Arg(300)->Arg(1'000)->Arg(10'000)->Arg(50'000);

}  // namespace
}  // namespace coterie::features
