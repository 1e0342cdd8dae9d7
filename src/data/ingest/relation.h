#pragma once
// What a source looks like in SQL once its outside form is gone: named, typed columns behind FROM,
// and for every row where it came from.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/engine/engine.h"
#include "data/ingest/staging.h"

namespace coterie::data {

struct Relation {
  std::string from;                 // SQL behind FROM
  std::vector<ColumnInfo> columns;  // the source's own, in order
  bool text = false;                // values are written texts (CSV, JSON): null texts apply
  std::string file_sql;             // BIGINT: index into `files`
  std::string line_sql;             // BIGINT: 1-based line or row in that file
  std::vector<std::string> files;   // names for messages
  std::string what;                 // the source as messages call it: "raw/a.csv" or "the SQL"
};

// Over Parquet files as they are. A file that is not Parquet is kInvalidInput and named.
Result<Relation> parquet_relation(const std::vector<SourceFile>& files, Connection& connection);

// Over staged text files; files[i] belongs to staged[i]. Files may differ in their columns: one
// that a file does not have is null there.
Result<Relation> staged_relation(const std::vector<SourceFile>& files,
                                 const std::vector<const StagedFile*>& staged,
                                 Connection& connection);

// Over one staged query (Staging::query), typed.
Result<Relation> query_relation(const std::string& part, const std::string& what,
                                Connection& connection);

// The column of that name, else the only one that equals it without letter case; null if none.
const ColumnInfo* find_column(const Relation& relation, std::string_view name);
std::vector<std::string> column_names(const Relation& relation);

}  // namespace coterie::data
