#include <algorithm>

#include <fmt/format.h>

#include "data/datasets/builder_internal.h"
#include "data/datasets/dataset_b.h"
#include "data/datasets/sources_internal.h"

namespace coterie::data {
namespace {

// "role", "role.column" or "events=kind".
bool is_there(const Facts& facts, std::string_view source) {
  if (const size_t dot = source.find('.'); dot != std::string_view::npos)
    return facts.has(source.substr(0, dot), source.substr(dot + 1));
  if (const size_t equal = source.find('='); equal != std::string_view::npos)
    return facts.has("events", "article_id") &&
           facts.event_kinds.contains(std::string(source.substr(equal + 1)));
  return facts.has(source);
}

std::string source_text(std::string_view source) {
  if (const size_t equal = source.find('='); equal != std::string_view::npos)
    return fmt::format("events of kind {}", source.substr(equal + 1));
  if (source.find('.') != std::string_view::npos) return fmt::format("column {}", source);
  return fmt::format("role {}", source);
}

std::string absent(const std::vector<std::string_view>& sources) {
  std::string text;
  for (size_t i = 0; i < sources.size(); ++i) {
    const bool last = i + 1 == sources.size();
    text += (i == 0 ? "" : last ? " and no " : ", no ") + source_text(sources[i]);
  }
  return "no " + text;
}

// What would switch the dataset on, of what is not there: a role that is there lacks something.
std::vector<std::string_view> lacking(const DatasetInfo& info, const Facts& facts) {
  std::vector<std::string_view> sources;
  for (const std::string_view role : info.needs_one_of) {
    if (role == "events" && facts.has(role)) {
      sources.emplace_back(info.letter == 'D' ? "events=buy" : "events.article_id");
    } else if (role == "order_items" && facts.has(role)) {
      sources.emplace_back("orders");
    } else {
      sources.push_back(role);
    }
  }
  return sources;
}

void add_kind_notes(const Facts& facts, std::vector<std::string>& notes) {
  switch (purchase_source(facts)) {
    case PurchaseSource::kTransactions:
      break;
    case PurchaseSource::kOrders:
      notes.emplace_back("purchases are orders with order_items, without cancelled and returned");
      break;
    case PurchaseSource::kEvents:
      notes.emplace_back("purchases are events of kind buy");
      break;
    case PurchaseSource::kNone:
      notes.emplace_back("there are no purchases: only other interactions count");
  }
  std::string unweighted;
  for (const std::string& kind : facts.event_kinds) {
    const auto found = facts.weights.find(kind);
    if (found == facts.weights.end() && kind != "session_start")
      unweighted += (unweighted.empty() ? "" : ", ") + kind;
  }
  if (!unweighted.empty())
    notes.push_back(
        fmt::format("events of kind {} do not count: they have no weight under "
                    "events.weights",
                    unweighted));
}

}  // namespace

bool can_build(const DatasetInfo& info, const Facts& facts) {
  // Orders are purchases only together with their items, and events interact only with articles.
  if (info.letter == 'A')
    return !purchases_sql(facts, "").empty() || !interactions_sql(facts, "").empty();
  if (info.letter == 'B') return !known_articles_sql(facts).empty();
  if (info.letter == 'D') return purchase_source(facts) != PurchaseSource::kNone;
  return std::ranges::any_of(info.needs_one_of,
                             [&](std::string_view role) { return facts.has(role); });
}

std::vector<std::string> dataset_notes(const DatasetInfo& info, const Facts& facts) {
  if (!can_build(info, facts))
    return {fmt::format("dataset {} is off: {}", info.letter, absent(lacking(info, facts)))};
  std::vector<std::string> notes;
  for (const DatasetGap& gap : info.gaps) {
    const bool filled = std::ranges::any_of(
        gap.any_of, [&](std::string_view source) { return is_there(facts, source); });
    if (!filled) notes.push_back(fmt::format("{}: null, {}", gap.columns, absent(gap.any_of)));
  }
  if (info.letter == 'A') add_kind_notes(facts, notes);
  if (info.letter == 'C' && !facts.has_dataset_a && !category_column(facts).empty())
    notes.emplace_back("most_engaged_category: null until dataset A is built");
  return notes;
}

}  // namespace coterie::data
