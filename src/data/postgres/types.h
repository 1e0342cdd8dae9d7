#pragma once
// Which DuckDB type a PostgreSQL column becomes, and the other way round.
//
//   boolean                    BOOLEAN        date                      DATE
//   smallint, integer, bigint  the same       timestamp                 TIMESTAMP (wall clock)
//   oid                        BIGINT         timestamptz               TIMESTAMPTZ (UTC)
//   real, double precision     FLOAT, DOUBLE  numeric(p<=38, s)         DECIMAL(p,s)
//   text, varchar, char, name  VARCHAR        numeric, wider or unbound VARCHAR, digits as they are
//   everything else (arrays, json, uuid, enums, intervals, ...)         VARCHAR, the server's text

#include <string>
#include <string_view>
#include <vector>

#include "data/postgres/connection.h"

namespace coterie::data {

enum class WireType {
  kBool,
  kInt16,
  kInt32,
  kInt64,
  kOid,
  kFloat,
  kDouble,
  kNumeric,
  kDate,
  kTimestamp,
  kTimestampTz,
  kText,
};

struct MappedColumn {
  std::string name;
  WireType wire = WireType::kText;
  std::string duckdb_type;
  bool cast_to_text = false;  // the server casts it, its binary form is not read
  std::string array_type;     // "text[]" for an array, else empty; describe_postgres fills it
};

MappedColumn map_postgres_column(const PostgresColumn& column);

// The type of a published column for a DuckDB type, and the DuckDB expression over `name` (quoted)
// that yields the text which COPY reads for it. Numeric lists become arrays, other nested types
// jsonb, TIMESTAMP (UTC) timestamptz.
struct PublishedType {
  std::string postgres_type;
  std::string text_expression;
};
PublishedType published_type(std::string_view duckdb_type, const std::string& quoted_name);

}  // namespace coterie::data
