#pragma once
// For tests, here and in other folders: what online features must be, computed naively. Rows are
// kept in plain lists; every aggregate is asked of the window oracle; only reading a row and
// turning slots into values is the program's own code (both have tests of their own).

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "base/test_results.h"
#include "base/timezone.h"
#include "features/online/feature_records.h"
#include "features/online/row_push.h"
#include "features/plan/request_plan.h"
#include "features/plan/row_reader.h"
#include "features/window/evaluator.h"
#include "features/window/oracle.h"

namespace coterie::features {

class OnlineOracle {
 public:
  // `plan` outlives it.
  OnlineOracle(const FeaturePlan& plan, const TimeZone& zone) : plan_(plan), zone_(zone) {
    for (const SourcePlan& source : plan.sources()) {
      auto& kept = sources_.emplace_back(std::make_unique<Source>());
      std::vector<TextPool*> to_fill;
      for (const Field& field : source.fields) {
        TextPool* const pool = field.cell == Cell::kCode ? &kept->texts.emplace_back() : nullptr;
        to_fill.push_back(pool);
        kept->pools.push_back(pool);
      }
      kept->reader.emplace(source, to_fill, zone);
    }
  }

  // In the order of the log; duplicates are the caller's to leave out. Rows that no source takes
  // change nothing.
  void add(const PushedRows& rows) {
    for (size_t s = 0; s < sources_.size(); ++s) {
      if (plan_.sources()[s].source->name != rows.source) continue;
      for (size_t r = 0; r < rows.rows(); ++r)
        add_row(s, rows.columns,
                std::span(rows.values).subspan(r * rows.columns.size(), rows.columns.size()));
    }
  }

  // The values of one row of a request, as OnlineReader::read() gives them. `keys` by name of the
  // entity. Texts are valid until the next call.
  std::vector<ValueColumn> values(const RequestPlan& request,
                                  const std::map<std::string, std::string>& keys, Micros at) {
    std::vector<std::vector<SlotColumn>> slots(sources_.size());
    std::vector<std::vector<Micros>> newest(sources_.size());
    std::vector<SourcePools> pools;
    for (size_t s = 0; s < sources_.size(); ++s) {
      const SourcePlan& plan = plan_.sources()[s];
      pools.push_back(sources_[s]->pools);
      slots[s].resize(static_cast<size_t>(request.slots(static_cast<int>(s))));
      const auto key = keys.find(plan.entity->name);
      const std::vector<OracleEvent>& events =
          sources_[s]->events[key == keys.end() ? "" : key->second];
      newest[s] = {kNever};
      for (const OracleEvent& event : events) {
        if (std::max(event.time, event.arrived) <= at)
          newest[s][0] = std::max(newest[s][0], event.time);
      }
      for (const Aggregate& aggregate : request.windows(static_cast<int>(s)))
        slots[s][static_cast<size_t>(aggregate.slot)] = slot(s, aggregate, events, at);
    }
    const int32_t day = zone_.day_of(at);
    workspace_.emplace(request);
    std::vector<ValueColumn> values;
    request.assemble({.rows = 1,
                      .at = {&at, 1},
                      .as_of_days = {&day, 1},
                      .slots = slots,
                      .newest = newest,
                      .pools = pools},
                     *workspace_, values);
    return values;
  }

 private:
  struct Source {
    std::deque<TextPool> texts;
    SourcePools pools;
    std::optional<RowReader> reader;
    std::map<std::string, std::vector<OracleEvent>> events;
  };

  void add_row(size_t s, const std::vector<std::string>& columns,
               std::span<const PushedValue> row) {
    Source& source = *sources_[s];
    std::vector<PushedValue> values;
    for (const std::string& name : source.reader->columns()) {
      const auto found = std::ranges::find(columns, name);
      values.push_back(found == columns.end() ? PushedValue()
                                              : row[static_cast<size_t>(found - columns.begin())]);
    }
    const auto read = source.reader->read(values);
    if (!read.ok() || !read->counts) return;
    std::vector<OracleEvent>& events = source.events[std::string(read->key)];
    if (plan_.sources()[s].source->is_static) events.clear();
    events.push_back({.time = read->event.time,
                      .arrived = read->event.arrived,
                      .values = {read->event.values.begin(), read->event.values.end()},
                      .passes = {read->event.passes.begin(), read->event.passes.end()}});
  }

  SlotColumn slot(size_t s, const Aggregate& aggregate, const std::vector<OracleEvent>& events,
                  Micros at) {
    const EventLayout& layout = plan_.sources()[s].layout;
    const OracleValue value = oracle_value(layout, events, sources_[s]->pools, aggregate, at);
    SlotColumn slot;
    slot.cell = WindowEvaluator::result_cell(aggregate, layout);
    slot.list = WindowEvaluator::is_list(aggregate);
    slot.resize(1);
    const auto code = [&](int column, const std::string& text) {
      return *sources_[s]->pools[static_cast<size_t>(column)]->find(text);
    };
    if (slot.list) {
      for (const auto& [text, amount] : value.entries) {
        slot.entry_codes.push_back(code(aggregate.group, text));
        slot.entry_values.push_back(amount);
      }
      slot.ends.push_back(static_cast<int32_t>(value.entries.size()));
      return slot;
    }
    slot.nulls[0] = value.null ? 1 : 0;
    if (value.null) return slot;
    if (slot.cell == Cell::kInteger) slot.integers[0] = value.integer;
    if (slot.cell == Cell::kReal) slot.reals[0] = value.real;
    if (slot.cell == Cell::kCode) slot.codes[0] = code(aggregate.column, value.text);
    return slot;
  }

  const FeaturePlan& plan_;
  TimeZone zone_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::optional<RequestPlan::Workspace> workspace_;
};

// Empty if row `row` of `got` says what row 0 of `want` says: statuses, times and values, exactly,
// but reals to 1e-9 relative. Else the first feature that differs.
inline std::string value_difference(const RequestPlan& request,
                                    const std::vector<ValueColumn>& want,
                                    const std::vector<ValueColumn>& got, int64_t row) {
  const auto near = [](double a, double b) {
    return std::abs(a - b) <= 1e-9 * std::max({1.0, std::abs(a), std::abs(b)});
  };
  const auto r = static_cast<size_t>(row);
  for (size_t o = 0; o < want.size(); ++o) {
    const RequestPlan::Output& output = request.outputs()[o];
    const auto shown = [&](const ValueColumn& column, int64_t at) {
      const auto i = static_cast<size_t>(at);
      const bool null = column.nulls[i] != 0;
      return fmt::format("{} (status {}, time {})",
                         null ? "null" : value_text(output.type, column, at),
                         static_cast<int>(column.statuses[i]), column.event_times[i]);
    };
    bool same = want[o].nulls[0] == got[o].nulls[r] && want[o].statuses[0] == got[o].statuses[r] &&
                want[o].event_times[0] == got[o].event_times[r];
    if (same && want[o].nulls[0] == 0) {
      if (output.type.shape == Shape::kVector) {
        const auto width = static_cast<size_t>(output.type.width);
        for (size_t i = 0; i < width; ++i)
          same = same && near(want[o].elements[i], got[o].elements[r * width + i]);
      } else if (output.type.shape == Shape::kScalar &&
                 output.type.type.is(expr::TypeKind::kReal)) {
        same = near(want[o].reals[0], got[o].reals[r]);
      } else {
        same = value_text(output.type, want[o], 0) == value_text(output.type, got[o], row);
      }
    }
    if (!same) {
      return fmt::format("{}: expected {}, got {}", output.definition->name, shown(want[o], 0),
                         shown(got[o], row));
    }
  }
  return "";
}

}  // namespace coterie::features
