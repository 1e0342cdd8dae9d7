#include "features/offline/pushed_rows.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "data/engine/sql_text.h"
#include "events/event_reader.h"
#include "expr/number_text.h"
#include "features/offline/source_schemas.h"
#include "features/plan/pushed_event.h"
#include "features/plan/pushed_value.h"

namespace coterie::features {
namespace {

constexpr const char* kDayColumn = "day";  // of roles: follows from the time

// Rows of one source on their way: a temporary table of its columns, ids and decimals as texts.
class PushedTable {
 public:
  static Result<PushedTable> open(const Source& source, SourceSchema schema, int number,
                                  data::Connection& connection) {
    PushedTable table(source, std::move(schema), fmt::format("pushed_rows_{}", number));
    ASSIGN_OR_RETURN(table.stored_, connection.describe("SELECT * FROM " + base_relation(source)));
    std::string columns;
    for (const SourceColumn& column : table.schema_.columns) {
      const expr::Type& type = column.column.type;
      columns +=
          fmt::format("{}{} {}", columns.empty() ? "" : ", ", data::quote_name(column.column.name),
                      type.is(expr::TypeKind::kDecimal) ? "VARCHAR" : type.to_sql());
      table.columns_.push_back({.type = type,
                                .is_float = table.sql_type(column.column.name) == "FLOAT",
                                .holds_ids = !column.dictionary.empty()});
    }
    RETURN_IF_ERROR(
        connection.execute(fmt::format("CREATE TEMP TABLE {} ({})", table.name_, columns)));
    ASSIGN_OR_RETURN(table.appender_, connection.append_to(table.name_));
    return table;
  }

  // False: the values are no row of the source.
  Result<bool> add(const PushedShape& shape, std::span<const PushedValue> values,
                   const TimeZone& zone);
  Status close() { return appender_->close(); }
  Result<int64_t> write(const data::Snapshot& snapshot, data::Connection& connection,
                        data::WriteTransaction& transaction) const;
  const std::string& source() const { return source_->name; }

 private:
  PushedTable(const Source& source, SourceSchema schema, std::string name)
      : source_(&source), schema_(std::move(schema)), name_(std::move(name)) {}
  std::string sql_type(const std::string& column) const {
    return std::ranges::find(stored_, column, &data::ColumnInfo::name)->sql_type;
  }
  Status append(const expr::Type& type, const std::optional<expr::Value>& value);
  Result<bool> is_numeric(const data::Snapshot& snapshot, data::Connection& connection,
                          const SourceColumn& column) const;

  const Source* source_;
  SourceSchema schema_;
  std::string name_;
  std::vector<data::ColumnInfo> stored_;
  std::vector<PushedColumn> columns_;
  std::optional<data::Appender> appender_;
};

Status PushedTable::append(const expr::Type& type, const std::optional<expr::Value>& value) {
  if (!value) return appender_->add_null();
  switch (type.kind) {
    case expr::TypeKind::kBool:
      return appender_->add(value->integer != 0);
    case expr::TypeKind::kReal:
      return appender_->add(value->real);
    case expr::TypeKind::kText:
      return appender_->add(value->text);
    case expr::TypeKind::kDate:
      return appender_->add_days(static_cast<int32_t>(value->integer));
    case expr::TypeKind::kTimestamp:
      return appender_->add_micros(value->integer);
    case expr::TypeKind::kDecimal: {
      std::string text;
      expr::append_decimal(text, value->integer, type.scale);
      return appender_->add(text);
    }
    default:
      return appender_->add(value->integer);
  }
}

Result<bool> PushedTable::add(const PushedShape& shape, std::span<const PushedValue> values,
                              const TimeZone& zone) {
  std::vector<std::optional<expr::Value>> row(columns_.size());
  std::vector<std::string> id_texts(columns_.size());
  for (size_t c = 0; c < columns_.size(); ++c) {
    const auto at = std::ranges::find(shape.columns, schema_.columns[c].column.name);
    if (at == shape.columns.end()) continue;
    const PushedValue& pushed = values[static_cast<size_t>(at - shape.columns.begin())];
    if (pushed.kind == PushedValue::Kind::kNull) continue;
    expr::Value value;
    if (!convert_pushed(pushed, columns_[c], zone, id_texts[c], value)) return false;
    row[c] = value;
  }
  for (size_t c = 0; c < columns_.size(); ++c) {
    const expr::Column& column = schema_.columns[c].column;
    if (row[c] || column.name != kDayColumn || !column.type.is(expr::TypeKind::kDate)) continue;
    for (size_t t = 0; t < columns_.size(); ++t) {
      if (row[t] && schema_.columns[t].column.name == schema_.timestamp_field)
        row[c] = expr::Value::of_int(zone.day_of(row[t]->integer));
    }
  }
  for (size_t c = 0; c < columns_.size(); ++c) RETURN_IF_ERROR(append(columns_[c].type, row[c]));
  RETURN_IF_ERROR(appender_->end_row());
  return true;
}

// Whether all ids are integers, as those of the dictionary are.
Result<bool> PushedTable::is_numeric(const data::Snapshot& snapshot, data::Connection& connection,
                                     const SourceColumn& column) const {
  const auto dictionary = snapshot.dictionary(column.dictionary);
  if (!dictionary || !dictionary->numeric) return false;
  const std::string name = data::quote_name(column.column.name);
  ASSIGN_OR_RETURN(const int64_t others,
                   connection.scalar_int(fmt::format(
                       "SELECT count(*) FROM temp.{0} WHERE {1} IS NOT NULL AND TRY_CAST({1} AS "
                       "BIGINT)::VARCHAR IS DISTINCT FROM {1}",
                       name_, name)));
  return others == 0;
}

Result<int64_t> PushedTable::write(const data::Snapshot& snapshot, data::Connection& connection,
                                   data::WriteTransaction& transaction) const {
  std::string columns, joins;
  data::TableOptions options;
  int number = 0;
  for (const SourceColumn& column : schema_.columns) {
    const std::string name = data::quote_name(column.column.name);
    columns += columns.empty() ? "" : ", ";
    if (column.dictionary.empty()) {
      columns += fmt::format("CAST(t.{0} AS {1}) AS {0}", name, sql_type(column.column.name));
      continue;
    }
    ASSIGN_OR_RETURN(const bool numeric, is_numeric(snapshot, connection, column));
    RETURN_IF_ERROR(transaction.encode_ids(
        column.dictionary, connection,
        fmt::format("SELECT DISTINCT {} AS id FROM temp.{} WHERE {} IS NOT NULL",
                    numeric ? "CAST(" + name + " AS BIGINT)" : name, name_, name),
        numeric));
    columns += fmt::format("d{}.code AS {}", number, name);
    joins += fmt::format(" LEFT JOIN facts.dict_{0} d{1} ON d{1}.id = t.{2}", column.dictionary,
                         number, name);
    options.entities.emplace_back(column.column.name, column.dictionary);
    ++number;
  }
  return transaction.append(pushed_table(source_->name), connection,
                            fmt::format("SELECT {} FROM temp.{} t{}", columns, name_, joins),
                            options);
}

// One pass over the log behind the mark.
class PushedLoader {
 public:
  PushedLoader(const Registry& registry, const TimeZone& zone, data::Connection& connection)
      : registry_(registry), zone_(zone), connection_(connection) {}

  Status find_schemas(const data::Snapshot& snapshot) {
    std::vector<const Source*> sources;
    for (const Source& source : registry_.sources()) sources.push_back(&source);
    ASSIGN_OR_RETURN(schemas_, find_source_schemas(sources, snapshot, connection_, zone_));
    return {};
  }

  Status read(events::EventReader& reader) {
    for (;;) {
      ASSIGN_OR_RETURN(const auto event, reader.next());
      if (!event) break;
      RETURN_IF_ERROR(take(*event));
    }
    load_.offset = reader.position();
    return {};
  }

  Result<PushedLoad> write(const data::Snapshot& snapshot, data::WriteTransaction& transaction) {
    for (PushedTable& table : tables_) {
      RETURN_IF_ERROR(table.close());
      ASSIGN_OR_RETURN(load_.rows[pushed_table(table.source())],
                       table.write(snapshot, connection_, transaction));
    }
    transaction.set_mark(kPushedMark, std::to_string(load_.offset));
    return load_;
  }

 private:
  Status take(const events::Event& event) {
    const auto decoded = decoder_.decode(event.payload);
    if (!decoded.ok()) {
      ++load_.refused;
      return {};
    }
    const auto schema = schemas_.find(decoded->shape->source);
    if (schema == schemas_.end()) {
      ++load_.ignored;
      return {};
    }
    auto table = std::ranges::find(tables_, schema->first, &PushedTable::source);
    if (table == tables_.end()) {
      ASSIGN_OR_RETURN(auto opened,
                       PushedTable::open(*registry_.source(schema->first), schema->second,
                                         static_cast<int>(tables_.size()), connection_));
      tables_.push_back(std::move(opened));
      table = tables_.end() - 1;
    }
    ASSIGN_OR_RETURN(const bool fits, table->add(*decoded->shape, decoded->values, zone_));
    if (!fits) ++load_.refused;
    return {};
  }

  const Registry& registry_;
  const TimeZone& zone_;
  data::Connection& connection_;
  SourceSchemas schemas_;
  PushedEventDecoder decoder_;
  std::vector<PushedTable> tables_;
  PushedLoad load_;
};

}  // namespace

std::string pushed_table(std::string_view source) { return "pushed_" + std::string(source); }

Result<int64_t> pushed_offset(const data::Snapshot& snapshot) {
  ASSIGN_OR_RETURN(const auto mark, snapshot.mark(kPushedMark));
  if (!mark) return 0;
  int64_t offset = 0;
  const auto [end, error] = std::from_chars(mark->data(), mark->data() + mark->size(), offset);
  if (error != std::errc() || end != mark->data() + mark->size())
    return corrupt(fmt::format("mark {} of the warehouse is '{}'", kPushedMark, *mark));
  return offset;
}

Result<PushedLoad> load_pushed_rows(const Registry& registry, const data::Snapshot& snapshot,
                                    const TimeZone& zone, const std::string& log_folder,
                                    data::Connection& connection,
                                    data::WriteTransaction& transaction) {
  ASSIGN_OR_RETURN(const int64_t loaded, pushed_offset(snapshot));
  PushedLoad nothing;
  nothing.offset = loaded;
  const auto range = events::read_log_range(log_folder);
  if (!range.ok()) {
    if (range.error().code == ErrorCode::kNotFound) return nothing;
    return range.error();
  }
  if (range->end <= loaded) return nothing;
  ASSIGN_OR_RETURN(auto reader, events::EventReader::open(
                                    log_folder, loaded == 0 ? events::kOldestEvent : loaded));
  PushedLoader loader(registry, zone, connection);
  RETURN_IF_ERROR(loader.find_schemas(snapshot));
  RETURN_IF_ERROR(loader.read(reader));
  return loader.write(snapshot, transaction);
}

}  // namespace coterie::features
