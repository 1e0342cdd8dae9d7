#include "lab/segment_rows.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "data/files/byte_source.h"
#include "lab/file_formats.h"

namespace coterie::lab {
namespace {

using Columns = std::vector<data::ColumnInfo>;

constexpr float kLargest = 1e17F;  // squares of larger values leave the range of single precision

bool is_number(data::ValueType type) {
  return type == data::ValueType::kInt || type == data::ValueType::kReal ||
         type == data::ValueType::kDecimal || type == data::ValueType::kBool;
}

// "id", "customer_id", "customerID", "Row ID": numbers that say who a row is, not what it is like.
bool is_id_name(std::string_view name) {
  if (name.size() < 2) return false;
  const std::string_view end = name.substr(name.size() - 2);
  if (end != "id" && end != "ID" && end != "Id") return false;
  if (name.size() == 2) return true;
  const char before = name[name.size() - 3];
  return end[0] == 'I' || std::isalnum(static_cast<unsigned char>(before)) == 0;
}

class RowReader {
 public:
  RowReader(data::Connection& connection, const std::string& path)
      : connection_(connection), path_(path) {}

  Status open() {
    ASSIGN_OR_RETURN(scan_, scan_of(path_));
    if (extension_of(path_) != ".parquet") RETURN_IF_ERROR(data::check_whole(path_));
    auto columns = connection_.describe("SELECT * FROM " + scan_);
    if (!columns.ok()) return unreadable(std::move(columns).error(), path_);
    columns_ = std::move(*columns);
    return {};
  }
  const Columns& columns() const { return columns_; }
  std::string names() const {
    std::vector<std::string> names;
    for (const data::ColumnInfo& column : columns_) names.push_back(column.name);
    return fmt::format("{}", fmt::join(names, ", "));
  }
  const data::ColumnInfo* find(const std::string& name) const {
    const auto found = std::find_if(columns_.begin(), columns_.end(),
                                    [&](const auto& column) { return column.name == name; });
    return found == columns_.end() ? nullptr : &*found;
  }

  // Whole numbers under such a name, each different.
  Result<bool> is_id(const data::ColumnInfo& column) {
    if (column.type != data::ValueType::kInt || !is_id_name(column.name)) return false;
    ASSIGN_OR_RETURN(const int64_t repeated, connection_.scalar_int(fmt::format(
                                                 "SELECT count({0}) - count(DISTINCT {0}) FROM {1}",
                                                 data::quote_name(column.name), scan_)));
    return repeated == 0;
  }

  Status check_not_empty() {
    ASSIGN_OR_RETURN(const int64_t rows, connection_.scalar_int("SELECT count(*) FROM " + scan_));
    return rows > 0 ? Status() : invalid_input("holds no rows").at(path_);
  }

  // A column of which most cells are numbers was meant to be one.
  Status check_words(const data::ColumnInfo& column) {
    if (column.type != data::ValueType::kText) return {};
    const std::string name = data::quote_name(column.name);
    ASSIGN_OR_RETURN(
        const int64_t more_numbers,
        connection_.scalar_int(fmt::format(
            "SELECT 2 * count(TRY_CAST({0} AS DOUBLE)) - count({0}) FROM {1}", name, scan_)));
    if (more_numbers <= 0) return {};
    int64_t row = 0;
    return connection_.for_each_chunk(
        fmt::format("SELECT {0}, {0} IS NOT NULL AND "
                    "NOT coalesce(isfinite(TRY_CAST({0} AS DOUBLE)), false) FROM {1}",
                    name, scan_),
        [&](const data::Chunk& chunk) -> Status {
          const auto text = chunk.column(0);
          const auto wrong = chunk.column(1);
          for (int64_t i = 0; i < chunk.rows(); ++i, ++row) {
            if (wrong.as_int(i) == 0) continue;
            return cell_error(row, column.name,
                              fmt::format("'{}' is not a finite number", text.as_text(i)),
                              "mend it, or leave the column out of the file");
          }
          return {};
        });
  }

  // Calls `cell(row, column, value)` for every cell of these columns, which returns what is wrong
  // with it or null. Returns the number of rows.
  template <typename Cell>
  Result<int64_t> read(const std::vector<std::string>& names, const Cell& cell) {
    std::vector<std::string> expressions;
    for (const std::string& name : names) {
      expressions.push_back(fmt::format("CAST({} AS DOUBLE)", data::quote_name(name)));
    }
    int64_t count = 0;
    auto status = connection_.for_each_chunk(
        fmt::format("SELECT {} FROM {}", fmt::join(expressions, ", "), scan_),
        [&](const data::Chunk& chunk) -> Status {
          for (int j = 0; j < chunk.columns(); ++j) {
            const auto column = chunk.column(j);
            for (int64_t i = 0; i < chunk.rows(); ++i) {
              const double value = column.is_null(i) ? NAN : column.as_real(i);
              if (!(std::abs(value) <= kLargest)) {
                return bad_cell(column.is_null(i), count + i, names[j], value);
              }
              if (const char* wrong = cell(count + i, j, value); wrong != nullptr) {
                return cell_error(count + i, names[j], fmt::format("{} {}", value, wrong),
                                  "mend it, or leave the row or column out");
              }
            }
          }
          count += chunk.rows();
          return {};
        });
    if (!status.ok()) return unreadable(std::move(status).error(), path_);
    if (count == 0) return invalid_input("holds no rows").at(path_);
    return count;
  }

 private:
  Error bad_cell(bool missing, int64_t row, const std::string& name, double value) {
    if (missing) {
      return cell_error(row, name, "has no value", "fill it in, or leave the row or column out");
    }
    return cell_error(row, name, fmt::format("{} is not a finite number up to 1e17", value),
                      "mend it, or leave the row or column out");
  }
  Error cell_error(int64_t row, const std::string& column, const std::string& message,
                   const std::string& mend) {
    const int64_t line = line_of_row(connection_, path_, scan_, row);
    return invalid_input(line > 0 ? message : fmt::format("row {}: {}", row + 1, message))
        .in_table("", column)
        .at(path_, line)
        .with_mend(mend);
  }

  data::Connection& connection_;
  const std::string& path_;
  std::string scan_;
  Columns columns_;
};

Status choose_columns(RowReader& reader, const std::string& path, const std::string& truth,
                      SegmentRows& rows) {
  if (!truth.empty() && reader.find(truth) == nullptr) {
    return invalid_input(fmt::format("has no column '{}'; it has {}", truth, reader.names()))
        .at(path)
        .for_key("truth");
  }
  for (const data::ColumnInfo& column : reader.columns()) {
    if (column.name == truth) {
      if (is_number(column.type)) continue;
      return invalid_input(
                 fmt::format("is of type {}, known labels are whole numbers", column.sql_type))
          .in_table("", truth)
          .at(path);
    }
    RETURN_IF_ERROR(reader.check_words(column));
    ASSIGN_OR_RETURN(const bool id, reader.is_id(column));
    auto& list = id                       ? rows.left_out_ids
                 : is_number(column.type) ? rows.columns
                                          : rows.left_out_texts;
    list.push_back(column.name);
  }
  if (!rows.columns.empty()) return {};
  RETURN_IF_ERROR(reader.check_not_empty());
  return invalid_input("has no numeric column")
      .at(path)
      .with_mend(fmt::format("segments need numbers; it has {}", reader.names()));
}

}  // namespace

Result<SegmentRows> read_segment_rows(data::Connection& connection, const std::string& path,
                                      const std::string& truth) {
  RowReader reader(connection, path);
  RETURN_IF_ERROR(reader.open());
  SegmentRows rows;
  RETURN_IF_ERROR(choose_columns(reader, path, truth, rows));
  std::vector<std::string> names = rows.columns;
  if (!truth.empty()) names.push_back(truth);
  const auto width = static_cast<int>(rows.columns.size());
  ASSIGN_OR_RETURN(rows.count,
                   reader.read(names, [&](int64_t row, int column, double value) -> const char* {
                     if (column == width) {
                       if (value != std::floor(value) || value < 0 || value > INT32_MAX) {
                         return "is no label: a whole number from 0";
                       }
                       rows.truth.push_back(static_cast<int32_t>(value));
                       return nullptr;
                     }
                     const auto at = static_cast<size_t>(row * width + column);
                     if (at >= rows.values.size())
                       rows.values.resize(at + static_cast<size_t>(width));
                     rows.values[at] = static_cast<float>(value);
                     return nullptr;
                   }));
  rows.values.resize(static_cast<size_t>(rows.count) * width);
  return rows;
}

Result<std::vector<float>> read_centres(data::Connection& connection, const std::string& path,
                                        const std::vector<std::string>& columns) {
  RowReader reader(connection, path);
  RETURN_IF_ERROR(reader.open());
  for (const std::string& name : columns) {
    if (reader.find(name) != nullptr) continue;
    return invalid_input(fmt::format("has no column '{}'; it has {}", name, reader.names()))
        .at(path)
        .for_key("--centres")
        .with_mend(fmt::format("give a row a centre under the names {}", fmt::join(columns, ", ")));
  }
  for (const data::ColumnInfo& column : reader.columns()) {
    if (std::find(columns.begin(), columns.end(), column.name) != columns.end()) continue;
    return invalid_input(fmt::format("column '{}' is none of the data's", column.name))
        .at(path)
        .for_key("--centres")
        .with_mend(fmt::format("the data's are {}", fmt::join(columns, ", ")));
  }
  std::vector<float> centres;
  const size_t width = columns.size();
  ASSIGN_OR_RETURN(const int64_t count,
                   reader.read(columns, [&](int64_t row, int j, double value) -> const char* {
                     const size_t at = static_cast<size_t>(row) * width + static_cast<size_t>(j);
                     if (at >= centres.size()) centres.resize(at + width);
                     centres[at] = static_cast<float>(value);
                     return nullptr;
                   }));
  centres.resize(static_cast<size_t>(count) * width);
  return centres;
}

}  // namespace coterie::lab
