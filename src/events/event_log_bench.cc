// Appends a second with 1 to 64 writers that each wait for their answer (group commit), and replay.
// The bound of one writer is the disk's sync: items_per_second / syncs_per_second is what sharing
// syncs gains. Replay is bound by reading and CRC-32C; bytes_per_second compares with memory.
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

#include "events/event_log.h"
#include "events/event_reader.h"

namespace coterie::events {
namespace {

constexpr size_t kPayloadBytes = 200;

std::string make_folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "coterie-bench-XXXXXX").string();
  return ::mkdtemp(pattern.data());
}

std::unique_ptr<EventLog> shared_log;
std::string shared_folder;
std::atomic<int64_t> next_id;

void open_shared(const benchmark::State&) {
  shared_folder = make_folder();
  auto log = EventLog::open(shared_folder);
  if (!log.ok()) std::abort();
  shared_log = std::make_unique<EventLog>(*std::move(log));
}
void close_shared(const benchmark::State&) {
  shared_log.reset();
  std::filesystem::remove_all(shared_folder);
}

void append_and_wait(benchmark::State& state) {
  const std::string payload(kPayloadBytes, 'x');
  for (auto _ : state) {
    const auto appended = shared_log->append({"event-" + std::to_string(++next_id), payload});
    if (!appended.ok()) std::abort();
  }
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) {
    state.counters["syncs_per_second"] = benchmark::Counter(
        static_cast<double>(shared_log->stats().syncs), benchmark::Counter::kIsRate);
  }
}
BENCHMARK(append_and_wait)
    ->Setup(open_shared)
    ->Teardown(close_shared)
    ->Threads(1)
    ->Threads(4)
    ->Threads(16)
    ->Threads(64)
    ->UseRealTime();

// One call with 1,000 events: what an importer does.
void append_batches(benchmark::State& state) {
  const std::string folder = make_folder();
  auto log = EventLog::open(folder);
  if (!log.ok()) std::abort();
  const std::string payload(kPayloadBytes, 'x');
  int64_t id = 0;
  std::vector<std::string> ids(1000);
  std::vector<NewEvent> events(ids.size());
  for (auto _ : state) {
    for (size_t i = 0; i < ids.size(); ++i) {
      ids[i] = "event-" + std::to_string(++id);
      events[i] = {ids[i], payload};
    }
    if (!log->append(events).ok()) std::abort();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(ids.size()));
  std::filesystem::remove_all(folder);
}
BENCHMARK(append_batches)->UseRealTime();

void replay(benchmark::State& state) {
  const std::string folder = make_folder();
  {
    auto log = EventLog::open(folder);
    if (!log.ok()) std::abort();
    const std::string payload(kPayloadBytes, 'x');
    const std::vector<NewEvent> events(20'000, NewEvent{"", payload});
    for (int i = 0; i < 20; ++i) {
      if (!log->append(events).ok()) std::abort();
    }
  }
  int64_t events = 0;
  int64_t bytes = 0;
  for (auto _ : state) {
    auto reader = EventReader::open(folder, kOldestEvent);
    if (!reader.ok()) std::abort();
    while (true) {
      const auto event = reader->next();
      if (!event.ok()) std::abort();
      if (!event->has_value()) break;
      ++events;
      bytes += static_cast<int64_t>((*event)->next - (*event)->offset);
    }
  }
  state.SetItemsProcessed(events);
  state.SetBytesProcessed(bytes);
  std::filesystem::remove_all(folder);
}
BENCHMARK(replay);

}  // namespace
}  // namespace coterie::events
