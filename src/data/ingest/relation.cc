#include "data/ingest/relation.h"

#include <algorithm>

#include <fmt/format.h>

namespace coterie::data {
namespace {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; };
    return lower(x) == lower(y);
  });
}

std::string read_parquet_sql(const std::vector<std::string>& paths) {
  return fmt::format("read_parquet({}, union_by_name = true)", quote_text_list(paths));
}

// Which of several files the engine cannot read.
Error blame_file(const std::vector<SourceFile>& files, const Error& error, Connection& connection) {
  for (const SourceFile& file : files) {
    const auto described = connection.describe("SELECT * FROM " + read_parquet_sql({file.path}));
    if (described) continue;
    // The engine adds the statement that it was given.
    const std::string& why = described.error().message;
    return invalid_input("this is no whole Parquet file: " + why.substr(0, why.find("\n")))
        .at(file.name)
        .with_mend("copy or write the file again; if it has another format, say 'format:'");
  }
  return error;
}

std::string what_files(const std::vector<SourceFile>& files) {
  if (files.empty()) return "no file";
  if (files.size() == 1) return "'" + files[0].name + "'";
  return fmt::format("'{}' and {} more files", files[0].name, files.size() - 1);
}

std::vector<std::string> names_of(const std::vector<SourceFile>& files) {
  std::vector<std::string> names;
  for (const SourceFile& file : files) names.push_back(file.name);
  return names;
}

// One staged file with its index; a table of no rows when it holds none.
std::string staged_sql(const StagedFile& staged, size_t index) {
  if (!staged.parts.empty()) {
    return fmt::format("SELECT {} AS __file, * FROM {}", index, read_parquet_sql(staged.parts));
  }
  std::string columns;
  for (const std::string& column : staged.columns) {
    columns += ", NULL::VARCHAR AS " + quote_name(column);
  }
  return fmt::format("SELECT {} AS __file, 0::BIGINT AS {}{} WHERE false", index, kLineColumn,
                     columns);
}

}  // namespace

Result<Relation> parquet_relation(const std::vector<SourceFile>& files, Connection& connection) {
  Relation relation;
  std::vector<std::string> paths;
  for (const SourceFile& file : files) paths.push_back(file.path);
  relation.from = read_parquet_sql(paths);
  relation.files = names_of(files);
  relation.what = what_files(files);
  auto columns = connection.describe("SELECT * FROM " + relation.from);
  if (!columns) return blame_file(files, columns.error(), connection);
  relation.columns = *std::move(columns);
  relation.file_sql = "file_index::BIGINT";
  relation.line_sql = "(file_row_number + 1)";
  return relation;
}

Result<Relation> staged_relation(const std::vector<SourceFile>& files,
                                 const std::vector<const StagedFile*>& staged,
                                 Connection& connection) {
  CHECK(files.size() == staged.size() && !files.empty());
  Relation relation;
  relation.text = true;
  relation.files = names_of(files);
  relation.what = what_files(files);
  relation.file_sql = "__file::BIGINT";
  relation.line_sql = kLineColumn;
  std::string rows;
  for (size_t i = 0; i < staged.size(); ++i) {
    if (i > 0) rows += " UNION ALL BY NAME ";
    rows += staged_sql(*staged[i], i);
  }
  relation.from = "(" + rows + ")";
  ASSIGN_OR_RETURN(relation.columns, connection.describe("SELECT * FROM " + relation.from));
  std::erase_if(relation.columns, [](const ColumnInfo& column) {
    return column.name == "__file" || column.name == kLineColumn;
  });
  return relation;
}

Result<Relation> query_relation(const std::string& part, const std::string& what,
                                Connection& connection) {
  Relation relation;
  relation.from = read_parquet_sql({part});
  relation.files = {what};
  relation.what = what;
  relation.file_sql = "0::BIGINT";
  relation.line_sql = kLineColumn;
  ASSIGN_OR_RETURN(relation.columns, connection.describe("SELECT * FROM " + relation.from));
  std::erase_if(relation.columns,
                [](const ColumnInfo& column) { return column.name == kLineColumn; });
  return relation;
}

const ColumnInfo* find_column(const Relation& relation, std::string_view name) {
  const auto exact = std::ranges::find(relation.columns, name, &ColumnInfo::name);
  if (exact != relation.columns.end()) return &*exact;
  const ColumnInfo* found = nullptr;
  for (const ColumnInfo& column : relation.columns) {
    if (!equal_ignoring_case(column.name, name)) continue;
    if (found) return nullptr;
    found = &column;
  }
  return found;
}

std::vector<std::string> column_names(const Relation& relation) {
  std::vector<std::string> names;
  for (const ColumnInfo& column : relation.columns) names.push_back(column.name);
  return names;
}

}  // namespace coterie::data
