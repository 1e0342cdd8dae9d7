#pragma once
// Reads the events of a plan's sources from the warehouse into sorted tables.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "data/engine/engine.h"
#include "features/offline/entity_keys.h"
#include "features/offline/event_sql.h"
#include "features/plan/feature_plan.h"
#include "features/plan/request_plan.h"
#include "features/window/event_table.h"
#include "features/window/text_pool.h"

namespace coterie::features {

// Texts of coded columns, by source and column. Ids that no aggregate needs as text have no pool.
class EventTexts {
 public:
  // Reads the distinct values of text columns, and the dictionaries of ids: those that the plan's
  // features order or show, or all of them.
  enum class Ids { kNeeded, kAll };
  static Result<EventTexts> read(const FeaturePlan& plan, const std::vector<EntityKeys>& keys,
                                 data::Connection& connection, Ids ids = Ids::kNeeded);
  const std::vector<SourcePools>& pools() const { return pools_; }

 private:
  std::vector<std::unique_ptr<TextPool>> owned_;
  std::vector<SourcePools> pools_;
};

// Gives the rows of a source to `sink`, piece by piece, in any order. Entities are codes counted
// from the scope's first.
using EventSink = std::function<Status(const EventChunk&)>;
Status read_events(const FeaturePlan& plan, int source, const std::vector<EntityKeys>& keys,
                   const EventTexts& texts, const EventScope& scope, data::Connection& connection,
                   const EventSink& sink);

using EventTables = std::vector<EventTable>;  // by source of the plan

// Entities outside of the scope have no events. O(rows of the sources). kResourceExhausted names
// what to lower.
Result<EventTables> load_events(const FeaturePlan& plan, const std::vector<EntityKeys>& keys,
                                const EventTexts& texts, const EventScope& scope,
                                data::Connection& connection, ThreadPool& pool);

}  // namespace coterie::features
