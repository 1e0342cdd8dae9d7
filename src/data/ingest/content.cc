#include <fmt/format.h>

#include "base/hash.h"
#include "data/ingest/content_internal.h"

namespace coterie::data {
namespace {

Result<std::string> content_where(const OpenSource& opened, const std::string& condition,
                                  Connection& connection) {
  const Relation& relation = opened.relation;
  std::string columns;
  std::string header;
  for (const ColumnInfo& column : relation.columns) {
    columns += (columns.empty() ? "" : ", ") + quote_name(column.name);
    header += column.name + " " + column.sql_type + "\n";
  }
  std::string rejects;
  for (const OpenSource::Reject& reject : opened.rejects) rejects += reject.what.raw + "\n";
  // Two sums of independent hashes: 128 bits of which no row can take another's away.
  ASSIGN_OR_RETURN(
      const std::string rows,
      connection.scalar_text(fmt::format(
          "SELECT count(*)::VARCHAR || ' ' || coalesce(sum(hash({0})::HUGEINT), 0)::VARCHAR "
          "|| ' ' || coalesce(sum(hash('again', {0})::HUGEINT), 0)::VARCHAR FROM {1} WHERE {2}",
          columns, relation.from, condition)));
  return sha256_hex(header + rejects + rows);
}

}  // namespace

Result<std::string> content_of(const OpenSource& opened, Connection& connection) {
  return content_where(opened, "true", connection);
}

Result<std::string> content_at_watermark(const SourceConfig& source, const std::string& newest,
                                         const OpenSource& opened, Connection& connection) {
  const ColumnInfo* column = find_column(opened.relation, source.watermark);
  if (newest.empty() || column == nullptr) return content_where(opened, "true", connection);
  return content_where(
      opened,
      fmt::format("{} = {}::{}", quote_name(column->name), quote_text(newest), column->sql_type),
      connection);
}

}  // namespace coterie::data
