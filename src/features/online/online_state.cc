#include "features/online/online_state.h"

#include <algorithm>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "features/online/entity_record_internal.h"

namespace coterie::features {
namespace {

// Keys come from outside: which of them share a bucket must not be known there.
uint64_t random_seed() {
  std::random_device random;
  return (static_cast<uint64_t>(random()) << 32) | random();
}

// The entity and its two slots of the table.
int64_t entity_bytes(size_t sources) {
  return static_cast<int64_t>(OnlineEntity::bytes(sources)) + 32;
}

}  // namespace

OnlineState::OnlineState(const FeaturePlan& plan, const OnlineLimits& limits)
    : layout_(plan), limits_(limits), seed_(random_seed()), dropped_(plan.sources().size()) {
  CHECK(limits.max_events >= kFewestEvents && limits.partitions >= 1);
  for (const SourcePlan& source : plan.sources()) {
    auto& texts = texts_.emplace_back();
    SourcePools& pools = pools_.emplace_back();
    for (const Field& field : source.fields) {
      texts.push_back(field.cell == Cell::kCode ? std::make_unique<TextPool>() : nullptr);
      pools.push_back(texts.back().get());
    }
  }
  for (int i = 0; i < limits.partitions; ++i) {
    auto& partition = *partitions_.emplace_back(std::make_unique<Partition>());
    for (size_t kind = 0; kind < layout_.kinds().size(); ++kind)
      partition.kinds.emplace_back(layout_.kinds()[kind].sources.size());
  }
}

std::vector<TextPool*> OnlineState::pools_to_fill(int source) {
  std::vector<TextPool*> pools;
  for (const auto& pool : texts_[static_cast<size_t>(source)]) pools.push_back(pool.get());
  return pools;
}

OnlineEntity& OnlineState::find_or_add(Partition& partition, int kind, std::string_view key,
                                       uint64_t hash) {
  EntityTable& table = partition.kinds[static_cast<size_t>(kind)];
  OnlineEntity* const found = table.find(key, hash);
  if (found != nullptr) return *found;
  entities_.fetch_add(1, std::memory_order_relaxed);
  bytes_.fetch_add(entity_bytes(layout_.kinds()[static_cast<size_t>(kind)].sources.size()),
                   std::memory_order_relaxed);
  return table.add(key, hash);
}

void OnlineState::trim(int source, EntityHistory& history) {
  if (history.size() <= limits_.max_events) return;
  const int64_t kept = limits_.max_events - limits_.max_events / 8;
  EntityHistory::ViewScratch scratch;
  const EventsView view = history.view(scratch);
  const Micros latest = view.times[view.count - kept - 1];
  AtomicDropped& dropped = dropped_[static_cast<size_t>(source)];
  dropped.count.fetch_add(history.keep_newest(kept), std::memory_order_relaxed);
  if (latest > dropped.latest.load(std::memory_order_relaxed))
    dropped.latest.store(latest, std::memory_order_relaxed);
}

bool OnlineState::insert(int source, std::string_view key, const EventRow& row,
                         events::Offset offset, events::Offset next) {
  const auto [kind, place] = layout_.place_of(source);
  const SourcePlan& plan = layout_.plan().sources()[static_cast<size_t>(source)];
  const uint64_t hash = hash_of(kind, key);
  const size_t number = hash % partitions_.size();
  Partition& partition = *partitions_[number];
  const std::lock_guard lock(partition.mutex);
  OnlineEntity& entity = find_or_add(partition, kind, key, hash);
  if (offset < entity.folded_to) return false;
  std::optional<EntityHistory>& history = entity.histories()[static_cast<size_t>(place)];
  if (!history || plan.source->is_static) history.emplace(plan.layout);
  history->insert(row);
  trim(source, *history);
  entity.folded_to = next;
  if (!std::exchange(entity.listed, true))
    partition.changed.push_back({static_cast<int>(number), kind, &entity});
  return true;
}

std::vector<OnlineState::EntityRef> OnlineState::take_changed() {
  std::vector<EntityRef> all;
  for (const auto& partition : partitions_) {
    const std::lock_guard lock(partition->mutex);
    for (const EntityRef& entity : partition->changed) entity.entity->listed = false;
    all.insert(all.end(), partition->changed.begin(), partition->changed.end());
    partition->changed.clear();
  }
  return all;
}

void OnlineState::encode(const EntityRef& entity, std::string& out) {
  const auto& sources = layout_.kinds()[static_cast<size_t>(entity.kind)].sources;
  std::string bytes;
  const std::lock_guard lock(partitions_[static_cast<size_t>(entity.partition)]->mutex);
  OnlineEntity& data = *entity.entity;
  begin_entity_record(out, data.folded_to, sources.size());
  for (size_t i = 0; i < sources.size(); ++i) {
    bytes.clear();
    if (data.histories()[i]) data.histories()[i]->encode(pools(sources[i]), bytes);
    append_record_source(out, bytes);
  }
  count_bytes(data, sources.size());
}

void OnlineState::count_bytes(OnlineEntity& entity, size_t sources) {
  int64_t now = 0;
  for (size_t i = 0; i < sources; ++i)
    now += entity.histories()[i] ? entity.histories()[i]->bytes() : 0;
  bytes_.fetch_add(now - std::exchange(entity.counted_bytes, now), std::memory_order_relaxed);
}

void OnlineState::give_back(const EntityRef& entity) {
  Partition& partition = *partitions_[static_cast<size_t>(entity.partition)];
  const std::lock_guard lock(partition.mutex);
  if (!std::exchange(entity.entity->listed, true)) partition.changed.push_back(entity);
}

void OnlineState::change_all() {
  for (size_t p = 0; p < partitions_.size(); ++p) {
    Partition& partition = *partitions_[p];
    const std::lock_guard lock(partition.mutex);
    for (size_t kind = 0; kind < partition.kinds.size(); ++kind) {
      for (const auto& entity : partition.kinds[kind].all()) {
        if (std::exchange(entity->listed, true)) continue;
        partition.changed.push_back({static_cast<int>(p), static_cast<int>(kind), entity.get()});
      }
    }
  }
}

Status OnlineState::restore(int kind, const std::string& key, std::string_view record) {
  const auto& sources = layout_.kinds()[static_cast<size_t>(kind)].sources;
  ASSIGN_OR_RETURN(const EntityRecord read, read_entity_record(record, sources.size()));
  const uint64_t hash = hash_of(kind, key);
  Partition& partition = *partitions_[hash % partitions_.size()];
  const std::lock_guard lock(partition.mutex);
  OnlineEntity& entity = find_or_add(partition, kind, key, hash);
  entity.folded_to = read.folded_to;
  for (size_t i = 0; i < sources.size(); ++i) {
    if (read.histories[i].empty()) continue;
    const SourcePlan& plan = layout_.plan().sources()[static_cast<size_t>(sources[i])];
    ASSIGN_OR_RETURN(EntityHistory history, EntityHistory::decode(plan.layout, read.histories[i],
                                                                  pools_to_fill(sources[i])));
    entity.histories()[i] = std::move(history);
  }
  count_bytes(entity, sources.size());
  return {};
}

std::vector<DroppedEvents> OnlineState::dropped() const {
  std::vector<DroppedEvents> all;
  for (const AtomicDropped& each : dropped_)
    all.push_back(
        {each.count.load(std::memory_order_relaxed), each.latest.load(std::memory_order_relaxed)});
  return all;
}

void OnlineState::set_dropped(const std::vector<DroppedEvents>& dropped) {
  for (size_t i = 0; i < std::min(dropped.size(), dropped_.size()); ++i) {
    dropped_[i].count = dropped[i].count;
    dropped_[i].latest = dropped[i].latest;
  }
}

}  // namespace coterie::features
