#pragma once
// How the rows of a source become rows of a role: one SELECT that converts every value and says of
// every row whether it is loaded, and if not, why.

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/ingest/convert_sql.h"
#include "data/ingest/relation.h"
#include "data/project/project.h"
#include "data/project/roles.h"

namespace coterie::data {

struct PlannedColumn {
  const RoleColumn* column = nullptr;
  std::string value;   // name in the plan's SELECT: "v3"
  std::string source;  // name of the source value there: "r3"
  std::string sql_type;
  bool numeric_id = false;
};

// Why rows are not loaded.
struct RowOutcome {
  enum class Kind { kDuplicate, kFiltered, kDropped, kBad, kMissing, kUnknown } kind;
  std::string name;    // of a drop rule or a column
  std::string reason;  // of rejected rows
  int column = -1;     // index of the planned column
  bool rejects() const { return kind >= Kind::kBad; }
};

struct RolePlan {
  const Role* role = nullptr;
  const SourceConfig* source = nullptr;
  std::vector<PlannedColumn> columns;  // mapped ones, in the role's order
  std::vector<std::string> key;        // role columns; empty = none
  std::vector<std::string> counted;    // names of `count` rules; BOOLEAN n0, n1, ...
  std::vector<RowOutcome> outcomes;    // `why` = index + 1; 0 = loaded
  bool has_day = false;                // DATE `day`
  std::vector<std::string> absent_columns, unused_columns;
  // SELECT file, line, why [, day], r0, v0, r1, v1, ..., n0, ... FROM the relation
  std::string rows;
  // The same without source values and only those loaded.
  std::string loaded_rows() const;
  const PlannedColumn* find(std::string_view role_column) const;
};

// Which external ids are known, for `unknown_ids: reject`: entity -> table with a VARCHAR `id`.
using KnownIds = std::map<std::string, std::string>;

// Tables that the plan's SELECT joins besides the relation.
struct PlanTables {
  KnownIds known_ids;
  std::string exact_duplicates;  // table (file, line) of rows equal to an earlier one, or ""
};

// Errors: a mapped column that the source does not have, a required column that is not mapped, a
// type that cannot become the role's, an expression that does not parse; each points at its place.
Result<RolePlan> plan_role(const Project& project, const SourceConfig& source,
                           const Relation& relation, const PlanTables& tables);

}  // namespace coterie::data
