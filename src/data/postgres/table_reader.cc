#include "data/postgres/table_reader.h"

#include <cmath>

#include <fmt/format.h>

#include "data/engine/sql_text.h"
#include "data/postgres/binary_copy.h"
#include "data/postgres/names.h"

namespace coterie::data {
namespace {

constexpr size_t kUnreadableKept = 1000;
constexpr int64_t kProgressRows = 8192;

std::string quoted_target(const std::string& into) {
  const size_t dot = into.find('.');
  if (dot == std::string::npos) return quote_name(into);
  return quote_name(into.substr(0, dot)) + "." + quote_name(into.substr(dot + 1));
}

// Appends decoded rows to the target table.
class RowLoader {
 public:
  RowLoader(PostgresRead& read, Appender& appender, ProgressTask* progress)
      : read_(read), appender_(appender), progress_(progress) {}

  Status load(const BinaryCopyParser::Fields& fields) {
    for (size_t c = 0; c < fields.size(); ++c) {
      const MappedColumn& column = read_.columns[c];
      Status added = fields[c] ? load_field(column, *fields[c]) : appender_.add_null();
      if (!added.ok()) {
        Error error = std::move(added).error();
        error.field = column.name;
        return error;
      }
    }
    ++read_.rows;
    if (progress_ != nullptr && read_.rows % kProgressRows == 0) progress_->advance(kProgressRows);
    return appender_.end_row();
  }

 private:
  Status load_field(const MappedColumn& column, std::string_view bytes) {
    switch (column.wire) {
      case WireType::kBool:
        return add(binary_bool(bytes));
      case WireType::kInt16:
      case WireType::kInt32:
      case WireType::kInt64:
        return add(binary_int(bytes));
      case WireType::kOid: {
        ASSIGN_OR_RETURN(const uint32_t oid, binary_oid(bytes));
        return appender_.add(static_cast<int64_t>(oid));
      }
      case WireType::kFloat:
      case WireType::kDouble:
        return add(binary_real(bytes));
      case WireType::kNumeric:
        return load_numeric(column, bytes);
      case WireType::kDate: {
        ASSIGN_OR_RETURN(const int32_t days, binary_days(bytes));
        return appender_.add_days(days);
      }
      case WireType::kTimestamp:
      case WireType::kTimestampTz: {
        ASSIGN_OR_RETURN(const int64_t micros, binary_micros(bytes));
        return appender_.add_micros(micros);
      }
      case WireType::kText:
        break;
    }
    return appender_.add(bytes);
  }

  template <typename T>
  Status add(const Result<T>& value) {
    if (!value.ok()) return value.error();
    return appender_.add(*value);
  }

  Status load_numeric(const MappedColumn& column, std::string_view bytes) {
    ASSIGN_OR_RETURN(const std::string text, binary_numeric(bytes));
    const bool is_number = text.back() != 'N' && text.back() != 'y';
    if (is_number || column.duckdb_type == "VARCHAR") return appender_.add(std::string_view(text));
    ++read_.unreadable_count;
    if (read_.unreadable.size() < kUnreadableKept)
      read_.unreadable.push_back({read_.rows + 1, column.name, text});
    return appender_.add_null();
  }

  PostgresRead& read_;
  Appender& appender_;
  ProgressTask* progress_;
};

std::string copy_statement(const std::vector<MappedColumn>& columns, const std::string& select) {
  std::string list;
  for (const MappedColumn& column : columns) {
    if (!list.empty()) list += ", ";
    list += postgres_name(column.name);
    if (column.cast_to_text) list += "::text";
  }
  return fmt::format("COPY (SELECT {} FROM (\n{}\n) AS source) TO STDOUT (FORMAT binary)", list,
                     select);
}

Status check_names(const std::vector<MappedColumn>& columns) {
  if (columns.empty()) return invalid_input("the query has no columns");
  for (size_t a = 0; a < columns.size(); ++a) {
    for (size_t b = 0; b < a; ++b) {
      if (columns[a].name == columns[b].name)
        return invalid_input(fmt::format("two columns are called '{}'", columns[a].name))
            .with_mend("name each with AS");
    }
  }
  return {};
}

// An array arrives as one text; who reads it as a value has to know that it is none.
Status name_arrays(PostgresConnection& source, const std::vector<PostgresColumn>& described,
                   std::vector<MappedColumn>& columns) {
  for (size_t c = 0; c < columns.size(); ++c) {
    if (!columns[c].cast_to_text) continue;
    ASSIGN_OR_RETURN(
        columns[c].array_type,
        source.scalar_text("SELECT CASE WHEN typcategory = 'A' THEN format_type(oid, NULL) END "
                           "FROM pg_type WHERE oid = $1::oid",
                           {std::to_string(described[c].type_oid)}));
  }
  return {};
}

}  // namespace

Result<std::vector<MappedColumn>> describe_postgres(PostgresConnection& source,
                                                    const std::string& select) {
  ASSIGN_OR_RETURN(const std::vector<PostgresColumn> described, source.describe(select));
  std::vector<MappedColumn> columns;
  for (const PostgresColumn& column : described) columns.push_back(map_postgres_column(column));
  RETURN_IF_ERROR(check_names(columns));
  RETURN_IF_ERROR(name_arrays(source, described, columns));
  return columns;
}

Result<PostgresRead> read_postgres(PostgresConnection& source, const std::string& select,
                                   Connection& target, const std::string& into,
                                   ProgressTask* progress) {
  PostgresRead read;
  ASSIGN_OR_RETURN(read.columns, describe_postgres(source, select));
  std::string columns;
  for (const MappedColumn& column : read.columns) {
    if (!columns.empty()) columns += ", ";
    columns += quote_name(column.name) + " " + column.duckdb_type;
  }
  RETURN_IF_ERROR(
      target.execute(fmt::format("CREATE TABLE {} ({})", quoted_target(into), columns)));
  const auto fill = [&]() -> Status {
    ASSIGN_OR_RETURN(Appender appender, target.append_to(into));
    RowLoader loader(read, appender, progress);
    BinaryCopyParser parser(static_cast<int>(read.columns.size()),
                            [&](const BinaryCopyParser::Fields& row) { return loader.load(row); });
    RETURN_IF_ERROR(source.copy_out(copy_statement(read.columns, select),
                                    [&](std::string_view bytes) { return parser.feed(bytes); }));
    RETURN_IF_ERROR(parser.finish());
    if (progress != nullptr) progress->advance(read.rows % kProgressRows);
    return appender.close();
  };
  Status filled = fill();
  if (!filled.ok()) {
    RETURN_IF_ERROR(target.execute(fmt::format("DROP TABLE {}", quoted_target(into))));
    return std::move(filled).error();
  }
  return read;
}

}  // namespace coterie::data
