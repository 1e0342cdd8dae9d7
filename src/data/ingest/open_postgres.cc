#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "data/ingest/session_internal.h"
#include "data/postgres/catalogue.h"
#include "data/postgres/connection.h"
#include "data/postgres/table_reader.h"

namespace coterie::data {
namespace {

constexpr const char* kTable = "ingest_postgres";

std::string select_sql(const SourceConfig& source, const PostgresTable& table,
                       const std::string& last_value) {
  std::string select = "SELECT * FROM " + table.sql();
  if (source.watermark.empty()) return select;
  const std::string column = postgres_name(source.watermark);
  if (!last_value.empty()) {
    // Equal values may have come since; with a key they replace themselves.
    select += fmt::format(" WHERE {} {} {}", column, has_key(source) ? ">=" : ">",
                          postgres_text(last_value));
  }
  return select + " ORDER BY " + column;
}

// At a key of the source, where it is written.
Error at_source(const SourceConfig& source, const char* key, const Error& cause) {
  if (!source.node || cause.code == ErrorCode::kCancelled) return cause;
  const auto node = source.node->find(key);
  Error error = (node ? *node : *source.node).error(cause.message, cause.mend);
  error.code = cause.code;
  return error;
}

// What went wrong while reading; a table that is not there comes with the nearest that is.
Error read_error(const SourceConfig& source, const PostgresTable& table, PostgresConnection& server,
                 Error cause) {
  if (cause.code != ErrorCode::kNotFound) return at_source(source, "from", cause);
  const auto readable = server.describe("SELECT * FROM " + table.sql());
  if (readable.ok()) return at_source(source, "watermark", cause);
  const std::string near = nearest_postgres_table(server, table);
  if (!near.empty()) cause.mend = fmt::format("did you mean '{}'?", near);
  return at_source(source, "table", cause);
}

// Arrays stand in the relation as what they are, so that mapping one is refused with its type.
void name_array_types(const std::vector<MappedColumn>& columns, Relation& relation) {
  for (const MappedColumn& column : columns) {
    if (column.array_type.empty()) continue;
    const auto found = std::ranges::find(relation.columns, column.name, &ColumnInfo::name);
    if (found != relation.columns.end()) found->sql_type = column.array_type;
  }
}

}  // namespace

Result<OpenSource> open_postgres(LoadSession& session, const SourceConfig& source,
                                 const std::string& last_value) {
  if (source.missing_secret) return *source.missing_secret;
  auto server = PostgresConnection::connect(source.postgres_url);
  if (!server) return at_source(source, "from", server.error());
  const auto table = parse_postgres_table(source.postgres_table);
  if (!table) return at_source(source, "table", table.error());
  const std::string what = fmt::format("table '{}' of {}", source.postgres_table, server->name());
  const auto task = session.context.progress.start("read " + what, 0, "rows");
  Connection& connection = session.connection;
  auto read = read_postgres(*server, select_sql(source, *table, last_value), connection, kTable,
                            task.get());
  if (!read) return read_error(source, *table, *server, read.error());
  if (read->unreadable_count > static_cast<int64_t>(read->unreadable.size())) {
    return at_source(
        source, "table",
        invalid_input(fmt::format("{} values of {} cannot be read, for example '{}' in column '{}'",
                                  read->unreadable_count, what, read->unreadable[0].text,
                                  read->unreadable[0].column)));
  }
  OpenSource opened;
  std::string faulty = "0";
  int64_t last_row = 0;
  for (const UnreadableValue& value : read->unreadable) {
    if (std::exchange(last_row, value.row) == value.row) continue;
    faulty += fmt::format(", {}", value.row);
    opened.rejects.push_back(
        {0, {value.row, fmt::format("column '{}' holds no number", value.column), value.text}});
  }
  opened.reader_records = static_cast<int64_t>(opened.rejects.size());
  ASSIGN_OR_RETURN(const std::string part,
                   session.staging.query(fmt::format("SELECT * FROM {}", kTable), connection));
  RETURN_IF_ERROR(connection.execute(fmt::format("DROP TABLE {}", kTable)));
  ASSIGN_OR_RETURN(opened.relation, query_relation(part, what, connection));
  name_array_types(read->columns, opened.relation);
  if (!opened.rejects.empty()) {
    opened.relation.from = fmt::format("(SELECT * FROM {} WHERE {} NOT IN ({}))",
                                       opened.relation.from, kLineColumn, faulty);
  }
  return opened;
}

}  // namespace coterie::data
