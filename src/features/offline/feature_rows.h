#pragma once
// Values at (entity, time) rows from loaded events: what point-in-time sets and snapshots share.

#include <memory>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/timezone.h"
#include "features/offline/event_loader.h"
#include "features/plan/feature_plan.h"
#include "features/plan/request_plan.h"
#include "features/window/evaluator.h"

namespace coterie::features {

// Everything that rows are computed from. Views; immutable, shared by threads.
class FeatureSource {
 public:
  // All arguments outlive it.
  FeatureSource(const FeaturePlan& plan, const RequestPlan& request, const EventTables& tables,
                const EventTexts& texts, const TimeZone& zone);

  const FeaturePlan& plan() const { return plan_; }
  const RequestPlan& request() const { return request_; }

 private:
  friend class FeatureRows;
  const FeaturePlan& plan_;
  const RequestPlan& request_;
  const EventTables& tables_;
  const EventTexts& texts_;
  const TimeZone& timezone_;
  std::vector<std::unique_ptr<WindowEvaluator>> evaluators_;  // by source; null where unused
};

// Rows of one batch. `entities`: by source of the plan, the code of the row's entity of that
// source, counted from the first that was loaded; -1 = unknown. Rows that follow each other with
// one entity and times that do not descend are evaluated together: sort them so.
struct RowBatch {
  std::span<const Micros> at;
  std::vector<std::span<const int32_t>> entities = {};
  std::span<const expr::ColumnData> request = {};
};

// One thread's.
class FeatureRows {
 public:
  explicit FeatureRows(const FeatureSource& source);
  // Texts of the values are valid until the next call.
  void compute(const RowBatch& rows, std::vector<ValueColumn>& values);

 private:
  void evaluate(size_t source, const RowBatch& rows);

  const FeatureSource& source_;
  std::vector<EventTable::Cursor> cursors_;
  WindowEvaluator::Scratch scratch_;
  RequestPlan::Workspace workspace_;
  std::vector<std::vector<SlotColumn>> slots_;
  std::vector<std::vector<Micros>> newest_;
  std::vector<int32_t> days_;
};

}  // namespace coterie::features
