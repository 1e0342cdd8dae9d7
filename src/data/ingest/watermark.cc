#include <fmt/format.h>

#include "data/ingest/convert_sql.h"
#include "data/ingest/source_sql.h"
#include "data/ingest/watermark_internal.h"

namespace coterie::data {
namespace {

Result<ColumnInfo> watermark_column(const SourceConfig& source, const Relation& relation) {
  const SourceSql sql(source, relation);
  RETURN_IF_ERROR(sql.value(source.watermark, {"watermark"}));
  const ColumnInfo* column = find_column(relation, source.watermark);
  switch (source_type(column->sql_type)) {
    case SourceType::kInteger:
    case SourceType::kDecimal:
    case SourceType::kDate:
    case SourceType::kTimestamp:
    case SourceType::kTimestampTz:
      return *column;
    default:
      return sql.error({"watermark"},
                       fmt::format("column '{}' is {}: its order is not that of growing values",
                                   column->name, column->sql_type),
                       "a watermark is a whole number, a decimal, a date or a timestamp; text "
                       "files are incremental by file without one");
  }
}

}  // namespace

Result<std::string> newest_watermark(const SourceConfig& source, const Relation& relation,
                                     Connection& connection) {
  ASSIGN_OR_RETURN(const ColumnInfo column, watermark_column(source, relation));
  return connection.scalar_text(fmt::format("SELECT coalesce(max({})::VARCHAR, '') FROM {}",
                                            quote_name(column.name), relation.from));
}

Status keep_beyond(const SourceConfig& source, const std::string& last, Relation& relation) {
  if (last.empty()) return {};
  ASSIGN_OR_RETURN(const ColumnInfo column, watermark_column(source, relation));
  relation.from = fmt::format(
      "(SELECT *, {} AS __watermark_file, {} AS __watermark_line FROM {} WHERE {} {} {}::{})",
      relation.file_sql, relation.line_sql, relation.from, quote_name(column.name),
      has_key(source) ? ">=" : ">", quote_text(last), column.sql_type);
  relation.file_sql = "__watermark_file";
  relation.line_sql = "__watermark_line";
  return {};
}

}  // namespace coterie::data
