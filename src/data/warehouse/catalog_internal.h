#pragma once
// The catalogue: which parts, tables, dictionaries and marks belong to which version.
//
// Everything that changes is a row valid in [since, until): a commit closes rows (until = its
// version) and adds new ones, so an append costs a row whatever the table's size, and any version
// that has not been pruned can be read by `since <= v AND v < until`. Private to this folder. Not
// thread-safe; WarehouseState guards it.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "data/warehouse/day_mask_internal.h"
#include "data/warehouse/sqlite_internal.h"
#include "data/warehouse/table_info.h"

namespace coterie::data {

inline constexpr int64_t kForever = INT64_MAX;
inline constexpr int kCatalogFormat = 1;

struct DayCount {
  int32_t day;
  int64_t rows;
};

// A file that a writer has finished and synced.
struct StagedPart {
  std::string file;  // relative to the warehouse: "sales/part-....parquet"
  int64_t rows = 0;
  int64_t bytes = 0;
  uint32_t checksum = 0;       // CRC-32C of the whole file
  std::vector<DayCount> days;  // of tables with a day_column
};

// A part as one version sees it.
struct PartRow {
  int64_t id = 0;
  std::string file;
  int64_t rows = 0;       // visible rows
  int64_t file_rows = 0;  // rows in the file
  int64_t bytes = 0;
  uint32_t checksum = 0;
  int64_t schema = 0;
  DayMask mask;
};

struct TableRow {
  TableInfo info;
  int64_t schema = 0;  // id of info.columns
};

class Catalog {
 public:
  // Creates the tables of an empty catalogue; refuses one of another format.
  static Result<Catalog> open(const std::string& path, const SqliteOptions& options);
  Database& database() { return database_; }

  Result<int64_t> newest_version();
  Result<bool> has_version(int64_t version);
  Result<std::vector<TableRow>> tables(int64_t version);
  Result<std::optional<TableRow>> table(int64_t version, const std::string& name);
  Result<std::vector<PartRow>> parts(int64_t version, const std::string& table);
  Result<std::vector<ColumnSchema>> schema(int64_t id);
  Result<std::vector<DictionaryInfo>> dictionaries(int64_t version);
  Result<std::optional<DictionaryInfo>> dictionary(int64_t version, const std::string& entity);
  Result<std::optional<std::string>> mark(int64_t version, const std::string& key);
  Result<std::vector<std::pair<std::string, std::string>>> marks(int64_t version,
                                                                 const std::string& prefix);
  Result<std::vector<DayChange>> changed_days(const std::string& table, int64_t since);
  // Every file that any version refers to.
  Result<std::vector<std::string>> all_files();

  // Inside a transaction of the caller:
  Status add_commit(int64_t version, const std::string& run_id);
  Result<int64_t> schema_id(const std::vector<ColumnSchema>& columns);
  Status add_part(int64_t version, const std::string& table, int64_t schema,
                  const StagedPart& part);
  Status remove_parts(int64_t version, const std::string& table);
  Status remove_part(int64_t version, const std::string& table, int64_t part);
  // Hides the days in every part that holds rows of them; parts left empty are removed.
  Status hide_days(int64_t version, const std::string& table, int32_t first, int32_t last);
  // Records for changed_days() that rows were added to a day, or that all rows of the days in
  // [first, last] are about to go.
  Status note_added_days(int64_t version, const std::string& table, const StagedPart& part);
  Status note_removed_days(int64_t version, const std::string& table, int32_t first, int32_t last);
  Status remove_table(int64_t version, const std::string& name);
  // Sums rows, bytes and parts itself. Keeps info.version, updated_at and run_id.
  Status put_table(int64_t version, TableRow row);
  Status put_dictionary(int64_t version, const DictionaryInfo& dictionary);
  Status put_mark(int64_t version, const std::string& key, const std::optional<std::string>& value);
  Result<std::vector<int64_t>> versions();  // ascending
  Status forget_version(int64_t version);
  Status remove_unreachable();  // rows that no remaining version sees
  // Makes `version` the only one (for a backup's copy).
  Status keep_only(int64_t version);

 private:
  explicit Catalog(Database database) : database_(std::move(database)) {}
  Database database_;
};

}  // namespace coterie::data
