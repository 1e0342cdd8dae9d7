#include <utility>

#include <fmt/format.h>

#include "data/ingest/session_internal.h"
#include "data/postgres/connection.h"
#include "data/postgres/table_reader.h"

namespace coterie::data {
namespace {

constexpr const char* kTable = "ingest_postgres";

// "schema.table" as two quoted names.
std::string quoted_table(const std::string& table) {
  const size_t dot = table.find('.');
  if (dot == std::string::npos) return quote_name(table);
  return quote_name(table.substr(0, dot)) + "." + quote_name(table.substr(dot + 1));
}

std::string select_sql(const SourceConfig& source, const std::string& last_value) {
  std::string select = "SELECT * FROM " + quoted_table(source.postgres_table);
  if (source.watermark.empty()) return select;
  const std::string column = quote_name(source.watermark);
  if (!last_value.empty()) {
    // Equal values may have come since; with a key they replace themselves.
    select += fmt::format(" WHERE {} {} {}", column, has_key(source) ? ">=" : ">",
                          quote_text(last_value));
  }
  return select + " ORDER BY " + column;
}

Error at_source(const SourceConfig& source, const Error& cause) {
  if (!source.node || cause.code == ErrorCode::kCancelled) return cause;
  Error error = source.node->error(cause.message, cause.mend);
  error.code = cause.code;
  return error;
}

}  // namespace

Result<OpenSource> open_postgres(LoadSession& session, const SourceConfig& source,
                                 const std::string& last_value) {
  auto server = PostgresConnection::connect(source.postgres_url);
  if (!server) return at_source(source, server.error());
  const std::string what = fmt::format("table '{}' of {}", source.postgres_table, server->name());
  const auto task = session.context.progress.start("read " + what, 0, "rows");
  Connection& connection = session.connection;
  auto read =
      read_postgres(*server, select_sql(source, last_value), connection, kTable, task.get());
  if (!read) return at_source(source, read.error());
  if (read->unreadable_count > static_cast<int64_t>(read->unreadable.size())) {
    return at_source(source, invalid_input(fmt::format(
                                 "{} values of {} cannot be read, for example '{}' in column '{}'",
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
  if (!opened.rejects.empty()) {
    opened.relation.from = fmt::format("(SELECT * FROM {} WHERE {} NOT IN ({}))",
                                       opened.relation.from, kLineColumn, faulty);
  }
  return opened;
}

}  // namespace coterie::data
