#include "features/offline/event_loader.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <memory>
#include <mutex>

#include "features/offline/chunk_reader_internal.h"

namespace coterie::features {
namespace {

// One source and the part of it that is asked for.
struct SourceReading {
  size_t index;
  const SourcePlan& source;
  const EntityKeys& keys;
  EventScope bounds;
};

SourceReading reading_of(const FeaturePlan& plan, size_t index, const std::vector<EntityKeys>& keys,
                         const EventScope& scope) {
  const SourcePlan& source = plan.sources()[index];
  return {index, source, keys_of(keys, *source.entity),
          source.entity == scope.entity ? scope : EventScope{.latest = scope.latest}};
}

// Gives chunks of events to a sink of each thread, which `make_sink` makes.
Status read_source(const SourceReading& reading, const std::vector<bool>* wanted,
                   const EventTexts& texts, data::Connection& connection,
                   const std::function<EventSink()>& make_sink) {
  const auto make_consumer = [&]() -> data::Connection::ChunkConsumer {
    return [reader = std::make_shared<ChunkReader>(reading.source, reading.index, texts,
                                                   reading.bounds.first_entity, wanted),
            sink = make_sink()](const data::Chunk& chunk) { return reader->read(chunk, sink); };
  };
  return connection.for_each_chunk_unordered(
      event_sql(reading.source, reading.keys.relation, reading.bounds), make_consumer);
}

}  // namespace

Status read_events(const FeaturePlan& plan, int index, const std::vector<EntityKeys>& keys,
                   EventTexts& texts, const EventScope& scope, data::Connection& connection,
                   const EventSink& sink) {
  const SourceReading reading = reading_of(plan, static_cast<size_t>(index), keys, scope);
  std::mutex lock;
  const EventSink one_at_a_time = [&](const EventChunk& chunk) {
    const std::scoped_lock guard(lock);
    return sink(chunk);
  };
  return read_source(reading, nullptr, texts, connection, [&] { return one_at_a_time; });
}

Result<EventTables> load_events(const FeaturePlan& plan, const std::vector<EntityKeys>& keys,
                                EventTexts& texts, const EventScope& scope,
                                const WantedEntities& wanted, data::Connection& connection,
                                ThreadPool& pool) {
  EventTables tables;
  for (size_t s = 0; s < plan.sources().size(); ++s) {
    const SourceReading reading = reading_of(plan, s, keys, scope);
    const auto entity = static_cast<size_t>(&reading.keys - keys.data());
    const int64_t end = std::min<int64_t>(reading.keys.size, reading.bounds.end_entity);
    const auto entities =
        static_cast<int32_t>(std::max<int64_t>(0, end - reading.bounds.first_entity));
    std::deque<EventTableBuilder> filled;  // one a thread
    const auto make_sink = [&]() -> EventSink {
      return [&builder =
                  filled.emplace_back(reading.source.layout, entities)](const EventChunk& chunk) {
        builder.add(chunk);
        return Status();
      };
    };
    RETURN_IF_ERROR(read_source(reading, wanted.empty() ? nullptr : &wanted[entity], texts,
                                connection, make_sink));
    if (filled.empty()) filled.emplace_back(reading.source.layout, entities);
    std::vector<EventTableBuilder> builders;
    std::ranges::move(filled, std::back_inserter(builders));
    tables.push_back(EventTableBuilder::finish(std::move(builders), pool));
  }
  return tables;
}

}  // namespace coterie::features
