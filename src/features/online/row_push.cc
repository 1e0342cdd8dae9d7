#include "features/online/row_push.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest_name.h"
#include "features/plan/pushed_event.h"

namespace coterie::features {
namespace {

// Checks the rows of one source of the plan; one caller at a time.
struct Checker {
  int source = 0;
  RowReader reader;
  std::vector<int> from = {};  // by column of the reader: of the rows
  std::vector<PushedValue> values = {};

  void match(const std::vector<std::string>& columns) {
    from.clear();
    for (const std::string& name : reader.columns()) {
      const auto found = std::ranges::find(columns, name);
      from.push_back(found == columns.end() ? -1 : static_cast<int>(found - columns.begin()));
    }
    values.resize(from.size());
  }
  Status check(std::span<const PushedValue> row) {
    for (size_t i = 0; i < from.size(); ++i)
      values[i] = from[i] < 0 ? PushedValue() : row[static_cast<size_t>(from[i])];
    return reader.check(values);
  }
};

}  // namespace

struct RowPusher::Impl {
  Status check_columns(const PushedRows& rows) const;
  Status check_rows(const PushedRows& rows);
  Checker take(int source);

  const FeaturePlan* plan = nullptr;
  TimeZone zone;
  std::mutex mutex;
  std::vector<Checker> idle;
};

Checker RowPusher::Impl::take(int source) {
  const std::lock_guard lock(mutex);
  const auto found = std::ranges::find(idle, source, &Checker::source);
  if (found != idle.end()) {
    Checker checker = std::move(*found);
    idle.erase(found);
    return checker;
  }
  const SourcePlan& source_plan = plan->sources()[static_cast<size_t>(source)];
  return {source, RowReader(source_plan, std::vector<TextPool*>(source_plan.fields.size()), zone)};
}

Status RowPusher::Impl::check_columns(const PushedRows& rows) const {
  std::set<std::string> sources;
  const SourcePlan* found = nullptr;
  for (const SourcePlan& each : plan->sources()) {
    if (each.of_model) continue;
    sources.insert(each.source->name);
    if (each.source->name == rows.source) found = &each;
  }
  if (found == nullptr) {
    return not_found(fmt::format("no online feature reads a source '{}'", rows.source))
        .with_mend(fmt::format("push to one of {}", fmt::join(sources, ", ")));
  }
  std::vector<std::string> known;
  for (const SourceColumn& column : found->table.columns) known.push_back(column.column.name);
  for (size_t i = 0; i < rows.columns.size(); ++i) {
    const std::string& name = rows.columns[i];
    const auto end = rows.columns.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(rows.columns.begin(), end, name) != end)
      return invalid_input(fmt::format("column '{}' is there twice", name)).for_key(rows.source);
    if (std::ranges::find(known, name) != known.end()) continue;
    return invalid_input(fmt::format("source '{}' has no column '{}'", rows.source, name))
        .with_mend(
            nearest_mend(name, known, fmt::format("its columns are {}", fmt::join(known, ", "))));
  }
  return {};
}

Status RowPusher::Impl::check_rows(const PushedRows& rows) {
  for (size_t s = 0; s < plan->sources().size(); ++s) {
    if (plan->sources()[s].source->name != rows.source) continue;
    Checker checker = take(static_cast<int>(s));
    checker.match(rows.columns);
    Status checked;
    for (size_t r = 0; checked.ok() && r < rows.rows(); ++r) {
      checked = checker.check(
          std::span(rows.values).subspan(r * rows.columns.size(), rows.columns.size()));
      if (checked.ok()) continue;
      Error error = checked.error();
      error.message = fmt::format("row {}: {}", r + 1, error.message);
      checked = std::move(error);
    }
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(checker));
    if (!checked.ok()) return checked;
  }
  return {};
}

RowPusher::RowPusher(const FeaturePlan& plan, const TimeZone& zone)
    : impl_(new Impl{.plan = &plan, .zone = zone, .mutex = {}, .idle = {}}) {}

Status RowPusher::encode(const PushedRows& rows, EncodedRows& encoded) const {
  const size_t width = rows.columns.size();
  if (width > kMaxPushedColumns)
    return invalid_input(
        fmt::format("{} columns in one push, at most {} are taken", width, kMaxPushedColumns));
  if (width == 0 || rows.values.size() % width != 0)
    return invalid_input("every row has one value for each column, and there is a column");
  if (!rows.ids.empty() && rows.ids.size() != rows.rows())
    return invalid_input(fmt::format("{} event ids for {} rows", rows.ids.size(), rows.rows()))
        .with_mend("give one id for each row, or none");
  RETURN_IF_ERROR(impl_->check_columns(rows));
  RETURN_IF_ERROR(impl_->check_rows(rows));
  encoded.bytes.clear();
  encoded.events.clear();
  const std::string head = pushed_event_head(rows.source, rows.columns);
  std::vector<size_t> ends;
  for (size_t r = 0; r < rows.rows(); ++r) {
    append_pushed_event(encoded.bytes, head, std::span(rows.values).subspan(r * width, width));
    ends.push_back(encoded.bytes.size());
  }
  const std::string_view bytes = encoded.bytes;
  for (size_t r = 0; r < ends.size(); ++r) {
    const size_t begin = r == 0 ? 0 : ends[r - 1];
    encoded.events.push_back({.id = rows.ids.empty() ? std::string_view() : rows.ids[r],
                              .payload = bytes.substr(begin, ends[r] - begin)});
  }
  return {};
}

RowPusher::RowPusher(RowPusher&&) noexcept = default;
RowPusher& RowPusher::operator=(RowPusher&&) noexcept = default;
RowPusher::~RowPusher() = default;

}  // namespace coterie::features
