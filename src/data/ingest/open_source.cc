#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "data/ingest/session_internal.h"
#include "data/ingest/source_sql.h"

namespace coterie::data {
namespace {

constexpr const char* kViewSchema = "ingest_sources";

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool names_word(std::string_view text, std::string_view word) {
  const auto equal = [](char a, char b) { return std::tolower(a) == std::tolower(b); };
  auto from = text.begin();
  while (true) {
    from = std::search(from, text.end(), word.begin(), word.end(), equal);
    if (from == text.end()) return false;
    const auto behind = from + static_cast<std::ptrdiff_t>(word.size());
    const bool begins = from == text.begin() || !is_word(*(from - 1));
    if (begins && (behind == text.end() || !is_word(*behind))) return true;
    ++from;
  }
}

void take_rejects(OpenSource& opened, size_t file, const StagedFile& staged) {
  for (const ReaderReject& reject : staged.rejects) opened.rejects.push_back({file, reject});
  opened.reader_records += static_cast<int64_t>(staged.rejects.size());
}

Error circle(const LoadSession& session, const SourceConfig& source) {
  std::string path;
  for (const std::string& name : session.opening) path += name + " -> ";
  const std::string what = "SQL sources read each other in a circle: " + path + source.name;
  return source.node ? source.node->error(what) : invalid_input(what);
}

// The view of another source for SQL, made once: its columns as they are, empty texts as null.
Status make_view(LoadSession& session, const SourceConfig& source) {
  if (session.views.contains(source.name)) return {};
  OpenSource opened;
  if (!source.sql.empty()) {
    ASSIGN_OR_RETURN(opened, open_sql(session, source));
  } else if (!source.postgres_url.empty()) {
    ASSIGN_OR_RETURN(opened, open_postgres(session, source, ""));
  } else {
    ASSIGN_OR_RETURN(auto files,
                     find_source_files(session.context.project, source, session.connection));
    if (files.empty()) return {};
    std::vector<size_t> all(files.size());
    for (size_t i = 0; i < all.size(); ++i) all[i] = i;
    ASSIGN_OR_RETURN(opened, open_files(session, source, files, all));
  }
  const SourceSql sql(source, opened.relation);
  std::string columns;
  for (const ColumnInfo& column : opened.relation.columns) {
    columns += fmt::format("{}{} AS {}", columns.empty() ? "" : ", ", sql.column(column),
                           quote_name(column.name));
  }
  const std::string view = fmt::format("{}.{}", kViewSchema, quote_name(source.name));
  RETURN_IF_ERROR(session.connection.execute(
      fmt::format("CREATE SCHEMA IF NOT EXISTS {}; CREATE OR REPLACE VIEW {} AS SELECT {} FROM {}",
                  kViewSchema, view, columns, opened.relation.from)));
  session.views.emplace(source.name, view);
  return {};
}

Error sql_failed(const SourceConfig& source, const Error& cause) {
  if (cause.code == ErrorCode::kCancelled || cause.code == ErrorCode::kResourceExhausted) {
    return cause;
  }
  std::optional<YamlNode> node = source.node;
  if (node && node->find("sql")) node = node->find("sql");
  const std::string what = "the SQL fails: " + cause.message;
  Error error = node ? node->error(what) : invalid_input(what);
  error.mend = cause.mend.empty() ? "other sources are read by their names; file columns are text"
                                  : cause.mend;
  return error;
}

}  // namespace

bool has_key(const SourceConfig& source) {
  const Role* role = find_role(source.role);
  return !source.key.empty() || (role && !role->key.empty());
}

std::vector<const SourceConfig*> sources_named_in(const Project& project,
                                                  const SourceConfig& source) {
  std::vector<const SourceConfig*> named;
  for (const SourceConfig& other : project.sources) {
    if (other.name != source.name && names_word(source.sql, other.name)) named.push_back(&other);
  }
  return named;
}

Result<OpenSource> open_files(LoadSession& session, const SourceConfig& source,
                              std::vector<SourceFile>& all_files,
                              const std::vector<size_t>& chosen) {
  std::vector<SourceFile> files;
  for (const size_t index : chosen) files.push_back(all_files[index]);
  ASSIGN_OR_RETURN(const FileFormat format, format_of(source, files));
  OpenSource opened;
  if (format == FileFormat::kParquet) {
    ASSIGN_OR_RETURN(opened.relation, parquet_relation(files, session.connection));
    return opened;
  }
  std::vector<const StagedFile*> staged;
  for (size_t i = 0; i < files.size(); ++i) {
    Progress& progress = session.context.progress;
    auto file = format == FileFormat::kCsv
                    ? session.staging.csv(files[i], source, session.connection, progress)
                    : session.staging.json(files[i], session.connection, progress);
    if (!file) return file.error();
    take_rejects(opened, i, **file);
    staged.push_back(*file);
  }
  ASSIGN_OR_RETURN(opened.relation, staged_relation(files, staged, session.connection));
  return opened;
}

Result<OpenSource> open_sql(LoadSession& session, const SourceConfig& source) {
  if (std::ranges::find(session.opening, source.name) != session.opening.end()) {
    return circle(session, source);
  }
  session.opening.push_back(source.name);
  for (const SourceConfig* other : sources_named_in(session.context.project, source)) {
    RETURN_IF_ERROR(make_view(session, *other));
  }
  session.opening.pop_back();
  Connection& connection = session.connection;
  const Status reads = connection.check_reads_only(source.sql);
  if (!reads) return sql_failed(source, reads.error());
  ASSIGN_OR_RETURN(const std::string catalog, connection.scalar_text("SELECT current_database()"));
  RETURN_IF_ERROR(connection.execute(fmt::format("CREATE SCHEMA IF NOT EXISTS {0}; USE {1}.{0}",
                                                 kViewSchema, quote_name(catalog))));
  const auto part = session.staging.query(source.sql, connection);
  RETURN_IF_ERROR(connection.execute(fmt::format("USE {}.main", quote_name(catalog))));
  if (!part) return sql_failed(source, part.error());
  OpenSource opened;
  ASSIGN_OR_RETURN(opened.relation,
                   query_relation(*part, "the SQL of '" + source.name + "'", connection));
  return opened;
}

}  // namespace coterie::data
