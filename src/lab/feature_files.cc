#include "lab/feature_files.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/text_parts.h"
#include "data/files/csv_reader.h"
#include "lab/file_formats.h"
#include "lab/interaction_columns_internal.h"

namespace coterie::lab {
namespace {

constexpr size_t kMostValues = 32;  // of a column of numbers that counts as categories
constexpr size_t kBins = 16;

// The cells of a file as text.
struct Cells {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> columns;
  std::vector<int64_t> lines;  // empty for Parquet
};

Result<Cells> read_text(const std::string& path) {
  data::CsvOptions options;
  ASSIGN_OR_RETURN(const std::string head, data::first_line(path));
  options.delimiter = extension_of(path) == ".tsv" ? "\t" : data::guess_delimiter(head);
  ASSIGN_OR_RETURN(data::CsvReader reader, data::CsvReader::open(path, options));
  Cells cells;
  data::CsvRecord record;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, next_record(reader, path, cells.names.size(), record));
    if (!more) return cells;
    if (cells.names.empty()) {
      cells.names.assign(record.fields.begin(), record.fields.end());
      cells.columns.resize(cells.names.size());
      continue;
    }
    for (size_t i = 0; i < record.fields.size(); ++i) {
      cells.columns[i].emplace_back(record.fields[i]);
    }
    cells.lines.push_back(record.line);
  }
}

Result<Cells> read_parquet(data::Connection& connection, const std::string& path) {
  ASSIGN_OR_RETURN(const std::string scan, scan_of(path));
  auto described = connection.describe("SELECT * FROM " + scan);
  if (!described.ok()) return unreadable(std::move(described).error(), path);
  Cells cells;
  std::string sql;
  for (const data::ColumnInfo& column : *described) {
    cells.names.push_back(column.name);
    sql += fmt::format("{} coalesce(CAST({} AS VARCHAR), '')", sql.empty() ? "SELECT" : ",",
                       data::quote_name(column.name));
  }
  cells.columns.resize(cells.names.size());
  auto status = connection.for_each_chunk(fmt::format("{} FROM {}", sql, scan),
                                          [&](const data::Chunk& chunk) -> Status {
                                            for (int j = 0; j < chunk.columns(); ++j) {
                                              const auto column = chunk.column(j);
                                              for (int64_t i = 0; i < chunk.rows(); ++i) {
                                                cells.columns[j].emplace_back(column.as_text(i));
                                              }
                                            }
                                            return {};
                                          });
  if (!status.ok()) return unreadable(std::move(status).error(), path);
  return cells;
}

Error row_error(const Cells& cells, const std::string& path, size_t row, size_t column,
                const std::string& message) {
  const int64_t line = cells.lines.empty() ? 0 : cells.lines[row];
  return invalid_input(line > 0 ? message : fmt::format("row {}: {}", row + 1, message))
      .in_table("", cells.names[column])
      .at(path, line)
      .with_mend("mend or remove the line");
}

// Codes of the ids, -1 for users that nobody asks for.
Result<std::vector<int32_t>> codes_of(const Cells& cells, size_t id, const std::string& path,
                                      FeatureSide side, Codes& codes) {
  std::vector<int32_t> rows;
  std::set<std::string_view> known;
  const auto& ids = cells.columns[id];
  for (size_t row = 0; row < ids.size(); ++row) {
    if (ids[row].empty()) return row_error(cells, path, row, id, "the id is missing");
    if (!known.insert(ids[row]).second) {
      return row_error(cells, path, row, id, fmt::format("'{}' is there twice", ids[row]));
    }
    if (side == FeatureSide::kItems) {
      rows.push_back(codes.code_of(ids[row]));
    } else {
      const auto found = codes.codes.find(ids[row]);
      rows.push_back(found == codes.codes.end() ? -1 : found->second);
    }
  }
  return rows;
}

// The values of a cell, each of which counts as much.
using Values = std::vector<std::string>;

Values parts_of(const std::string& cell) {
  Values values;
  for (size_t begin = 0; begin <= cell.size();) {
    const size_t end = std::min(cell.find('|', begin), cell.size());
    std::string value(trimmed(std::string_view(cell).substr(begin, end - begin)));
    if (!value.empty()) values.push_back(std::move(value));
    begin = end + 1;
  }
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

// Ends of bins with about as many of the numbers each, ascending.
std::vector<double> bin_ends(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  std::vector<double> ends;
  for (size_t bin = 1; bin <= kBins; ++bin) {
    const double end = numbers[numbers.size() * bin / kBins - 1];
    if (ends.empty() || end > ends.back()) ends.push_back(end);
  }
  return ends;
}

// A column as the names of features of every cell.
std::vector<Values> features_of(const std::string& name, const std::vector<std::string>& cells) {
  std::vector<double> numbers;
  std::set<double> different;
  bool all_numbers = true;
  for (const std::string& cell : cells) {
    if (cell.empty()) continue;
    const auto number = number_of(cell);
    all_numbers = number.has_value() && std::isfinite(*number);
    if (!all_numbers) break;
    numbers.push_back(*number);
    if (different.size() <= kMostValues) different.insert(*number);
  }
  const bool binned = all_numbers && different.size() > kMostValues;
  const std::vector<double> ends = binned ? bin_ends(std::move(numbers)) : std::vector<double>();
  std::vector<Values> features;
  for (const std::string& cell : cells) {
    Values values = binned || cell.empty() ? Values() : parts_of(cell);
    for (std::string& value : values) value = fmt::format("{}={}", name, value);
    if (binned && !cell.empty()) {
      const auto end = std::lower_bound(ends.begin(), ends.end(), *number_of(cell));
      values.push_back(fmt::format("{}<={}", name, *end));
    }
    features.push_back(std::move(values));
  }
  return features;
}

void add_column(const std::vector<Values>& cells, const std::vector<int32_t>& rows,
                FeatureRows& out) {
  std::map<std::string_view, int32_t> codes;
  for (const Values& values : cells) {
    for (const std::string& value : values) ++codes[value];
  }
  for (auto& [name, code] : codes) {
    const bool shared = code > 1;
    code = shared ? static_cast<int32_t>(out.names.size()) : -1;
    if (shared) out.names.emplace_back(name);
  }
  for (size_t row = 0; row < rows.size(); ++row) {
    for (const std::string& value : cells[row]) {
      const int32_t code = codes.at(value);
      if (rows[row] < 0 || code < 0) continue;
      out.rows.push_back(rows[row]);
      out.columns.push_back(code);
      out.values.push_back(1.0F / static_cast<float>(cells[row].size()));
    }
  }
}

}  // namespace

Result<FeatureRows> read_features(data::Connection& connection, const std::string& path,
                                  FeatureSide side, Codes& codes) {
  RETURN_IF_ERROR(check_readable(path));
  ASSIGN_OR_RETURN(Cells cells, extension_of(path) == ".parquet" ? read_parquet(connection, path)
                                                                 : read_text(path));
  if (cells.names.empty()) {
    return invalid_input("is empty").at(path).with_mend("begin it with a line of column names");
  }
  const auto found = id_column(cells.names, side == FeatureSide::kUsers ? kUser : kItem);
  if (!found.ok()) return Error(found.error()).at(path);
  const size_t id = *found;
  if (cells.columns.front().empty()) {
    return invalid_input("holds no rows below its header").at(path);
  }
  if (cells.names.size() < 2) {
    return invalid_input("has no column beside the id").at(path);
  }
  ASSIGN_OR_RETURN(const auto rows, codes_of(cells, id, path, side, codes));
  FeatureRows features;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(features.ids),
               [](int32_t row) { return row >= 0; });
  for (size_t column = 0; column < cells.names.size(); ++column) {
    if (column == id) continue;
    for (std::string& cell : cells.columns[column]) cell = std::string(trimmed(cell));
    add_column(features_of(cells.names[column], cells.columns[column]), rows, features);
  }
  if (!features.names.empty()) return features;
  return invalid_input("says nothing: no value belongs to two rows or more").at(path);
}

}  // namespace coterie::lab
