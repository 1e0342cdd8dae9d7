#pragma once
// Columns and expressions of a source as SQL, with errors that point into coterie.yaml.

#include <string>
#include <string_view>

#include "base/result.h"
#include "data/ingest/relation.h"
#include "data/project/project.h"
#include "expr/expr.h"

namespace coterie::data {

struct TypedSql {
  std::string sql;
  std::string sql_type;
};

// Reads columns and expressions over one relation. Empty texts and the source's `nulls` are null
// everywhere. The relation and the source must outlive it.
class SourceSql {
 public:
  SourceSql(const SourceConfig& source, const Relation& relation);

  // What `columns` maps a role column to: a column's name or "= expression". `key` is the path
  // below the source, for the error's place: {"columns", "price"}.
  Result<TypedSql> value(const std::string& mapped, const std::vector<std::string>& key) const;
  // A condition that is never null.
  Result<std::string> condition(const std::string& text, const std::vector<std::string>& key) const;
  // SQL of a column that exists.
  std::string column(const ColumnInfo& column) const;

  // Columns that value() and condition() have used so far.
  const std::vector<std::string>& used() const { return used_; }
  // An error at a key of the source, or at the source itself where the key is not written.
  Error error(const std::vector<std::string>& key, std::string message, std::string mend) const;

 private:
  expr::Origin origin(const std::vector<std::string>& key, size_t offset) const;
  std::string quoted(std::string_view name) const;
  Result<expr::Expression> parse(std::string_view text, bool condition,
                                 const expr::Origin& origin) const;

  const SourceConfig& source_;
  const Relation& relation_;
  expr::Schema schema_;
  mutable std::vector<std::string> used_;
};

}  // namespace coterie::data
