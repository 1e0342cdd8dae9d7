#include "features/offline/spine.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/letter_case.h"
#include "base/yaml.h"
#include "data/engine/sql_text.h"

namespace coterie::features {
namespace {

Error in_file(const std::string& file, std::string message, std::string mend) {
  return invalid_input(std::move(message)).at(file).with_mend(std::move(mend));
}

// A column of the file as our own writer holds it.
Result<parquet::Column> column_for(const data::ColumnInfo& info, const std::string& file) {
  parquet::Column column{.name = info.name, .nullable = true};
  switch (info.type) {
    case data::ValueType::kBool:
      column.type = parquet::ColumnType::kBool;
      return column;
    case data::ValueType::kInt:
      column.type = parquet::ColumnType::kInteger;
      return column;
    case data::ValueType::kReal:
      column.type = parquet::ColumnType::kReal;
      return column;
    case data::ValueType::kText:
      column.type = parquet::ColumnType::kText;
      return column;
    case data::ValueType::kDate:
      column.type = parquet::ColumnType::kDate;
      return column;
    case data::ValueType::kTimestamp:
      column.type = parquet::ColumnType::kTimestamp;
      return column;
    case data::ValueType::kDecimal: {
      const auto type = expr::column_from_sql(info.name, info.sql_type);
      if (type && type->type.is(expr::TypeKind::kDecimal)) {
        column.type = parquet::ColumnType::kDecimal;
        column.decimals = type->type.scale;
        return column;
      }
      break;
    }
    default:
      break;
  }
  return in_file(
      file,
      fmt::format("column '{}' is {}, which cannot be passed through", info.name, info.sql_type),
      "leave it out of the spine, or cast it to text");
}

class SpineReader {
 public:
  SpineReader(const SpineOptions& options, const std::vector<EntityKeys>& keys,
              const TimeZone& zone, data::Connection& connection)
      : options_(options), keys_(keys), timezone_(zone), connection_(connection) {}

  Result<Spine> read() {
    RETURN_IF_ERROR(open());
    RETURN_IF_ERROR(read_columns());
    RETURN_IF_ERROR(take_times());
    for (const EntityKeys& keys : keys_) RETURN_IF_ERROR(read_codes(keys));
    return std::move(spine_);
  }

 private:
  Status open();
  Status find_time();
  Status read_columns();
  void append(const data::ColumnView& column, int64_t rows, size_t index);
  Status take_times();
  Status read_codes(const EntityKeys& keys);

  const SpineOptions& options_;
  const std::vector<EntityKeys>& keys_;
  const TimeZone& timezone_;
  data::Connection& connection_;
  std::vector<data::ColumnInfo> infos_;
  std::string time_;
  Spine spine_;
};

Status SpineReader::open() {
  auto infos = connection_.describe("SELECT * FROM " + spine_relation(options_.file));
  if (!infos.ok()) {
    Error error = infos.error();
    if (error.code == ErrorCode::kInternal) error.code = ErrorCode::kInvalidInput;
    return std::move(error).at(options_.file);
  }
  infos_ = *std::move(infos);
  for (const EntityKeys& keys : keys_) {
    for (const std::string& key : keys.entity->join_keys) {
      if (std::ranges::find(infos_, key, &data::ColumnInfo::name) != infos_.end()) continue;
      std::vector<std::string> names;
      for (const data::ColumnInfo& info : infos_) names.push_back(info.name);
      return in_file(
          options_.file,
          fmt::format("no column '{}', the join key of entity '{}'", key, keys.entity->name),
          fmt::format("its columns are {}", fmt::join(names, ", ")));
    }
  }
  return find_time();
}

Status SpineReader::find_time() {
  std::vector<std::string> tried = {"event_timestamp", "timestamp"};
  if (!options_.time.empty()) tried = {options_.time};
  for (const std::string& name : tried) {
    const auto found = std::ranges::find(infos_, name, &data::ColumnInfo::name);
    if (found == infos_.end()) continue;
    if (found->type != data::ValueType::kTimestamp && found->type != data::ValueType::kDate) {
      return in_file(options_.file,
                     fmt::format("column '{}' is {}, not a time", name, found->sql_type),
                     "write timestamps (UTC) or dates");
    }
    time_ = name;
    return {};
  }
  return in_file(options_.file, fmt::format("no column of times ('{}')", tried.front()),
                 "name it with --timestamp-field");
}

void SpineReader::append(const data::ColumnView& view, int64_t rows, size_t index) {
  parquet::Column& column = spine_.columns[index];
  for (int64_t row = 0; row < rows; ++row) {
    const bool null = view.is_null(row);
    switch (column.type) {
      case parquet::ColumnType::kText:
        if (null) {
          column.codes.push_back(parquet::kNullText);
        } else {
          column.codes.push_back(spine_.texts[index]->encode(view.as_text(row)));
        }
        break;
      case parquet::ColumnType::kReal:
        column.reals.push_back(null ? parquet::kNullReal : view.as_real(row));
        break;
      case parquet::ColumnType::kDate:
        column.integers.push_back(null ? parquet::kNullInteger : view.as_days(row));
        break;
      case parquet::ColumnType::kTimestamp:
        column.integers.push_back(null ? parquet::kNullInteger : view.as_micros(row));
        break;
      default:
        column.integers.push_back(null ? parquet::kNullInteger : view.as_int(row));
    }
  }
}

Status SpineReader::read_columns() {
  for (const data::ColumnInfo& info : infos_) {
    ASSIGN_OR_RETURN(parquet::Column column, column_for(info, options_.file));
    spine_.texts.push_back(column.type == parquet::ColumnType::kText
                               ? std::make_unique<parquet::TextCodes>()
                               : nullptr);
    if (spine_.texts.back() != nullptr) column.texts = &spine_.texts.back()->texts();
    spine_.columns.push_back(std::move(column));
  }
  return connection_.for_each_chunk(
      "SELECT * FROM " + spine_relation(options_.file), [&](const data::Chunk& chunk) -> Status {
        for (int c = 0; c < chunk.columns(); ++c)
          append(chunk.column(c), chunk.rows(), static_cast<size_t>(c));
        spine_.rows += chunk.rows();
        return {};
      });
}

Status SpineReader::take_times() {
  const parquet::Column& times = *spine_.find(time_);
  const bool days = times.type == parquet::ColumnType::kDate;
  spine_.at.resize(static_cast<size_t>(spine_.rows));
  for (size_t row = 0; row < spine_.at.size(); ++row) {
    const int64_t value = times.integers[row];
    if (value == parquet::kNullInteger) {
      return in_file(options_.file, fmt::format("row {} has no '{}'", row + 1, time_),
                     "give every row a time, or leave the row out");
    }
    spine_.at[row] = days ? timezone_.day_end(static_cast<int32_t>(value)) : value;
  }
  return {};
}

// By number of the row: joins need not keep an order.
Status SpineReader::read_codes(const EntityKeys& keys) {
  std::vector<int32_t> codes(static_cast<size_t>(spine_.rows), -1);
  std::string selected, join;
  for (size_t i = 0; i < keys.entity->join_keys.size(); ++i) {
    selected +=
        fmt::format(", CAST({} AS VARCHAR) AS k{}", data::quote_name(keys.entity->join_keys[i]), i);
    join += fmt::format("{}s.k{} = k.k{}", i == 0 ? "" : " AND ", i, i);
  }
  const std::string select = fmt::format(
      "SELECT s.row_number, k.code FROM (SELECT row_number() OVER () - 1 AS row_number{} FROM {}) "
      "s JOIN {} k ON {}",
      selected, spine_relation(options_.file), key_texts_sql(keys), join);
  RETURN_IF_ERROR(connection_.for_each_chunk(select, [&](const data::Chunk& chunk) -> Status {
    const data::ColumnView rows = chunk.column(0), found = chunk.column(1);
    for (int64_t row = 0; row < chunk.rows(); ++row)
      codes[static_cast<size_t>(rows.as_int(row))] = static_cast<int32_t>(found.as_int(row));
    return {};
  }));
  spine_.entities.push_back(std::move(codes));
  return {};
}

}  // namespace

std::string spine_relation(const std::string& file) {
  const bool parquet = lower_case(file).ends_with(".parquet");
  return fmt::format("{}({})", parquet ? "read_parquet" : "read_csv", data::quote_text(file));
}

const parquet::Column* Spine::find(std::string_view column) const {
  const auto found = std::ranges::find(columns, column, &parquet::Column::name);
  return found == columns.end() ? nullptr : &*found;
}

Result<Spine> read_spine(const SpineOptions& options, const std::vector<EntityKeys>& keys,
                         const TimeZone& zone, data::Connection& connection) {
  return SpineReader(options, keys, zone, connection).read();
}

}  // namespace coterie::features
