#pragma once
// A PostgreSQL table or query as a DuckDB table, over COPY BINARY.

#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "data/engine/engine.h"
#include "data/postgres/connection.h"
#include "data/postgres/types.h"

namespace coterie::data {

// A value that has no place in its column's DuckDB type (a numeric NaN in a DECIMAL): read as null.
struct UnreadableValue {
  int64_t row = 0;  // 1-based, in the order in which the server sent the rows
  std::string column;
  std::string text;
};

struct PostgresRead {
  int64_t rows = 0;
  std::vector<MappedColumn> columns;
  std::vector<UnreadableValue> unreadable;  // the first 1,000
  int64_t unreadable_count = 0;
};

// What reading `select` yields, without running it; types.h says which type becomes which.
Result<std::vector<MappedColumn>> describe_postgres(PostgresConnection& source,
                                                    const std::string& select);

// Runs `select` (one SELECT, no trailing semicolon) in one snapshot of the server and appends its
// rows, in the server's order, to the new table `into` of `target`. `into` is created by this call
// ("name" or "schema.name", taken literally) and dropped again on error. `progress` may be null.
// Speed: about a million rows of ten columns a second; memory: the table's.
Result<PostgresRead> read_postgres(PostgresConnection& source, const std::string& select,
                                   Connection& target, const std::string& into,
                                   ProgressTask* progress = nullptr);

}  // namespace coterie::data
