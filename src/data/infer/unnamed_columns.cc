#include "data/infer/unnamed_columns.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "data/infer/column_names.h"
#include "data/project/roles.h"

namespace coterie::data {
namespace {

constexpr size_t kMostInteractionColumns = 5;
constexpr double kRepeats = 0.9;  // share of distinct values below which an id repeats
constexpr int kMostGrades = 21;   // 0 to 10 in halves
constexpr double kHighestGrade = 10;
constexpr double kLongestId = 40;

bool is_id(const ColumnProfile& column) {
  if (column.present == 0 || column.missing_share > 0 || column.distinct < 2) return false;
  return column.mean_length <= kLongestId && (column.is_integer() || !column.is_number());
}

bool is_grade(const ColumnProfile& column) {
  return column.is_number() && column.distinct <= kMostGrades && column.min_number >= 0 &&
         column.max_number <= kHighestGrade;
}

// Whole numbers pass as times only where they are seconds or more since 1970.
bool is_moment(const ColumnProfile& column) { return column.is_time() && column.mean_length >= 8; }

using Names = std::vector<std::string>;

std::optional<Names> interaction_names(const TableProfile& table) {
  const size_t width = table.columns.size();
  if (width < 2 || width > kMostInteractionColumns) return std::nullopt;
  Names names(width);
  std::vector<size_t> rest;
  size_t time = width;
  for (size_t c = 0; c < width; ++c) {
    if (is_moment(table.columns[c])) time = c;
  }
  for (size_t c = 0; c < width; ++c) {
    if (c != time) rest.push_back(c);
  }
  if (time < width) names[time] = "created_at";
  if (rest.size() < 2 || !is_id(table.columns[rest[0]]) || !is_id(table.columns[rest[1]])) {
    return std::nullopt;
  }
  if (table.columns[rest[0]].distinct_share() >= kRepeats) return std::nullopt;
  names[rest[0]] = "user_id";
  names[rest[1]] = "item_id";
  if (rest.size() > 2 && is_grade(table.columns[rest[2]])) names[rest[2]] = "rating";
  return names;
}

std::optional<Names> master_names(const TableProfile& table) {
  const ColumnProfile& first = table.columns.front();
  if (!is_id(first) || first.distinct < first.present) return std::nullopt;
  Names names(table.columns.size());
  if (table_name_fit(table.name, "customers") > 0) {
    names[0] = "user_id";
    return names;
  }
  if (table_name_fit(table.name, "items") == 0) return std::nullopt;
  names[0] = "item_id";
  for (size_t c = 1; c < names.size(); ++c) {
    const ColumnProfile& column = table.columns[c];
    if (column.is_number() || column.is_time() || column.distinct_share() < 0.5) continue;
    names[c] = "title";
    break;
  }
  return names;
}

bool is_known_name(const std::string& cell) {
  return std::ranges::any_of(all_roles(), [&](const Role& role) {
    return std::ranges::any_of(role.columns, [&](const RoleColumn& column) {
      return name_fit(cell, role.name, column.name) >= 0.9;
    });
  });
}

}  // namespace

Status name_columns_by_values(Connection& connection, TableProfile& table) {
  if (table.format != "csv" || table.header || table.columns.empty()) return {};
  std::optional<Names> names = interaction_names(table);
  if (!names) names = master_names(table);
  for (size_t c = 0; c < table.columns.size(); ++c) {
    ColumnProfile& column = table.columns[c];
    const bool guessed = names && !(*names)[c].empty();
    const std::string name = guessed ? (*names)[c] : fmt::format("c{}", c + 1);
    column.named_by_values = guessed;
    if (name == column.name) continue;
    RETURN_IF_ERROR(connection.execute(fmt::format("ALTER TABLE {} RENAME COLUMN {} TO {}",
                                                   quote_name(table.sample_table),
                                                   quote_name(column.name), quote_name(name))));
    column.name = name;
  }
  return {};
}

bool looks_like_header(const std::string& line, const std::string& delimiter) {
  if (delimiter.empty()) return false;
  size_t cells = 0, known = 0;
  for (size_t begin = 0; begin <= line.size();) {
    const size_t end = std::min(line.find(delimiter, begin), line.size());
    const std::string cell = line.substr(begin, end - begin);
    ++cells;
    known += is_known_name(cell) ? 1 : 0;
    begin = end + delimiter.size();
  }
  return known >= 2 && known * 2 >= cells;
}

}  // namespace coterie::data
