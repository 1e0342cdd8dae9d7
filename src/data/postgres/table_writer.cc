#include "data/postgres/table_writer.h"

#include <fmt/format.h>

#include "data/engine/sql_text.h"
#include "data/postgres/names.h"
#include "data/postgres/types.h"

namespace coterie::data {
namespace {

constexpr size_t kSendBytes = size_t{1} << 20;

// COPY's text format: tab between fields, newline behind a row, \N for null.
void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\0':
        out += "\xEF\xBF\xBD";
        break;
      default:
        out += c;
    }
  }
}

void append_row(std::string& out, const std::vector<ColumnView>& columns, int64_t row) {
  for (size_t c = 0; c < columns.size(); ++c) {
    if (c > 0) out += '\t';
    if (columns[c].is_null(row)) {
      out += "\\N";
    } else {
      append_escaped(out, columns[c].as_text(row));
    }
  }
  out += '\n';
}

Status send_chunk(const Chunk& chunk, std::string& buffer,
                  const PostgresConnection::CopySend& send) {
  std::vector<ColumnView> columns;
  for (int c = 0; c < chunk.columns(); ++c) columns.push_back(chunk.column(c));
  for (int64_t row = 0; row < chunk.rows(); ++row) {
    append_row(buffer, columns, row);
    if (buffer.size() < kSendBytes) continue;
    RETURN_IF_ERROR(send(buffer));
    buffer.clear();
  }
  return {};
}

}  // namespace

Result<std::vector<PublishedColumn>> published_columns(Connection& source,
                                                       const std::string& select) {
  ASSIGN_OR_RETURN(const std::vector<ColumnInfo> columns, source.describe(select));
  std::vector<PublishedColumn> published;
  for (const ColumnInfo& column : columns)
    published.push_back(
        {column.name, published_type(column.sql_type, quote_name(column.name)).postgres_type});
  return published;
}

Result<int64_t> write_postgres(Connection& source, const std::string& select,
                               PostgresConnection& target, const std::string& target_sql,
                               ProgressTask* progress) {
  ASSIGN_OR_RETURN(const std::vector<ColumnInfo> columns, source.describe(select));
  std::string texts;
  std::string names;
  for (const ColumnInfo& column : columns) {
    const std::string name = quote_name(column.name);
    if (!texts.empty()) texts += ", ";
    if (!names.empty()) names += ", ";
    texts += published_type(column.sql_type, name).text_expression + " AS " + name;
    names += postgres_name(column.name);
  }
  const std::string as_text = fmt::format("SELECT {} FROM (\n{}\n) AS source", texts, select);
  const std::string copy = fmt::format("COPY {} ({}) FROM STDIN (FORMAT text)", target_sql, names);
  return target.copy_in(copy, [&](const PostgresConnection::CopySend& send) -> Status {
    std::string buffer;
    RETURN_IF_ERROR(source.for_each_chunk(as_text, [&](const Chunk& chunk) -> Status {
      if (progress != nullptr) progress->advance(chunk.rows());
      return send_chunk(chunk, buffer, send);
    }));
    return buffer.empty() ? Status() : send(buffer);
  });
}

}  // namespace coterie::data
