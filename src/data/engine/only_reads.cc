#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "data/engine/statement_internal.h"

namespace coterie::data {
namespace {

using Json = nlohmann::json;

// A SELECT may call table functions that write (enable_logging creates files), run other SQL
// (query) or change the engine: those that only read are named.
constexpr std::array<std::string_view, 29> kReadingTableFunctions = {
    "range",
    "generate_series",
    "unnest",
    "repeat",
    "repeat_row",
    "read_parquet",
    "parquet_scan",
    "read_csv",
    "read_csv_auto",
    "sniff_csv",
    "read_json",
    "read_json_auto",
    "read_ndjson",
    "read_ndjson_auto",
    "read_text",
    "read_blob",
    "glob",
    "parquet_metadata",
    "parquet_schema",
    "parquet_file_metadata",
    "summary",
    "histogram",
    "histogram_values",
    "json_each",
    "json_tree",
    "query_table",
    "pg_timezone_names",
    "test_all_types",
    "version",
};

// Drops spaces and comments.
std::string_view skip_blank(std::string_view sql) {
  while (!sql.empty()) {
    if (std::isspace(static_cast<unsigned char>(sql.front())) != 0) {
      sql.remove_prefix(1);
    } else if (sql.starts_with("--")) {
      const size_t end = sql.find('\n');
      sql.remove_prefix(end == std::string_view::npos ? sql.size() : end);
    } else if (sql.starts_with("/*")) {
      const size_t end = sql.find("*/", 2);
      sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + 2);
    } else {
      break;
    }
  }
  return sql;
}

// Drops `word` (lower case), if the text begins with it, and the blanks behind it.
bool take_word(std::string_view& sql, std::string_view word) {
  if (sql.size() < word.size()) return false;
  for (size_t i = 0; i < word.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(sql[i])) != word[i]) return false;
  }
  const std::string_view rest = sql.substr(word.size());
  if (!rest.empty() && (std::isalnum(static_cast<unsigned char>(rest[0])) != 0 || rest[0] == '_')) {
    return false;
  }
  sql = skip_blank(rest);
  return true;
}

Error refused() {
  return Error{ErrorCode::kPermission, "only one statement that reads is allowed here"}.with_mend(
      "write a single SELECT, DESCRIBE, SHOW or EXPLAIN");
}

// The parse tree of a SELECT; kPermission for any other kind of statement.
Result<Json> parse_tree(const std::shared_ptr<ConnectionState>& connection, std::string_view sql) {
  ASSIGN_OR_RETURN(const Script script, Script::parse(*connection, "SELECT json_serialize_sql(" +
                                                                       quote_text(sql) + ")"));
  ASSIGN_OR_RETURN(const Statement statement, Statement::prepare(*connection, script, 0));
  ASSIGN_OR_RETURN(auto state, run_statement(connection, statement, false));
  ASSIGN_OR_RETURN(const std::string text, only_text(std::move(state)));
  Json tree = Json::parse(text, nullptr, false);
  if (tree.is_discarded() || tree.value("error", true)) return refused();
  return tree;
}

bool reads(const std::string& function) {
  return function.starts_with("duckdb_") || function.starts_with("pragma_") ||
         std::ranges::find(kReadingTableFunctions, function) != kReadingTableFunctions.end();
}

// The first function called anywhere in the tree that does more than read, or "".
std::string writing_function(const Json& node) {
  if (node.is_object()) {
    if (node.value("type", Json()) == "TABLE_FUNCTION") {
      const std::string name = node["function"].value("function_name", "");
      if (!reads(name)) return name;
    }
    if (node.value("function_name", Json()) == "write_log") return "write_log";
  }
  if (node.is_structured()) {
    for (const Json& child : node) {
      if (std::string name = writing_function(child); !name.empty()) return name;
    }
  }
  return {};
}

}  // namespace

Status check_only_reads(const std::shared_ptr<ConnectionState>& connection, std::string_view sql) {
  // EXPLAIN ANALYZE runs what it explains, so what it explains is checked.
  std::string_view explained = skip_blank(sql);
  if (take_word(explained, "explain")) {
    take_word(explained, "analyze");
    sql = explained;
  }
  ASSIGN_OR_RETURN(const Script script, Script::parse(*connection, sql));
  if (script.size() != 1) return refused();
  ASSIGN_OR_RETURN(const Json tree, parse_tree(connection, sql));
  if (const std::string name = writing_function(tree); !name.empty()) {
    return Error{ErrorCode::kPermission, "the function " + name + " is not allowed here"}.with_mend(
        "leave it out: only functions that read may be called");
  }
  return {};
}

}  // namespace coterie::data
