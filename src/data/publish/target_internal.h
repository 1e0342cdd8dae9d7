#pragma once
// One table on its way into the database. Used inside one transaction: shape_of(), then fill() or,
// where the shape changes, change_shape(), fill() and add_missing_indices().

#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "data/engine/engine.h"
#include "data/postgres/connection.h"
#include "data/postgres/table_writer.h"
#include "data/publish/publish.h"

namespace coterie::data {

// What a publisher finds in, and leaves in, coterie_publications.
struct Publication {
  std::string project;
  int64_t version = 0;     // TableInfo::version
  std::string updated_at;  // of the content, as PostgreSQL reads it
  std::string run_id;
};

inline constexpr const char* kPublications = "coterie_publications";
inline constexpr size_t kMaxNameBytes = 63;  // the server cuts longer names

// An index that this program keeps on a table.
struct TargetIndex {
  std::string name;  // in the database; empty for one that is wanted
  bool primary = false;
  std::vector<std::string> columns;
  bool same_as(const TargetIndex& other) const {
    return primary == other.primary && columns == other.columns;
  }
};

struct PublishTarget {
  TableInfo info;
  const PublishTable* declared = nullptr;
  std::string schema;
  std::string select;                    // on the engine's connection: what is published
  std::vector<PublishedColumn> columns;  // of `select`
  std::string sql() const;               // "schema"."table"
};

// How the table in the database differs from the target.
struct ShapeChange {
  std::vector<std::string> removed;      // columns that are gone or have another type
  std::vector<PublishedColumn> added;    // columns that are new or have another type
  std::vector<TargetIndex> old_indices;  // ours, that the target does not want any more
  std::vector<TargetIndex> new_indices;  // wanted, and not there
  bool empty() const {
    return removed.empty() && added.empty() && old_indices.empty() && new_indices.empty();
  }
};

// The columns of the view, with updated_at, model_version and run_id added where they are missing.
// `engine` has the snapshot attached. kInvalidInput: a name that is too long for PostgreSQL.
Result<PublishTarget> make_target(Connection& engine, const TableInfo& info,
                                  const PublishTable& declared, const std::string& schema);

// The schema and its table coterie_publications, where they are not there yet.
Status create_publications(PostgresConnection& database, const std::string& schema);
Result<std::optional<Publication>> find_publication(PostgresConnection& database,
                                                    const PublishTarget& target);
Status record_publication(PostgresConnection& database, const PublishTarget& target,
                          const Publication& publication, int64_t rows);
// Tables that `project` published into `schema`, by name.
Result<std::vector<std::string>> published_by(PostgresConnection& database,
                                              const std::string& schema,
                                              const std::string& project);

// Whether there is a table of that name. kConflict: it is not one that this project published.
Result<bool> check_owned(PostgresConnection& database, const PublishTarget& target,
                         const std::optional<Publication>& before, const std::string& project);
// kConflict when rows of other tables refer to rows of this one: deleting would fail, or reach
// them.
Status check_unreferenced(PostgresConnection& database, const PublishTarget& target);

Status create_table(PostgresConnection& database, const PublishTarget& target);
Result<ShapeChange> shape_of(PostgresConnection& database, const PublishTarget& target);
// Everything but the new indices. The caller holds the lock on the table.
Status change_shape(PostgresConnection& database, const PublishTarget& target,
                    const ShapeChange& change);
// Indices that are wanted and not there; after the rows, which is far faster than row by row.
Status add_missing_indices(PostgresConnection& database, const PublishTarget& target);

// Replaces the rows and sets the comments. Returns the rows.
Result<int64_t> fill_table(Connection& engine, PostgresConnection& database,
                           const PublishTarget& target, ProgressTask* progress);

}  // namespace coterie::data
