// Interactions from Parquet, typed already.
#include <cmath>

#include <fmt/format.h>

#include "lab/file_formats.h"
#include "lab/interaction_columns_internal.h"

namespace coterie::lab {
namespace {

bool is_number(data::ValueType type) {
  return type == data::ValueType::kInt || type == data::ValueType::kReal ||
         type == data::ValueType::kDecimal;
}

bool is_time(data::ValueType type) {
  return type == data::ValueType::kDate || type == data::ValueType::kTimestamp ||
         type == data::ValueType::kText || is_number(type);
}

Result<Layout> find_layout(const std::vector<data::ColumnInfo>& columns) {
  std::vector<std::string> names;
  for (const data::ColumnInfo& column : columns) names.push_back(column.name);
  if (auto named = layout_by_names(names)) return *std::move(named);
  ASSIGN_OR_RETURN(Layout layout, layout_by_position(static_cast<int>(columns.size())));
  for (int role = 0; role < kRoles; ++role) {
    if (layout.columns[role] >= 0) layout.names[role] = names[layout.columns[role]];
  }
  return layout;
}

Status check_types(const std::vector<data::ColumnInfo>& columns, const Layout& layout) {
  const int value = layout.columns[kValue];
  if (value >= 0 && !is_number(columns[value].type)) {
    return invalid_input(fmt::format("is of type {}, a value is a number", columns[value].sql_type))
        .in_table("", layout.names[kValue]);
  }
  const int time = layout.columns[kTime];
  if (time >= 0 && !is_time(columns[time].type)) {
    return invalid_input(fmt::format("is of type {}, a time is a number, a date or a timestamp",
                                     columns[time].sql_type))
        .in_table("", layout.names[kTime]);
  }
  return {};
}

std::string selection(const std::vector<data::ColumnInfo>& columns, const Layout& layout,
                      const std::string& scan) {
  const auto name = [&](Role role) { return data::quote_name(columns[layout.columns[role]].name); };
  std::string sql =
      fmt::format("SELECT CAST({} AS VARCHAR), CAST({} AS VARCHAR)", name(kUser), name(kItem));
  sql += layout.columns[kValue] < 0 ? ", 1.0::DOUBLE"
                                    : fmt::format(", CAST({} AS DOUBLE)", name(kValue));
  if (layout.columns[kTime] >= 0) sql += ", " + name(kTime);
  return sql + " FROM " + scan;
}

class ChunkReader {
 public:
  ChunkReader(const Layout& layout, Codes& users, Codes& items)
      : layout_(layout), users_(users), items_(items) {}

  Status add(const data::Chunk& chunk) {
    const auto user = chunk.column(kUser);
    const auto item = chunk.column(kItem);
    const auto value = chunk.column(kValue);
    const auto time = chunk.column(layout_.columns[kTime] < 0 ? kValue : kTime);
    for (int64_t i = 0; i < chunk.rows(); ++i) {
      if (user.is_null(i) || item.is_null(i)) {
        return cell_error(invalid_input("an id is missing"), user.is_null(i) ? kUser : kItem);
      }
      const double number = value.is_null(i) ? NAN : value.as_real(i);
      auto confidence = confidence_of(number, value.is_null(i) ? "" : fmt::format("{}", number));
      if (!confidence.ok()) return cell_error(std::move(confidence).error(), kValue);
      if (layout_.columns[kTime] >= 0) {
        auto moment = time_of(time, i);
        if (!moment.ok()) return cell_error(std::move(moment).error(), kTime);
        result_.times.push_back(*moment);
        result_.dates = times_.dates() || time.type() == data::ValueType::kDate ||
                        time.type() == data::ValueType::kTimestamp;
      }
      result_.users.push_back(users_.code_of(user.as_text(i)));
      result_.items.push_back(items_.code_of(item.as_text(i)));
      result_.values.push_back(*confidence);
    }
    return {};
  }
  Interactions take() { return std::move(result_); }

 private:
  Result<int64_t> time_of(const data::ColumnView& column, int64_t row) {
    if (column.is_null(row)) return invalid_input("the time is missing");
    switch (column.type()) {
      case data::ValueType::kInt:
        return column.as_int(row);
      case data::ValueType::kDate:
      case data::ValueType::kTimestamp:
        return column.as_micros(row);
      case data::ValueType::kText:
        return times_.read(column.as_text(row));
      default:
        break;
    }
    const double time = std::floor(column.as_real(row));
    if (!(std::abs(time) < 9e18)) return invalid_input(fmt::format("'{}' is no time", time));
    return static_cast<int64_t>(time);
  }

  Error cell_error(Error error, Role role) const {
    error.message = fmt::format("row {}: {}", result_.values.size() + 1, error.message);
    return std::move(error).in_table("", layout_.names[role]);
  }

  const Layout& layout_;
  Codes& users_;
  Codes& items_;
  TimeReader times_;
  Interactions result_;
};

Result<Interactions> read_columns(data::Connection& connection, const std::string& path,
                                  const std::string& scan, Codes& users, Codes& items) {
  auto described = connection.describe("SELECT * FROM " + scan);
  if (!described.ok()) return unreadable(std::move(described).error(), path);
  const auto& columns = *described;
  ASSIGN_OR_RETURN(const Layout layout, find_layout(columns));
  RETURN_IF_ERROR(check_types(columns, layout));
  ChunkReader reader(layout, users, items);
  RETURN_IF_ERROR(
      connection.for_each_chunk(selection(columns, layout, scan),
                                [&](const data::Chunk& chunk) { return reader.add(chunk); }));
  Interactions result = reader.take();
  if (result.users.empty()) return invalid_input("holds no rows");
  return result;
}

}  // namespace

Result<Interactions> read_parquet_interactions(data::Connection& connection,
                                               const std::string& path, Codes& users,
                                               Codes& items) {
  ASSIGN_OR_RETURN(const std::string scan, scan_of(path));
  auto result = read_columns(connection, path, scan, users, items);
  if (!result.ok()) return std::move(result).error().at(path);
  return result;
}

}  // namespace coterie::lab
