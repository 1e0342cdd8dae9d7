#pragma once
// Reading the warehouse.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "data/engine/engine.h"
#include "data/warehouse/table_info.h"

namespace coterie::data {

struct SnapshotState;

// A consistent, leased view of all tables: what is committed later does not appear in it, and the
// files that it needs stay until it is destroyed. Move-only. Thread-safe for const calls. May
// outlive the Warehouse that made it.
class Snapshot {
 public:
  int64_t version() const;
  const std::vector<TableInfo>& tables() const;  // by name; without dictionaries
  std::optional<TableInfo> table(const std::string& name) const;
  bool has(const std::string& name) const;
  const std::vector<DictionaryInfo>& dictionaries() const;  // by entity
  std::optional<DictionaryInfo> dictionary(const std::string& entity) const;

  // Creates views in the connection's private catalog (Connection::use_private_catalog):
  //   facts.<table>          the table as stored: ids are INTEGER codes
  //   facts.dict_<entity>    (code INTEGER, id VARCHAR, number BIGINT): `number` is the id of a
  //                          numeric dictionary, else null
  //   main.<table>           the table with external ids restored: BIGINT where the dictionary is
  //                          numeric, else VARCHAR
  // Views of an earlier attach are replaced, those of tables that are gone are dropped. With `only`
  // just these tables (and all dictionaries); one that does not exist is kNotFound. A table with a
  // missing or truncated part is kCorrupt if it is named in `only`; else the others are attached
  // and queries of that one fail, in both cases with the file's name.
  // The snapshot must outlive the queries.
  Status attach(Connection& connection, const std::vector<std::string>& only = {}) const;

  // Days of a table with a day_column that commits after version `since` changed, ascending; also
  // those of commits after this snapshot. Remembered for good, whatever is pruned; compaction
  // changes no day. Empty for a table without day_column.
  Result<std::vector<DayChange>> changed_days(const std::string& table, int64_t since) const;

  // Key-value marks committed with the data: source watermarks, step fingerprints.
  Result<std::optional<std::string>> mark(const std::string& key) const;
  Result<std::vector<std::pair<std::string, std::string>>> marks(const std::string& prefix) const;

  Snapshot(Snapshot&&) noexcept;
  Snapshot& operator=(Snapshot&&) noexcept;
  ~Snapshot();

 private:
  friend class Warehouse;
  explicit Snapshot(std::unique_ptr<SnapshotState> state);
  std::unique_ptr<SnapshotState> state_;
};

}  // namespace coterie::data
