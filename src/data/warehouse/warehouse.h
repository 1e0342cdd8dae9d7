#pragma once
// The embedded warehouse: a folder of immutable Parquet parts and one SQLite catalogue.
//
//   warehouse/<table>/part-<n>.parquet     written once, fsynced, never changed
//   warehouse/catalog.sqlite               WAL, synchronous=FULL: which parts are which version
//
// A version of the warehouse is the set of part lists at one commit. Writers stage parts first and
// then commit several tables, dictionaries and key-value marks in one SQLite transaction (0.2 ms),
// so a crash leaves either the old or the new state, and unreferenced files that gc() removes.
// Readers hold a lease (pid, start time, expiry) on the version they read, because DuckDB opens
// files lazily; pruning spares leased versions. Any number of processes may read and write.
//
// Ids: a column declared with an `entity` is stored as int32 codes of that entity's append-only
// dictionary; views restore the external id. Money is DECIMAL(18,d): int64 minor units.
// Column evolution: an added column reads null in older parts; a removed or retyped one is refused.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "data/engine/engine.h"

namespace coterie::data {

struct ColumnSchema {
  std::string name;
  std::string sql_type;  // DuckDB type as stored; INTEGER for encoded ids
  std::string entity;    // not empty: codes of this dictionary ("customer", "article")
};

struct TableInfo {
  std::string name;
  int64_t version = 0;  // number of the commit that last changed it
  int64_t rows = 0;
  int64_t bytes = 0;
  int parts = 0;
  Micros updated_at = 0;
  std::string run_id;  // which run wrote it
  std::vector<ColumnSchema> columns;
  std::string day_column;        // not empty: parts are partitioned by this DATE column
  std::vector<std::string> key;  // declared unique key, may be empty
};

// What a table is declared to be when it is first written. Later writes must agree.
struct TableOptions {
  std::vector<std::string> key;
  std::string day_column;
  // column name -> entity, for columns that hold codes
  std::vector<std::pair<std::string, std::string>> entities;
  std::vector<std::string> sort_by;  // order of rows inside parts
};

// A consistent, leased view of all tables. Move-only; the lease ends with it.
class Snapshot {
 public:
  int64_t version() const;
  std::vector<TableInfo> tables() const;
  std::optional<TableInfo> table(const std::string& name) const;
  bool has(const std::string& name) const;

  // Creates in `connection` the schema `facts` (tables as stored: codes) and, in the schema `main`,
  // views with external ids restored and dictionary tables dict_<entity>(code, id) in `facts`.
  // Tables of the snapshot that has none of the given names are skipped when `only` is not empty.
  // Views already there are replaced.
  Status attach(Connection& connection, const std::vector<std::string>& only = {}) const;

  // Key-value marks committed with the data: source watermarks, step fingerprints.
  Result<std::optional<std::string>> mark(const std::string& key) const;
  Result<std::vector<std::pair<std::string, std::string>>> marks(const std::string& prefix) const;

  Snapshot(Snapshot&&) noexcept;
  Snapshot& operator=(Snapshot&&) noexcept;
  ~Snapshot();

 private:
  friend class Warehouse;
  struct Impl;
  explicit Snapshot(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Staged writes, committed together or not at all; destroyed uncommitted = rolled back, staged
// files removed. Not thread-safe. Appends of concurrent transactions both survive; two replaces of
// one table conflict only if the later one was based on an older version of that table (kConflict)
// and `based_on` was declared; otherwise the last commit wins whole.
class WriteTransaction {
 public:
  // `select` is SQL run on `connection` whose columns become the table's. Rows written are
  // returned.
  Result<int64_t> replace(const std::string& table, Connection& connection,
                          const std::string& select, const TableOptions& options = {});
  Result<int64_t> append(const std::string& table, Connection& connection,
                         const std::string& select, const TableOptions& options = {});
  // Replaces exactly the days in [first_day, last_day] (days since 1970-01-01) of a table with a
  // day_column; other days keep their parts. `select` must yield those days only.
  Result<int64_t> replace_days(const std::string& table, Connection& connection,
                               const std::string& select, int32_t first_day, int32_t last_day,
                               const TableOptions& options = {});
  Status drop(const std::string& table);

  // Makes sure every non-null text of `select`'s single column has a code in `entity`'s dictionary
  // and makes facts.dict_<entity> on `connection` include the new ones. New ids get codes in order
  // of first appearance sorted by id inside this call, so the result does not depend on threads.
  // Serialises with other writers' encodes of the same entity until commit. `numeric` records that
  // the source's ids are integers (restored as BIGINT).
  Status encode_ids(const std::string& entity, Connection& connection, const std::string& select,
                    bool numeric = false);

  void set_mark(const std::string& key, const std::string& value);
  void remove_mark(const std::string& key);
  // The commit fails with kConflict if `table` is not at `version` any more.
  void require_version(const std::string& table, int64_t version);

  Result<int64_t> commit();  // the new warehouse version

  WriteTransaction(WriteTransaction&&) noexcept;
  WriteTransaction& operator=(WriteTransaction&&) noexcept;
  ~WriteTransaction();

 private:
  friend class Warehouse;
  struct Impl;
  explicit WriteTransaction(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct GcReport {
  int64_t files_removed = 0;
  int64_t bytes_removed = 0;
  int64_t versions_pruned = 0;
};

// Thread-safe handle; one a process is enough.
class Warehouse {
 public:
  // Opens or creates.
  static Result<Warehouse> open(const std::string& folder);
  Result<Snapshot> snapshot();
  Result<WriteTransaction> begin(const std::string& run_id);

  // Merges the small parts of tables that have more than `max_parts` parts, without blocking
  // readers or appenders.
  Status compact(Engine& engine, int max_parts = 500);
  // Forgets versions older than the newest `keep_versions` and not leased, and removes files that
  // no version refers to and that are older than `min_age_s` (staged files of live writers).
  Result<GcReport> gc(int keep_versions = 5, double min_age_s = 3600);

  // A consistent copy of one snapshot into a new folder while others read and write; restore checks
  // every file's size and checksum first and swaps the whole folder in one rename.
  Status backup(const std::string& destination);
  static Status restore(const std::string& source, const std::string& folder);

  // Reads every part's footer and checks it against the catalogue; one error text a fault.
  Result<std::vector<std::string>> verify(Engine& engine);

  Warehouse(Warehouse&&) noexcept;
  Warehouse& operator=(Warehouse&&) noexcept;
  ~Warehouse();

 private:
  struct Impl;
  explicit Warehouse(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace coterie::data
