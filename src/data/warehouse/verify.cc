#include <algorithm>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "base/cancel.h"
#include "data/engine/sql_text.h"
#include "data/warehouse/copy_internal.h"
#include "data/warehouse/parts_internal.h"
#include "data/warehouse/snapshot_internal.h"

namespace coterie::data {
namespace {

Error damaged(const std::string& path, const std::string& table, std::string what) {
  return corrupt("a part is damaged: " + std::move(what))
      .at(path)
      .in_table(table)
      .with_mend("restore the warehouse from a backup, or write the table again");
}

// Rows and columns of the file itself against the catalogue.
Status check_content(Connection& connection, const std::string& path, const std::string& table,
                     const PartRow& part, const std::vector<ColumnSchema>& columns) {
  const std::string scan =
      "read_parquet(" + quote_text_list({path}) + ", hive_partitioning = false)";
  const Result<std::vector<ColumnInfo>> found = connection.describe("SELECT * FROM " + scan);
  if (!found.ok()) return damaged(path, table, found.error().message);
  const bool same =
      std::ranges::equal(*found, columns, [](const ColumnInfo& a, const ColumnSchema& b) {
        return a.name == b.name && a.sql_type == b.sql_type;
      });
  if (!same) return damaged(path, table, "its columns are not those of the catalogue");
  const Result<int64_t> rows = connection.scalar_int("SELECT count(*) FROM " + scan);
  if (!rows.ok()) return damaged(path, table, rows.error().message);
  if (*rows == part.file_rows) return {};
  return damaged(path, table,
                 fmt::format("it has {} rows, {} were written", *rows, part.file_rows));
}

Status check_part(Connection& connection, Catalog& catalog, const std::string& folder,
                  const ListedPart& listed) {
  const std::string path = folder + "/" + listed.part.file;
  RETURN_IF_ERROR(check_part_size(folder, listed.table, listed.part));
  ASSIGN_OR_RETURN(const uint32_t checksum, checksum_file(path));
  if (checksum != listed.part.checksum) {
    return damaged(path, listed.table, "its checksum is not that of what was written");
  }
  ASSIGN_OR_RETURN(const std::vector<ColumnSchema> columns, catalog.schema(listed.part.schema));
  return check_content(connection, path, listed.table, listed.part, columns);
}

// Every id one code, every code one id, none beyond the size.
Status check_dictionary(Connection& connection, const SnapshotState& snapshot,
                        const DictionaryInfo& dictionary) {
  const std::string table = dictionary_table(dictionary.entity);
  ASSIGN_OR_RETURN(const std::vector<PartRow> parts, snapshot.parts(table));
  std::vector<std::string> paths;
  for (const PartRow& part : parts) paths.push_back(snapshot.warehouse->path(part.file));
  ASSIGN_OR_RETURN(
      const int64_t sound,
      connection.scalar_int(fmt::format(
          "SELECT (count(*) = {0} AND count(DISTINCT code) = {0} AND count(DISTINCT id) = {0} AND "
          "coalesce(min(code) = 0 AND max(code) = {0} - 1, true))::INTEGER FROM ({1})",
          dictionary.size, select_dictionary(paths, dictionary.numeric))));
  if (sound == 1) return {};
  return corrupt(fmt::format("the dictionary does not give {} ids one code each", dictionary.size))
      .in_table(table)
      .with_mend("restore the warehouse from a backup");
}

}  // namespace

Result<std::vector<std::string>> Warehouse::verify(Engine& engine) {
  ASSIGN_OR_RETURN(const SnapshotState snapshot, take_snapshot(state_));
  ASSIGN_OR_RETURN(Connection connection, engine.connect());
  std::vector<ListedPart> parts;
  {
    auto catalog = state_->reader.use();
    ASSIGN_OR_RETURN(parts, list_parts(*catalog, snapshot.leased.version));
  }
  std::vector<std::string> faults;
  for (const ListedPart& listed : parts) {
    RETURN_IF_ERROR(check_cancelled());
    auto catalog = state_->reader.use();
    const Status status = check_part(connection, *catalog, state_->folder, listed);
    if (!status.ok()) faults.push_back(status.error().to_text());
  }
  if (!faults.empty()) return faults;
  for (const DictionaryInfo& dictionary : snapshot.dictionaries) {
    const Status status = check_dictionary(connection, snapshot, dictionary);
    if (!status.ok()) faults.push_back(status.error().to_text());
  }
  return faults;
}

}  // namespace coterie::data
