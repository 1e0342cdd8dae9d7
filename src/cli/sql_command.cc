#include <filesystem>
#include <iostream>
#include <iterator>

#include <fmt/format.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/clock.h"
#include "cli/cells.h"
#include "cli/commands.h"
#include "cli/text_table.h"
#include "cli/workspace.h"

namespace coterie::cli {
namespace {

struct SqlOptions {
  std::string sql;
  std::string format = "table";
  std::string out;
  int64_t max_rows = 1'000;
};

using data::ColumnInfo;
using data::ValueType;

// Without the semicolons that end it.
std::string_view as_subquery(std::string_view sql) {
  const size_t last = sql.find_last_not_of("; \t\r\n");
  return sql.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// The statement, or one around it that turns columns without a reading of ours (lists, structs,
// intervals) into text.
Result<data::Query> open_query(data::Connection& connection, const std::string& sql) {
  ASSIGN_OR_RETURN(data::Query query, connection.query(sql));
  const std::vector<ColumnInfo> columns = query.columns();
  const auto other = [](const ColumnInfo& column) { return column.type == ValueType::kOther; };
  if (std::ranges::none_of(columns, other)) return query;
  std::string select;
  std::string aliases;
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string alias = fmt::format("c{}", i);
    const std::string name = data::quote_name(columns[i].name);
    select += i > 0 ? ", " : "";
    select += other(columns[i]) ? fmt::format("CAST({} AS VARCHAR) AS {}", alias, name)
                                : fmt::format("{} AS {}", alias, name);
    aliases += (i > 0 ? ", " : "") + alias;
  }
  auto wrapped = connection.query(
      fmt::format("SELECT {} FROM ({}\n) AS result({})", select, as_subquery(sql), aliases));
  // DESCRIBE and EXPLAIN do not nest; their own columns are text.
  return wrapped.ok() ? std::move(wrapped) : connection.query(sql);
}

// Where rows go: standard output or a file.
class Sink {
 public:
  explicit Sink(Session& session) : session_(&session) {}
  explicit Sink(std::string path) : file_(std::fopen(path.c_str(), "wb")), path_(std::move(path)) {}
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  ~Sink() {
    if (file_ != nullptr) std::fclose(file_);
  }
  Status write(std::string_view bytes) {
    if (session_ != nullptr) return session_->write(bytes);
    if (file_ == nullptr || std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) {
      return io_error("cannot write the result").at(path_);
    }
    return {};
  }
  Status close() {
    if (file_ == nullptr) return {};
    const int closed = std::fclose(std::exchange(file_, nullptr));
    return closed == 0 ? Status() : io_error("cannot write the result").at(path_);
  }

 private:
  Session* session_ = nullptr;
  std::FILE* file_ = nullptr;
  std::string path_;
};

Status stream_csv(data::Query& query, Sink& sink) {
  std::string text;
  for (const ColumnInfo& column : query.columns()) {
    text += (text.empty() ? "" : ",") + csv_quote(column.name);
  }
  RETURN_IF_ERROR(sink.write(text + "\n"));
  while (true) {
    ASSIGN_OR_RETURN(const auto chunk, query.next());
    if (!chunk) return {};
    text.clear();
    for (int64_t row = 0; row < chunk->rows(); ++row) {
      for (int c = 0; c < chunk->columns(); ++c) {
        text += (c > 0 ? "," : "") + cell_csv(chunk->column(c), row);
      }
      text += '\n';
    }
    RETURN_IF_ERROR(sink.write(text));
  }
}

// One array of row objects, a row a line. Columns of one name get their number behind it.
Status stream_json(data::Query& query, Sink& sink) {
  std::vector<std::string> names;
  for (const ColumnInfo& column : query.columns()) {
    std::string name = column.name;
    for (int i = 2; std::ranges::find(names, name) != names.end(); ++i) {
      name = fmt::format("{}_{}", column.name, i);
    }
    names.push_back(name);
  }
  bool first = true;
  while (true) {
    ASSIGN_OR_RETURN(const auto chunk, query.next());
    if (!chunk) break;
    std::string text;
    for (int64_t row = 0; row < chunk->rows(); ++row) {
      Json object = Json::object();
      for (int c = 0; c < chunk->columns(); ++c) {
        object[names[static_cast<size_t>(c)]] = cell_json(chunk->column(c), row);
      }
      text += (first ? "[" : ",\n ") + dump_json(object, -1);
      first = false;
    }
    RETURN_IF_ERROR(sink.write(text));
  }
  return sink.write(first ? "[]\n" : "]\n");
}

Status stream_table(data::Query& query, Sink& sink, int64_t max_rows) {
  std::vector<TextTable::Column> columns;
  for (const ColumnInfo& column : query.columns()) {
    const bool number = column.type == ValueType::kInt || column.type == ValueType::kReal ||
                        column.type == ValueType::kDecimal;
    columns.push_back({column.name, number ? TextTable::Align::kRight : TextTable::Align::kLeft});
  }
  TextTable table(columns);
  int64_t rows = 0;
  while (true) {
    ASSIGN_OR_RETURN(const auto chunk, query.next());
    if (!chunk) break;
    for (int64_t row = 0; row < chunk->rows() && rows + row < max_rows; ++row) {
      std::vector<std::string> cells;
      for (int c = 0; c < chunk->columns(); ++c) cells.push_back(cell_text(chunk->column(c), row));
      table.add(std::move(cells));
    }
    rows += chunk->rows();
  }
  std::string text =
      table.render() + fmt::format("{} {}", format_count(rows), rows == 1 ? "row" : "rows");
  if (rows > max_rows) {
    text += fmt::format(", the first {} shown (--max-rows, or --format csv for all)",
                        format_count(max_rows));
  }
  return sink.write(text + "\n");
}

bool is_plan(const data::Query& query) {
  const auto& columns = query.columns();
  return columns.size() == 2 && columns[0].name == "explain_key" &&
         columns[1].name == "explain_value";
}

// A plan is a drawing: cells of a table would cut it.
Status stream_plan(data::Query& query, Sink& sink) {
  while (true) {
    ASSIGN_OR_RETURN(const auto chunk, query.next());
    if (!chunk) return {};
    for (int64_t row = 0; row < chunk->rows(); ++row) {
      RETURN_IF_ERROR(sink.write(std::string(chunk->column(1).as_text(row)) + "\n"));
    }
  }
}

Status stream(data::Query& query, Sink& sink, const SqlOptions& options, bool json) {
  if (json || options.format == "json") return stream_json(query, sink);
  if (options.format == "csv") return stream_csv(query, sink);
  if (is_plan(query)) return stream_plan(query, sink);
  return stream_table(query, sink, options.max_rows);
}

// DuckDB writes the file itself, from the user's statement as a subquery; the engine may touch that
// one file besides the warehouse.
Status write_parquet(Workspace& workspace, const std::string& sql, const std::string& path) {
  ASSIGN_OR_RETURN(Reader reader, Reader::open(workspace, false, {path}));
  reader.connection.expect_user_sql();
  RETURN_IF_ERROR(reader.connection.check_reads_only(sql));
  ASSIGN_OR_RETURN(data::Query copy, reader.connection.query(fmt::format(
                                         "COPY ({}\n) TO {} (FORMAT parquet, COMPRESSION zstd)",
                                         as_subquery(sql), data::quote_text(path))));
  while (true) {
    ASSIGN_OR_RETURN(const auto chunk, copy.next());
    if (!chunk) return {};
  }
}

Status write_out(Session& session, Workspace& workspace, const SqlOptions& options) {
  namespace fs = std::filesystem;
  const std::string out = fs::absolute(options.out).lexically_normal().string();
  const auto fill = [&](const std::string& temporary) -> Status {
    if (options.format == "parquet") return write_parquet(workspace, options.sql, temporary);
    ASSIGN_OR_RETURN(Reader reader, Reader::open(workspace, true));
    ASSIGN_OR_RETURN(data::Query query, open_query(reader.connection, options.sql));
    Sink sink(temporary);
    RETURN_IF_ERROR(stream(query, sink, options, false));
    return sink.close();
  };
  RETURN_IF_ERROR(replace_file(out, fill));
  std::error_code ignored;
  const auto bytes = static_cast<int64_t>(fs::file_size(out, ignored));
  session.remark(fmt::format("wrote {} ({})", out, format_bytes(bytes)));
  session.print_json({{"file", out}, {"format", options.format}, {"bytes", bytes}});
  return {};
}

Result<std::string> statement_text(const std::string& given) {
  if (given != "-") return given;
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  if (text.empty()) return invalid_input("standard input holds no SQL");
  return text;
}

Status run_sql(Session& session, SqlOptions options) {
  ASSIGN_OR_RETURN(options.sql, statement_text(options.sql));
  if (options.format == "parquet" && options.out.empty()) {
    return invalid_input("--format parquet writes a file").with_mend("add --out FILE.parquet");
  }
  ASSIGN_OR_RETURN(Workspace workspace, Workspace::open(session, "sql"));
  if (!options.out.empty()) return write_out(session, workspace, options);
  ASSIGN_OR_RETURN(Reader reader, Reader::open(workspace, true));
  ASSIGN_OR_RETURN(data::Query query, open_query(reader.connection, options.sql));
  Sink sink(session);
  RETURN_IF_ERROR(stream(query, sink, options, session.json()));
  std::fflush(stdout);
  return {};
}

}  // namespace

Command make_sql_command() {
  const auto options = std::make_shared<SqlOptions>();
  return {
      .name = "sql",
      .summary = "Query the warehouse with SQL, read-only",
      .details =
          "Tables carry external ids under their own names; the stored form with int32 codes "
          "is in the schema `facts` (and facts.dict_<entity>). The dialect is DuckDB's. One "
          "statement that reads: nothing can be written, no file outside the warehouse can be "
          "opened, no extension can be loaded. With --json: one array of row objects.",
      .examples = {"coterie sql \"select segment_name, count(*) from customer_segments group by "
                   "all order by 2 desc\"",
                   "coterie sql \"from recommendations_cf\" --format parquet --out "
                   "recommendations.parquet"},
      .declare =
          [options](Arguments& arguments) {
            arguments.positional("SQL", options->sql, "the statement, or - for standard input",
                                 true);
            arguments.choice("--format", options->format, {"table", "csv", "json", "parquet"},
                             "how rows are written");
            arguments.path("--out", options->out, "FILE",
                           "write to this file, whole or not at all");
            arguments.count("--max-rows", options->max_rows, "rows shown as a table", {.min = 1});
          },
      .run = [options](Session& session) { return run_sql(session, *options); },
      .children = {}};
}

}  // namespace coterie::cli
