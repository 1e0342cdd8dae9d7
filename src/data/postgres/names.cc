#include "data/postgres/names.h"

#include <vector>

#include <fmt/format.h>

namespace coterie::data {
namespace {

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Reads one part from `text` at `at` and leaves `at` behind it; empty = no part there. As in
// PostgreSQL, unquoted capitals are folded.
std::string read_part(std::string_view text, size_t& at) {
  std::string part;
  if (at < text.size() && text[at] == '"') {
    for (++at; at < text.size(); ++at) {
      if (text[at] != '"') {
        part += text[at];
      } else if (at + 1 < text.size() && text[at + 1] == '"') {
        part += text[at++];
      } else {
        ++at;
        return part;
      }
    }
    return {};
  }
  for (; at < text.size() && text[at] != '.' && text[at] != '"'; ++at) part += to_lower(text[at]);
  return part;
}

}  // namespace

std::string postgres_name(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string postgres_text(std::string_view text) {
  const bool has_backslash = text.find('\\') != std::string_view::npos;
  std::string quoted = has_backslash ? "E'" : "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += c;
    quoted += c;
  }
  return quoted + '\'';
}

std::string PostgresTable::sql() const {
  return schema.empty() ? postgres_name(name) : postgres_name(schema) + "." + postgres_name(name);
}

Result<PostgresTable> parse_postgres_table(std::string_view text) {
  std::vector<std::string> parts;
  size_t at = 0;
  while (true) {
    parts.push_back(read_part(text, at));
    if (parts.back().empty() || at >= text.size() || text[at] != '.') break;
    ++at;
  }
  if (parts.back().empty() || at != text.size() || parts.size() > 2)
    return invalid_input(fmt::format("not a table's name: '{}'", text))
        .with_mend("write table or schema.table, with double quotes around unusual names");
  if (parts.size() == 1) return PostgresTable{"", parts[0]};
  return PostgresTable{parts[0], parts[1]};
}

}  // namespace coterie::data
