#include "lab/interaction_files.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/letter_case.h"
#include "base/text_parts.h"
#include "expr/calendar.h"
#include "lab/file_formats.h"
#include "lab/interaction_columns_internal.h"

namespace coterie::lab {
namespace {

const std::vector<std::string> kNames[kRoles] = {
    {"user", "user_id", "userid", "customer", "customer_id"},
    {"item", "item_id", "itemid", "article", "article_id", "product", "product_id"},
    {"value", "rating", "weight", "count", "quantity"},
    {"time", "timestamp", "ts", "date", "datetime", "created_at"}};
constexpr const char* kRoleNames[kRoles] = {"user", "item", "value", "time"};

bool may_be(Role role, const std::string& column) {
  const std::string name = lower_case(std::string(trimmed(column)));
  return std::find(kNames[role].begin(), kNames[role].end(), name) != kNames[role].end();
}

}  // namespace

int32_t Codes::code_of(std::string_view id) {
  if (const auto found = codes.find(id); found != codes.end()) return found->second;
  const auto code = static_cast<int32_t>(ids.size());
  codes.emplace(id, code);
  ids.emplace_back(id);
  return code;
}

std::optional<Layout> layout_by_names(const std::vector<std::string>& names) {
  Layout layout;
  for (int role = 0; role < kRoles; ++role) {
    for (size_t i = 0; i < names.size() && layout.columns[role] < 0; ++i) {
      if (!may_be(static_cast<Role>(role), names[i])) continue;
      layout.columns[role] = static_cast<int>(i);
      layout.names[role] = names[i];
    }
  }
  if (layout.columns[kUser] < 0 || layout.columns[kItem] < 0) return std::nullopt;
  return layout;
}

Result<size_t> id_column(const std::vector<std::string>& names, Role role) {
  const auto found = std::find_if(names.begin(), names.end(),
                                  [&](const auto& name) { return may_be(role, name); });
  if (found != names.end()) return static_cast<size_t>(found - names.begin());
  return invalid_input(fmt::format("has no column of {}s; columns: {}", kRoleNames[role],
                                   fmt::join(names, ", ")))
      .with_mend(role == kUser ? "call it user, user_id or customer_id in the header"
                               : "call it item, item_id or article_id in the header");
}

Result<bool> next_record(data::CsvReader& reader, const std::string& path, size_t width,
                         data::CsvRecord& record) {
  ASSIGN_OR_RETURN(const bool more, reader.next(record));
  if (!more) return false;
  const bool odd = width > 0 && record.fields.size() != width;
  if (record.problem.empty() && !odd) return true;
  return invalid_input(!record.problem.empty() ? record.problem
                                               : fmt::format("has {} columns, the first line {}",
                                                             record.fields.size(), width))
      .at(path, record.line)
      .with_mend("mend or remove the line");
}

Result<Layout> layout_by_position(int columns) {
  if (columns < 2) {
    return invalid_input(fmt::format("has {} column, at least user and item are needed", columns))
        .with_mend("columns are user, item[, value[, time]], divided by commas, tabs, ; | or ::");
  }
  Layout layout;
  for (int role = 0; role < std::min<int>(kRoles, columns); ++role) {
    layout.columns[role] = role;
    layout.names[role] = fmt::format("{} ({})", role + 1, kRoleNames[role]);
  }
  return layout;
}

std::optional<double> number_of(std::string_view text) {
  text = trimmed(text);
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<int64_t> TimeReader::read(std::string_view text) {
  text = trimmed(text);
  std::optional<int64_t> time;
  Kind kind = Kind::kNumber;
  int64_t whole = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (fault == std::errc() && end == text.data() + text.size()) {
    time = whole;
  } else if (const auto real = number_of(text); real && std::abs(*real) < 9e18) {
    time = static_cast<int64_t>(std::floor(*real));
  } else {
    time = expr::parse_timestamp(text);
    kind = Kind::kDate;
  }
  if (!time) {
    return invalid_input(fmt::format("'{}' is no time", text))
        .with_mend("write a number, or a date as in 2024-01-31 or 2024-01-31 09:05:00");
  }
  if (kind_ == Kind::kUnknown) kind_ = kind;
  if (kind != kind_) {
    return invalid_input(fmt::format("'{}' is a {}, the times before it are {}", text,
                                     kind == Kind::kDate ? "date" : "number",
                                     kind == Kind::kDate ? "numbers" : "dates"))
        .with_mend("write all times the same way");
  }
  return *time;
}

Result<float> confidence_of(double value, std::string_view text) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  const float confidence = value <= kLargest ? static_cast<float>(std::max(value, 0.0)) : 0.0F;
  if (confidence > 0) return confidence;
  return invalid_input(fmt::format("'{}' is not a finite number greater than 0", text))
      .with_mend("leave the line out, or the whole column: then every line counts 1");
}

Result<Interactions> read_interactions(data::Connection& connection, const std::string& path,
                                       Codes& users, Codes& items) {
  RETURN_IF_ERROR(check_readable(path));
  return extension_of(path) == ".parquet"
             ? read_parquet_interactions(connection, path, users, items)
             : read_text_interactions(path, users, items);
}

}  // namespace coterie::lab
