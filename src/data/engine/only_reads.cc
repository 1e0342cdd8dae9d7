#include <cctype>
#include <string_view>

#include "data/engine/statement_internal.h"

namespace coterie::data {
namespace {

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

}  // namespace

Status check_only_reads(const Connection::Impl& connection, std::string_view sql) {
  // EXPLAIN ANALYZE runs what it explains, so what it explains is checked.
  std::string_view explained = skip_blank(sql);
  if (take_word(explained, "explain")) {
    take_word(explained, "analyze");
    sql = explained;
  }
  ASSIGN_OR_RETURN(const Script script, Script::parse(connection, sql));
  if (script.size() != 1) return refused();
  ASSIGN_OR_RETURN(const Statement statement, Statement::prepare(connection, script, 0));
  if (statement.type() != DUCKDB_STATEMENT_TYPE_SELECT) return refused();
  return {};
}

}  // namespace coterie::data
