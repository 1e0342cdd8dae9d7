#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <utility>

#include <fmt/format.h>

#include "base/letter_case.h"
#include "data/files/csv_reader.h"
#include "data/infer/table_profile.h"
#include "data/infer/unnamed_columns.h"

namespace coterie::data {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxDepth = 3;
constexpr size_t kMaxFiles = 20'000;

struct FileGroup {
  std::vector<fs::path> files;
  std::string format;
};

// "csv", "json", "parquet" or "" by the file's ending, compressed or not.
std::string format_of(const fs::path& path) {
  std::string ending = path.extension().string();
  if (ending == ".gz" || ending == ".zst") ending = path.stem().extension().string();
  ending = lower_case(std::move(ending));
  if (ending == ".parquet") return "parquet";
  if (ending == ".jsonl" || ending == ".ndjson" || ending == ".json") return "json";
  for (const char* csv : {".csv", ".tsv", ".txt", ".dat", ".data", ".tab", ".item", ".user"}) {
    if (ending == csv) return "csv";
  }
  return "";
}

// "transactions-2024-01.csv.gz" -> "transactions"
std::string table_name(const fs::path& path) {
  std::string name = path.filename().string();
  const size_t dot = name.find('.');
  // "u.item", "u.user": one letter says nothing, the ending does.
  name = dot == 1 ? name.substr(2, name.find('.', 2) - 2) : name.substr(0, dot);
  static const std::regex tail("[-_ ]*[0-9][-_0-9 ]*$");
  const std::string stem = std::regex_replace(name, tail, "");
  if (!stem.empty() && stem != "part") return stem;
  const std::string folder = path.parent_path().filename().string();
  return folder.empty() ? name : folder;
}

// Digits replaced by '*': the glob of the files that differ from this one in digits only.
std::string digits_glob(const fs::path& path) {
  static const std::regex digits("[0-9]+([-_][0-9]+)*");
  return (path.parent_path() / std::regex_replace(path.filename().string(), digits, "*")).string();
}

std::map<std::string, FileGroup> group_files(const fs::path& folder) {
  std::map<std::string, FileGroup> groups;
  size_t seen = 0;
  std::error_code error;
  fs::recursive_directory_iterator walk(folder, fs::directory_options::skip_permission_denied,
                                        error);
  for (const fs::recursive_directory_iterator end; !error && walk != end; walk.increment(error)) {
    const fs::path& path = walk->path();
    const bool hidden = path.filename().string().starts_with('.');
    if (hidden || walk.depth() >= kMaxDepth) walk.disable_recursion_pending();
    if (hidden || !walk->is_regular_file(error)) continue;
    const std::string format = format_of(path);
    if (format.empty() || ++seen > kMaxFiles) continue;
    FileGroup& group = groups[digits_glob(path)];
    group.format = format;
    group.files.push_back(path);
  }
  for (auto& [glob, group] : groups) std::ranges::sort(group.files);
  return groups;
}

std::string csv_options(const TableProfile& table) {
  std::string options = ", all_varchar = true";
  if (!table.delimiter.empty()) options += ", delim = " + quote_text(table.delimiter);
  if (!table.encoding.empty()) options += ", encoding = " + quote_text(table.encoding);
  return options + (table.header ? ", header = true" : ", header = false");
}

// Delimiter and header by DuckDB's sniffer; "::" by looking, since no sniffer expects it.
Status sniff_csv(Connection& connection, const fs::path& file, TableProfile& table) {
  std::ifstream stream(file, std::ios::binary);
  std::string line;
  std::getline(stream, line);
  if (line.find("::") != std::string::npos && line.find(',') == std::string::npos) {
    table.delimiter = "::";
    table.header = false;
    return {};
  }
  const auto sniff = [&](const std::string& encoding) {
    const std::string option = encoding.empty() ? "" : ", encoding = " + quote_text(encoding);
    return connection.for_each_chunk(fmt::format("SELECT Delimiter, HasHeader FROM sniff_csv({}{})",
                                                 quote_text(file.string()), option),
                                     [&](const Chunk& chunk) -> Status {
                                       table.delimiter = chunk.column(0).as_text(0);
                                       table.header = chunk.column(1).as_int(0) != 0;
                                       table.encoding = encoding;
                                       return {};
                                     });
  };
  if (!sniff("").ok()) RETURN_IF_ERROR(sniff("latin-1"));
  // Where every column is text, the sniffer takes a line of names for one of values.
  ASSIGN_OR_RETURN(const std::string first, first_line(file.string()));
  if (!table.header) table.header = looks_like_header(first, table.delimiter);
  return {};
}

// Ingest calls the n-th column of a header without a name "cn", the engine otherwise.
Status name_unnamed_columns(Connection& connection, const fs::path& file,
                            const TableProfile& table) {
  if (table.format != "csv" || !table.header) return {};
  ASSIGN_OR_RETURN(const std::string header, first_line(file.string()));
  std::vector<std::string> names;
  {
    ASSIGN_OR_RETURN(Query query, connection.query("SELECT * FROM " +
                                                   quote_name(table.sample_table) + " LIMIT 0"));
    for (const ColumnInfo& column : query.columns()) names.push_back(column.name);
  }
  static const std::regex engines("column[0-9]+");
  for (size_t i = 0; i < names.size(); ++i) {
    if (!std::regex_match(names[i], engines) || header.find(names[i]) != std::string::npos) {
      continue;
    }
    RETURN_IF_ERROR(connection.execute(fmt::format("ALTER TABLE {} RENAME COLUMN {} TO c{}",
                                                   quote_name(table.sample_table),
                                                   quote_name(names[i]), i + 1)));
  }
  return {};
}

// Adds the columns below one of a JSON file as ingest names them: a nested key is "outer.inner".
Status add_columns_below(Connection& connection, const std::string& from, const std::string& value,
                         const ColumnInfo& column, std::string& list) {
  if (!column.sql_type.starts_with("STRUCT(") || column.sql_type.ends_with("]")) {
    const bool text =
        column.sql_type == "VARCHAR" || column.sql_type.find('(') == std::string::npos;
    list += fmt::format("{}CAST({} AS VARCHAR) AS {}", list.empty() ? "" : ", ",
                        text ? value : fmt::format("to_json({})", value), quote_name(column.name));
    return {};
  }
  ASSIGN_OR_RETURN(const auto below,
                   connection.describe(fmt::format("SELECT unnest({}) FROM {}", value, from)));
  for (const ColumnInfo& inner : below) {
    RETURN_IF_ERROR(add_columns_below(
        connection, from, fmt::format("struct_extract({}, {})", value, quote_text(inner.name)),
        {column.name + "." + inner.name, inner.type, inner.sql_type}, list));
  }
  return {};
}

Result<std::string> json_reader(Connection& connection, const std::string& path) {
  const std::string from = "read_json_auto(" + path + ")";
  ASSIGN_OR_RETURN(const auto columns, connection.describe("SELECT * FROM " + from));
  std::string list;
  for (const ColumnInfo& column : columns) {
    RETURN_IF_ERROR(add_columns_below(connection, from, quote_name(column.name), column, list));
  }
  return fmt::format("(SELECT {} FROM {})", list, from);
}

Status load_sample(Connection& connection, const fs::path& file, TableProfile& table) {
  std::error_code error;
  if (fs::file_size(file, error) == 0) return invalid_input("it is empty");
  const std::string path = quote_text(file.string());
  std::string reader;
  if (table.format == "parquet") {
    reader = "read_parquet(" + path + ")";
  } else if (table.format == "json") {
    ASSIGN_OR_RETURN(reader, json_reader(connection, path));
  } else {
    RETURN_IF_ERROR(sniff_csv(connection, file, table));
    reader = "read_csv(" + path + csv_options(table) + ")";
  }
  const auto create = [&] {
    return connection.execute(fmt::format(
        "CREATE OR REPLACE TEMP TABLE {} AS SELECT CAST(COLUMNS(*) AS VARCHAR) FROM {} LIMIT {}",
        quote_name(table.sample_table), reader, kProfileRows));
  };
  Status created = create();
  if (created.ok() || table.format != "csv" || !table.encoding.empty()) return created;
  // A file may turn out not to be UTF-8 behind the sniffer's sample.
  table.encoding = "latin-1";
  reader = "read_csv(" + path + csv_options(table) + ")";
  return create();
}

// One line, without the kind of error that the engine puts before it.
std::string reason_of(const Error& error) {
  const std::string line = error.message.substr(0, error.message.find('\n'));
  const size_t kind = line.find(" Error: ");
  return kind < 30 ? line.substr(kind + 8) : line;
}

}  // namespace

Result<std::vector<TableProfile>> profile_folder(Connection& connection, const std::string& folder,
                                                 std::vector<std::string>* unreadable) {
  std::error_code error;
  const fs::path root = fs::absolute(folder, error).lexically_normal();
  if (!fs::exists(root, error)) {
    return not_found("'" + folder + "' does not exist").with_mend("name the folder of your tables");
  }
  if (!fs::is_directory(root, error)) {
    return invalid_input("'" + folder + "' is not a folder")
        .with_mend("name the folder that holds the file");
  }
  std::vector<TableProfile> tables;
  for (const auto& [glob, group] : group_files(root)) {
    TableProfile table;
    const fs::path& first = group.files.front();
    table.name = table_name(first);
    table.location = group.files.size() > 1 ? glob : first.string();
    table.format = group.format;
    table.files = static_cast<int>(group.files.size());
    for (const fs::path& file : group.files) {
      table.bytes += static_cast<int64_t>(fs::file_size(file, error));
    }
    table.sample_table = fmt::format("infer_sample_{}", tables.size());
    Status status = load_sample(connection, first, table);
    if (status.ok()) status = name_unnamed_columns(connection, first, table);
    if (status.ok()) status = profile_sample(connection, table);
    if (status.ok()) status = name_columns_by_values(connection, table);
    if (status.ok()) {
      tables.push_back(std::move(table));
    } else if (status.error().code == ErrorCode::kCancelled) {
      return std::move(status).error();
    } else if (unreadable != nullptr) {
      unreadable->push_back(first.string() + ": " + reason_of(status.error()));
    }
  }
  if (tables.empty() && unreadable != nullptr && !unreadable->empty()) {
    return invalid_input(fmt::format("no file under '{}' can be read as a table:\n    {}", folder,
                                     fmt::join(*unreadable, "\n    ")))
        .with_mend("look at what the files are; a table has the same fields in every line");
  }
  if (tables.empty()) {
    return not_found("no table under '" + folder + "'")
        .with_mend(
            "tables are files ending in .csv, .tsv, .dat, .json, .jsonl or .parquet, "
            "also with .gz or .zst");
  }
  return tables;
}

}  // namespace coterie::data
