#pragma once
// Builds the online state anew, from the warehouse's history and the log, without disturbing the
// process that serves: a generation of its own is written to the store and made known when it is
// whole. The owner of the log takes it over within seconds (online_store.h), or the next one that
// opens it does.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/timezone.h"
#include "events/event.h"
#include "features/online/online_state.h"
#include "features/plan/feature_plan.h"
#include "features/window/events_view.h"
#include "features/window/text_pool.h"
#include "store/key_value_store.h"

namespace coterie::features {

// Rows of one source of the plan on their way in, column by column; all arrays have `rows` entries.
// Rows of which the source's `where` is not true are not among them.
struct HistoryRows {
  int64_t rows = 0;
  std::span<const std::string_view> keys;  // entity_key() of each (row_reader.h)
  std::span<const Micros> times;           // kStaticTime for static sources
  std::span<const Micros> arrivals = {};   // empty: as the times
  std::span<const EventColumn> columns;    // of the layout
  std::span<const TextPool* const> pools;  // by column: what its codes mean; null if kCode is not
  std::span<const uint8_t* const> passes;  // by filter
};
using HistorySink = std::function<Status(const HistoryRows&)>;

// The warehouse's history, as offline/ reads it.
class HistoryFeed {
 public:
  virtual ~HistoryFeed() = default;
  // Gives all rows of a source of FeaturePlan::sources() to `sink`, in any order and any number of
  // pieces; an error of the sink ends it and is returned. Of rows of static sources the last
  // counts.
  virtual Status read(int source, const HistorySink& sink) = 0;
  // Offset of the log up to which pushed rows are among these rows.
  virtual events::Offset log_offset() const = 0;
};

struct MaterializeConfig {
  std::string log_folder;
  std::string store_url;  // of open_store(), secrets resolved
  store::StoreOptions store = {};
  OnlineLimits limits = {};
  int64_t batch_bytes = int64_t{16} << 20;
};

struct MaterializeReport {
  int64_t generation = 0;
  int64_t entities = 0;
  int64_t rows = 0;
  int64_t dropped = 0;        // beyond OnlineLimits::max_events of an entity and source
  int64_t bytes = 0;          // of the state in memory
  events::Offset offset = 0;  // of the log, from which the owner folds on
};

// kConflict: another process materializes, or the log no longer has what is behind the history's
// offset. Memory: the whole state.
Result<MaterializeReport> materialize(const FeaturePlan& plan, HistoryFeed& history,
                                      const MaterializeConfig& config);

// From the log alone, for stores that were lost or damaged: an empty generation from the log's
// first event. kNotFound with the mend `materialize` where the log no longer has all events.
Result<MaterializeReport> rebuild(const FeaturePlan& plan, const MaterializeConfig& config);

}  // namespace coterie::features
