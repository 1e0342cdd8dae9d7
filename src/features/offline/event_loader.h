#pragma once
// Reads the events of a plan's sources from the warehouse into sorted tables.

#include <functional>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "data/engine/engine.h"
#include "features/offline/entity_keys.h"
#include "features/offline/event_sql.h"
#include "features/offline/event_texts.h"
#include "features/plan/feature_plan.h"
#include "features/window/event_table.h"

namespace coterie::features {

// Whose events are wanted, by code, and by entity in the order of the keys; empty: all.
using WantedEntities = std::vector<std::vector<bool>>;

// Gives the rows of a source to `sink`, piece by piece, in any order, from any thread but never
// from two at once. Entities are codes counted from the scope's first.
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
