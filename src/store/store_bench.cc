// Point reads, reads of 200 keys (the candidates of one request) and batches of 1,000 changes with
// an offset, over 100,000 keys of 200 bytes, on LMDB and on a redis-server of the same machine
// (COTERIE_BENCH_REDIS=redis://HOST:PORT; left out where it is not set). Bounds: an LMDB read is a
// descent of a cached tree, a write is bound by two syncs of the disk, Redis by the round trip.
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "base/temporary_folder.h"
#include "store/key_value_store.h"

namespace coterie::store {
namespace {

constexpr int kKeys = 100'000;
constexpr size_t kRequestKeys = 200;
constexpr int kBatchChanges = 1'000;

std::string key_of(int64_t number) { return fmt::format("customer/{:08}", number); }

// The store of all benchmarks of one kind, filled once.
KeyValueStore& filled_store(const std::string& url) {
  static TemporaryFolder folder;
  static std::unique_ptr<KeyValueStore> stores[2];
  std::unique_ptr<KeyValueStore>& store = stores[url.starts_with("lmdb") ? 0 : 1];
  if (store != nullptr) return *store;
  store = open_store(url, {.folder = folder.path(), .key_space = "coterie-bench"}).value();
  WriteBatch batch;
  for (int i = 0; i < kKeys; ++i) batch.put(key_of(i), std::string(200, 'x'));
  CHECK(store->write(batch).ok());
  return *store;
}

void point_read(benchmark::State& state, const std::string& url) {
  KeyValueStore& store = filled_store(url);
  std::mt19937 random(7);
  size_t bytes = 0;
  for (auto _ : state) {
    const std::string key = key_of(random() % kKeys);
    const std::string_view view = key;
    CHECK(store
              .read({&view, 1},
                    [&](size_t, std::optional<std::string_view> value) { bytes += value->size(); })
              .ok());
  }
  benchmark::DoNotOptimize(bytes);
  state.SetItemsProcessed(state.iterations());
}

void request_read(benchmark::State& state, const std::string& url) {
  KeyValueStore& store = filled_store(url);
  std::mt19937 random(7);
  std::vector<std::string> keys(kRequestKeys);
  std::vector<std::string_view> views(kRequestKeys);
  size_t bytes = 0;
  for (auto _ : state) {
    for (size_t i = 0; i < kRequestKeys; ++i) views[i] = keys[i] = key_of(random() % kKeys);
    CHECK(store
              .read(views,
                    [&](size_t, std::optional<std::string_view> value) { bytes += value->size(); })
              .ok());
  }
  benchmark::DoNotOptimize(bytes);
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kRequestKeys));
}

void batch_write(benchmark::State& state, const std::string& url) {
  KeyValueStore& store = filled_store(url);
  std::mt19937 random(7);
  WriteBatch batch;
  const std::string value(200, 'y');
  int64_t offset = 0;
  for (auto _ : state) {
    batch.clear();
    for (int i = 0; i < kBatchChanges; ++i) batch.put(key_of(random() % kKeys), value);
    batch.set_metadata("log_offset", std::to_string(++offset));
    CHECK(store.write(batch).ok());
  }
  state.SetItemsProcessed(state.iterations() * kBatchChanges);
}

void add_benchmarks(const std::string& kind, const std::string& url) {
  benchmark::RegisterBenchmark((kind + "/point_read").c_str(), point_read, url)->UseRealTime();
  benchmark::RegisterBenchmark((kind + "/request_read").c_str(), request_read, url)->UseRealTime();
  benchmark::RegisterBenchmark((kind + "/batch_write").c_str(), batch_write, url)->UseRealTime();
}

const bool kRegistered = [] {
  add_benchmarks("lmdb", "lmdb:online");
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets the environment
  const char* redis = std::getenv("COTERIE_BENCH_REDIS");
  if (redis != nullptr) add_benchmarks("redis", redis);
  return true;
}();

}  // namespace
}  // namespace coterie::store
