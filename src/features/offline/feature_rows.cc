#include "features/offline/feature_rows.h"

namespace coterie::features {
namespace {

// Rows of a large table are anywhere in memory: those of so many rows later are asked for.
constexpr size_t kRowsAhead = 8;

}  // namespace

FeatureSource::FeatureSource(const FeaturePlan& plan, const RequestPlan& request,
                             const EventTables& tables, const EventTexts& texts,
                             const TimeZone& zone)
    : plan_(plan), request_(request), tables_(tables), texts_(texts), timezone_(zone) {
  for (size_t s = 0; s < plan.sources().size(); ++s) {
    evaluators_.push_back(
        request.uses(static_cast<int>(s))
            ? std::make_unique<WindowEvaluator>(
                  plan.sources()[s].layout, request.windows(static_cast<int>(s)), texts.pools()[s])
            : nullptr);
  }
}

FeatureRows::FeatureRows(const FeatureSource& source)
    : source_(source), workspace_(source.request()) {
  const size_t sources = source.plan().sources().size();
  slots_.resize(sources);
  newest_.resize(sources);
  for (size_t s = 0; s < sources; ++s) {
    cursors_.emplace_back(source.tables_[s]);
    const EventLayout& layout = source.plan().sources()[s].layout;
    for (const Aggregate& aggregate : source.request().windows(static_cast<int>(s))) {
      SlotColumn slot;
      slot.cell = WindowEvaluator::result_cell(aggregate, layout);
      slot.list = WindowEvaluator::is_list(aggregate);
      slots_[s].push_back(std::move(slot));
    }
  }
}

void FeatureRows::evaluate(size_t source, const RowBatch& rows) {
  const auto count = static_cast<int64_t>(rows.at.size());
  for (SlotColumn& slot : slots_[source]) slot.resize(count);
  newest_[source].resize(rows.at.size());
  const std::span<const int32_t> entities = rows.entities[source];
  EventTable::Cursor& cursor = cursors_[source];
  const auto prefetch = [&](size_t row) {
    if (row < entities.size() && entities[row] >= 0) cursor.prefetch(entities[row]);
  };
  for (size_t row = 0; row < kRowsAhead; ++row) prefetch(row);
  for (size_t begin = 0, end = 0; begin < rows.at.size(); begin = end) {
    const int32_t entity = entities[begin];
    end = begin + 1;
    while (end < rows.at.size() && entities[end] == entity && rows.at[end] >= rows.at[end - 1])
      ++end;
    for (size_t row = begin; row < end; ++row) prefetch(row + kRowsAhead);
    const EventsView events = entity < 0 ? EventsView{} : cursor.events_of(entity);
    source_.evaluators_[source]->evaluate(events, rows.at.subspan(begin, end - begin),
                                          static_cast<int64_t>(begin), slots_[source], scratch_,
                                          newest_[source].data() + begin);
  }
}

void FeatureRows::compute(const RowBatch& rows, std::vector<ValueColumn>& values) {
  days_.resize(rows.at.size());
  for (size_t row = 0; row < days_.size(); ++row)
    days_[row] = row > 0 && rows.at[row] == rows.at[row - 1]
                     ? days_[row - 1]
                     : source_.timezone_.day_of(rows.at[row]);
  for (size_t s = 0; s < cursors_.size(); ++s) {
    if (source_.evaluators_[s] != nullptr) evaluate(s, rows);
  }
  source_.request().assemble({.rows = static_cast<int64_t>(rows.at.size()),
                              .at = rows.at,
                              .as_of_days = days_,
                              .slots = slots_,
                              .newest = newest_,
                              .pools = source_.texts_.pools(),
                              .request = rows.request,
                              .values_only = true},
                             workspace_, values);
}

}  // namespace coterie::features
