#pragma once
// Names and literals for PostgreSQL's SQL text. Every one that goes into SQL passes through these.

#include <string>
#include <string_view>

#include "base/result.h"

namespace coterie::data {

std::string postgres_name(std::string_view name);  // "na""me"
std::string postgres_text(std::string_view text);  // 'te''xt', whatever the server's settings

// A table as a user writes it: "table", "schema.table", parts with dots or capitals in double
// quotes.
struct PostgresTable {
  std::string schema;  // empty: the search path decides
  std::string name;
  std::string sql() const;  // every part quoted
};
// kInvalidInput when `text` is no such name.
Result<PostgresTable> parse_postgres_table(std::string_view text);

}  // namespace coterie::data
