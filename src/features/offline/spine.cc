#include "features/offline/spine.h"

#include <algorithm>
#include <deque>
#include <set>

#include <fmt/format.h>

#include "base/letter_case.h"
#include "data/engine/sql_text.h"
#include "features/offline/spine_part_internal.h"

namespace coterie::features {
namespace {

constexpr const char* kRowNumber = "file_row_number";  // of read_parquet()

bool is_parquet(const std::string& file) { return lower_case(file).ends_with(".parquet"); }

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
    RETURN_IF_ERROR(make_columns());
    RETURN_IF_ERROR(numbers_rows() ? read_on_all_threads() : read_in_order());
    RETURN_IF_ERROR(take_times());
    for (size_t k = 0; k < keys_.size(); ++k) RETURN_IF_ERROR(find_codes(keys_[k], key_texts_[k]));
    return std::move(spine_);
  }

 private:
  Status open();
  Status describe();
  std::string csv_with_text_keys() const;
  Status find_time();
  Status make_columns();
  // What is read of each row, the row's number in the file last if that is asked for.
  std::string select(bool numbered);
  void make_room(int64_t rows);
  Status read_in_order();
  // Only of a file that knows where its rows stand.
  Status read_on_all_threads();
  Status take_times();
  bool numbers_rows() const;
  // The column that holds the entity's keys as texts already; null if none does.
  const parquet::Column* text_column(const EntityKeys& keys) const;
  Status find_codes(const EntityKeys& keys, const KeyTexts& texts);

  const SpineOptions& options_;
  const std::vector<EntityKeys>& keys_;
  const TimeZone& timezone_;
  data::Connection& connection_;
  std::vector<data::ColumnInfo> infos_;
  std::string time_;
  SpineShape shape_;
  std::vector<KeyTexts> key_texts_;  // by entity
  Spine spine_;
};

Status SpineReader::describe() {
  auto infos = connection_.describe("SELECT * FROM " + spine_.relation);
  if (!infos.ok()) {
    Error error = infos.error();
    if (error.code == ErrorCode::kInternal) error.code = ErrorCode::kInvalidInput;
    return std::move(error).at(options_.file);
  }
  infos_ = *std::move(infos);
  return {};
}

// Types are guessed from a text file's values: not those of keys.
std::string SpineReader::csv_with_text_keys() const {
  std::set<std::string> texts;
  for (const EntityKeys& keys : keys_) {
    for (const std::string& key : keys.entity->join_keys) {
      if (std::ranges::find(infos_, key, &data::ColumnInfo::name) != infos_.end())
        texts.insert(fmt::format("{}: 'VARCHAR'", data::quote_text(key)));
    }
  }
  const std::string types = fmt::format("{}", fmt::join(texts, ", "));
  return fmt::format("read_csv({}{})", data::quote_text(options_.file),
                     types.empty() ? "" : ", types = {" + types + "}");
}

Status SpineReader::open() {
  const std::string file = data::quote_text(options_.file);
  spine_.relation =
      fmt::format("{}({})", is_parquet(options_.file) ? "read_parquet" : "read_csv", file);
  RETURN_IF_ERROR(describe());
  if (!is_parquet(options_.file)) {
    spine_.relation = csv_with_text_keys();
    RETURN_IF_ERROR(describe());
  }
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

Status SpineReader::make_columns() {
  for (const data::ColumnInfo& info : infos_) {
    ASSIGN_OR_RETURN(parquet::Column column, column_for(info, options_.file));
    spine_.texts.push_back(column.type == parquet::ColumnType::kText
                               ? std::make_unique<parquet::TextCodes>()
                               : nullptr);
    if (spine_.texts.back() != nullptr) column.texts = &spine_.texts.back()->texts();
    spine_.columns.push_back(std::move(column));
  }
  key_texts_.resize(keys_.size());
  shape_.columns = static_cast<int>(infos_.size());
  for (const EntityKeys& keys : keys_)
    shape_.key_columns.push_back(
        text_column(keys) == nullptr ? static_cast<int>(keys.entity->join_keys.size()) : 0);
  return {};
}

// A file with a column of that name keeps it.
bool SpineReader::numbers_rows() const {
  return is_parquet(options_.file) &&
         std::ranges::none_of(infos_, [](const data::ColumnInfo& info) {
           return lower_case(info.name) == kRowNumber;
         });
}

std::string SpineReader::select(bool numbered) {
  std::string columns;
  for (const data::ColumnInfo& info : infos_)
    columns += (columns.empty() ? "" : ", ") + data::quote_name(info.name);
  int number = 0;
  for (size_t k = 0; k < keys_.size(); ++k) {
    if (shape_.key_columns[k] == 0) continue;
    for (const std::string& key : keys_[k].entity->join_keys)
      columns +=
          fmt::format(", CAST({} AS VARCHAR) AS \"key {}\"", data::quote_name(key), number++);
  }
  if (!numbered) return fmt::format("SELECT {} FROM {}", columns, spine_.relation);
  return fmt::format("SELECT {}, {} FROM read_parquet({}, {} = true)", columns, kRowNumber,
                     data::quote_text(options_.file), kRowNumber);
}

void SpineReader::make_room(int64_t rows) {
  spine_.rows = rows;
  const auto size = static_cast<size_t>(rows);
  for (parquet::Column& column : spine_.columns) {
    if (column.type == parquet::ColumnType::kText) {
      column.codes.resize(size);
    } else if (column.type == parquet::ColumnType::kReal) {
      column.reals.resize(size);
    } else {
      column.integers.resize(size);
    }
  }
  for (size_t k = 0; k < keys_.size(); ++k) {
    if (shape_.key_columns[k] > 0) key_texts_[k].rows.resize(size);
  }
}

Status SpineReader::read_in_order() {
  std::deque<SpinePart> parts;
  SpinePart& part = parts.emplace_back(shape_, spine_, key_texts_);
  RETURN_IF_ERROR(
      connection_.for_each_chunk(select(false), [&](const data::Chunk& chunk) -> Status {
        const int64_t first = spine_.rows;
        make_room(first + chunk.rows());
        part.read(chunk, 0, chunk.rows(), first);
        return {};
      }));
  join_parts(std::move(parts), spine_, key_texts_);
  return {};
}

Status SpineReader::read_on_all_threads() {
  ASSIGN_OR_RETURN(const int64_t rows,
                   connection_.scalar_int("SELECT count(*) FROM " + spine_.relation));
  make_room(rows);
  std::deque<SpinePart> parts;
  const auto make_consumer = [&]() -> data::Connection::ChunkConsumer {
    return [this, rows, &part = parts.emplace_back(shape_, spine_, key_texts_)](
               const data::Chunk& chunk) -> Status {
      const int64_t* numbers = chunk.column(chunk.columns() - 1).int64_data();
      for (int64_t begin = 0, end = 0; begin < chunk.rows(); begin = end) {
        while (end < chunk.rows() && numbers[end] == numbers[begin] + (end - begin)) ++end;
        if (numbers[begin] < 0 || numbers[begin] + (end - begin) > rows)
          return in_file(options_.file, "the file changed while it was read", "run this again");
        part.read(chunk, begin, end, numbers[begin]);
      }
      return {};
    };
  };
  RETURN_IF_ERROR(connection_.for_each_chunk_unordered(select(true), make_consumer));
  join_parts(std::move(parts), spine_, key_texts_);
  return {};
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

const parquet::Column* SpineReader::text_column(const EntityKeys& keys) const {
  if (keys.entity->join_keys.size() != 1) return nullptr;
  const parquet::Column* column = spine_.find(keys.entity->join_keys.front());
  return column->type == parquet::ColumnType::kText ? column : nullptr;
}

// Entities that the rows do not name are passed over, keys that nobody has stay at -1.
Status SpineReader::find_codes(const EntityKeys& keys, const KeyTexts& own) {
  const parquet::Column* column = text_column(keys);
  const parquet::TextCodes& texts =
      column == nullptr ? own.texts
                        : *spine_.texts[static_cast<size_t>(column - spine_.columns.data())];
  const std::vector<uint32_t>& rows = column == nullptr ? own.rows : column->codes;
  std::vector<int32_t> code_of(texts.texts().size(), -1);
  const size_t columns = keys.entity->join_keys.size();
  std::string selected = "code";
  for (size_t i = 0; i < columns; ++i) selected += fmt::format(", k{}", i);
  // No two entities have one key, so that no two threads write to one place.
  const auto look_up = [&](const data::Chunk& chunk) -> Status {
    const data::ColumnView codes = chunk.column(0);
    const auto count = static_cast<size_t>(chunk.rows());
    std::vector<data::ColumnView> views;
    for (size_t i = 0; i < columns; ++i) views.push_back(chunk.column(static_cast<int>(i) + 1));
    std::vector<std::string_view> parts(columns);
    std::vector<std::string> memory(columns > 1 ? count : 1);
    std::vector<std::string_view> key_texts(count);
    for (size_t row = 0; row < count; ++row) {
      for (size_t i = 0; i < columns; ++i) parts[i] = views[i].as_text(static_cast<int64_t>(row));
      key_texts[row] = key_text(parts, memory[columns > 1 ? row : 0]);
    }
    std::vector<uint32_t> found(count);
    texts.find(key_texts, found);
    for (size_t row = 0; row < count; ++row) {
      if (found[row] != parquet::TextCodes::kNoCode)
        code_of[found[row]] = static_cast<int32_t>(codes.as_int(static_cast<int64_t>(row)));
    }
    return {};
  };
  RETURN_IF_ERROR(connection_.for_each_chunk_unordered(
      fmt::format("SELECT {} FROM {}", selected, key_texts_sql(keys)),
      [&]() -> data::Connection::ChunkConsumer { return look_up; }));
  std::vector<int32_t>& codes = spine_.entities.emplace_back(rows.size(), -1);
  for (size_t row = 0; row < codes.size(); ++row) {
    if (rows[row] != parquet::kNullText) codes[row] = code_of[rows[row]];
  }
  return {};
}

}  // namespace

const parquet::Column* Spine::find(std::string_view column) const {
  const auto found = std::ranges::find(columns, column, &parquet::Column::name);
  return found == columns.end() ? nullptr : &*found;
}

Result<Spine> read_spine(const SpineOptions& options, const std::vector<EntityKeys>& keys,
                         const TimeZone& zone, data::Connection& connection) {
  return SpineReader(options, keys, zone, connection).read();
}

}  // namespace coterie::features
