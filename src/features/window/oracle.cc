#include "features/window/oracle.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "features/window/oracle_internal.h"

namespace coterie::features {
namespace {

__extension__ using Wide = __int128;
using oracle::integer_result;
using oracle::Item;
using oracle::Question;
using oracle::text_of;

// Below, equal to or above 0 as a's value is below, equal to or above b's.
int compare(const Question& question, const Item& a, const Item& b) {
  switch (question.cell) {
    case Cell::kInteger:
      return a.value->integer < b.value->integer ? -1 : a.value->integer > b.value->integer;
    case Cell::kReal:
      return a.value->real < b.value->real ? -1 : a.value->real > b.value->real;
    case Cell::kCode:
      return text_of(question.pool, a.value->code).compare(text_of(question.pool, b.value->code));
  }
  return 0;
}

// Of equal times the one that `better` prefers.
template <class Better>
void keep_edge(std::vector<Item>& items, bool latest, const Better& better) {
  const auto earlier = [](const Item& a, const Item& b) { return a.event->time < b.event->time; };
  const Micros edge = (latest ? std::max_element(items.begin(), items.end(), earlier)
                              : std::min_element(items.begin(), items.end(), earlier))
                          ->event->time;
  std::erase_if(items, [&](const Item& item) { return item.event->time != edge; });
  std::swap(items.front(), *std::min_element(items.begin(), items.end(), better));
}

OracleValue chosen(const Question& question, const EventValue& value) {
  OracleValue result;
  result.cell = question.cell;
  result.null = value.null;
  if (value.null) return result;
  result.integer = value.integer;
  result.real = value.real;
  result.magnitude = std::abs(value.real);
  if (result.cell == Cell::kCode) result.text = text_of(question.pool, value.code);
  return result;
}

OracleValue extreme(const Question& question, std::vector<Item> items) {
  const auto less = [&](const Item& a, const Item& b) { return compare(question, a, b) < 0; };
  const auto greater = [&](const Item& a, const Item& b) { return compare(question, b, a) < 0; };
  switch (question.aggregate->function) {
    case Function::kMin:
      return chosen(question, *std::min_element(items.begin(), items.end(), less)->value);
    case Function::kMax:
      return chosen(question, *std::max_element(items.begin(), items.end(), less)->value);
    case Function::kFirst:
      keep_edge(items, false, less);
      return chosen(question, *items.front().value);
    case Function::kLast:
      keep_edge(items, true, greater);
      return chosen(question, *items.front().value);
    default:
      keep_edge(items, true, [&](const Item& a, const Item& b) {
        if (a.value->null || b.value->null) return !a.value->null && b.value->null;
        return compare(question, b, a) < 0;
      });
      return chosen(question, *items.front().value);
  }
}

std::vector<Item> items_of(const EventLayout& layout, std::span<const OracleEvent> events,
                           const Aggregate& aggregate, Micros at) {
  std::vector<Item> items;
  for (const OracleEvent& event : events) {
    const bool visible = event.time <= at && event.arrived <= at;
    const bool inside = aggregate.window == kLifetime ||
                        static_cast<Wide>(event.time) > static_cast<Wide>(at) - aggregate.window;
    if (!visible || !inside) continue;
    if (aggregate.mask >= 0) {
      const Mask& mask = layout.masks[aggregate.mask];
      if (mask.filter >= 0 && event.passes[mask.filter] == 0) continue;
      if (mask.column >= 0 && event.values[mask.column].null) continue;
    }
    const EventValue* value = aggregate.column < 0 ? nullptr : &event.values[aggregate.column];
    if (value != nullptr && value->null && aggregate.function != Function::kLatest) continue;
    items.push_back({&event, value});
  }
  return items;
}

OracleValue none(const Aggregate& aggregate, Cell cell) {
  switch (aggregate.function) {
    case Function::kCount:
    case Function::kDistinct:
    case Function::kDistinctHll:
    case Function::kStreak:
      return integer_result(0);
    case Function::kGroups:
    case Function::kTopK:
      return {.null = false, .list = true};
    case Function::kMean:
    case Function::kStd:
    case Function::kEntropy:
    case Function::kPercentile:
      return {.cell = Cell::kReal};
    case Function::kTimeSince:
      return {};
    default:
      return {.cell = cell};
  }
}

}  // namespace

OracleValue oracle_value(const EventLayout& layout, std::span<const OracleEvent> events,
                         std::span<const TextPool* const> pools, const Aggregate& aggregate,
                         Micros at) {
  Question question;
  question.aggregate = &aggregate;
  question.at = at;
  if (aggregate.column >= 0) {
    question.cell = layout.columns[aggregate.column];
    question.pool = pools[aggregate.column];
  }
  if (aggregate.group >= 0) question.group_pool = pools[aggregate.group];
  const std::vector<Item> items = items_of(layout, events, aggregate, at);
  if (items.empty()) return none(aggregate, question.cell);
  switch (aggregate.function) {
    case Function::kCount:
      return integer_result(static_cast<int64_t>(items.size()));
    case Function::kSum:
    case Function::kMean:
      return oracle::sum_or_mean(question, items);
    case Function::kStd:
      return oracle::deviation(question, items);
    case Function::kMin:
    case Function::kMax:
    case Function::kLast:
    case Function::kFirst:
    case Function::kLatest:
      return extreme(question, items);
    case Function::kDistinct:
      return oracle::distinct(question, items);
    case Function::kDistinctHll:
      return oracle::hyper_log_log(question, items);
    case Function::kGroups:
    case Function::kTopK:
      return oracle::groups(question, items);
    case Function::kTimeSince:
      return oracle::time_since(question, items);
    case Function::kStreak:
      return oracle::streak(question, items);
    case Function::kEntropy:
      return oracle::entropy(question, items);
    case Function::kPercentile:
      return oracle::percentile(question, items);
  }
  return {};
}

}  // namespace coterie::features
