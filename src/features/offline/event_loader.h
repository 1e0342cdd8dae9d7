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
//
// Texts get their codes as their rows are read: to find them all before would be a pass over the
// source for each column. Only beside real columns, whose sums depend on the order of rows of one
// time and so on these codes, are they read before, in their order.
class EventTexts {
 public:
  // Reads the dictionaries of ids, those that the plan's features order or show or all of them, and
  // the texts of sources with real columns.
  enum class Ids { kNeeded, kAll };
  static Result<EventTexts> read(const FeaturePlan& plan, const std::vector<EntityKeys>& keys,
                                 data::Connection& connection, Ids ids = Ids::kNeeded);
  // They grow while events are read: not beside anything that looks at texts.
  const std::vector<SourcePools>& pools() const { return pools_; }
  // Where a new text of a column goes; null where all are known, or none is a text.
  TextPool* growing(size_t source, size_t column) { return growing_[source][column]; }

 private:
  std::vector<std::unique_ptr<TextPool>> owned_;
  std::vector<SourcePools> pools_;
  std::vector<std::vector<TextPool*>> growing_;
};

// Whose events are wanted, by code, and by entity in the order of the keys; empty: all.
using WantedEntities = std::vector<std::vector<bool>>;

// Gives the rows of a source to `sink`, piece by piece, in any order. Entities are codes counted
// from the scope's first.
using EventSink = std::function<Status(const EventChunk&)>;
Status read_events(const FeaturePlan& plan, int source, const std::vector<EntityKeys>& keys,
                   EventTexts& texts, const EventScope& scope, data::Connection& connection,
                   const EventSink& sink);

using EventTables = std::vector<EventTable>;  // by source of the plan

// Entities outside of the scope, and those that are not wanted, have no events. O(rows of the
// sources); memory is that of the events that are kept. kResourceExhausted names what to lower.
Result<EventTables> load_events(const FeaturePlan& plan, const std::vector<EntityKeys>& keys,
                                EventTexts& texts, const EventScope& scope,
                                const WantedEntities& wanted, data::Connection& connection,
                                ThreadPool& pool);

}  // namespace coterie::features
