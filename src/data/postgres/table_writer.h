#pragma once
// A DuckDB query into an existing PostgreSQL table, over COPY.

#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "data/engine/engine.h"
#include "data/postgres/connection.h"

namespace coterie::data {

struct PublishedColumn {
  std::string name;
  std::string postgres_type;
};

// The columns that `select` has as a PostgreSQL table (types.h says which type becomes which).
Result<std::vector<PublishedColumn>> published_columns(Connection& source,
                                                       const std::string& select);

// Appends the rows of `select` to `target_sql` (a quoted table name whose columns include those of
// `select`), all or none. Characters with code 0, which PostgreSQL cannot hold, become U+FFFD.
// Streams; memory is a few MB. `progress` may be null. Returns the rows copied.
Result<int64_t> write_postgres(Connection& source, const std::string& select,
                               PostgresConnection& target, const std::string& target_sql,
                               ProgressTask* progress = nullptr);

}  // namespace coterie::data
