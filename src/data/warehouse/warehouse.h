#pragma once
// The embedded warehouse: a folder of immutable Parquet parts and one SQLite catalogue.
//
//   warehouse/<table>/part-<...>.parquet   written once, synced, never changed
//   warehouse/dict_<entity>/part-...       dictionaries: code and external id
//   warehouse/catalog.sqlite               WAL, synchronous=FULL: which parts are which version
//   warehouse/leases.lock                  locks on the versions being read
//   warehouse/staging/                     locks of transactions under way
//
// A version of the warehouse is the set of part lists at one commit. Writers stage parts first and
// then commit several tables, dictionaries and key-value marks in one SQLite transaction, so a
// crash leaves either the old or the new state, and unreferenced files that gc() removes. Readers
// lock the version they read, because DuckDB opens files lazily; pruning spares locked versions.
// Any number of processes of one machine may read and write at the same time.
//
// Ids: a column declared with an `entity` is stored as int32 codes of that entity's append-only
// dictionary; views restore the external id. Money is DECIMAL(18,d): int64 minor units.
//
// snapshot.h is the manual of reading, write_transaction.h that of writing;
// docs/decisions/0004-embedded-warehouse.md says why it is so.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/engine/engine.h"
#include "data/warehouse/snapshot.h"
#include "data/warehouse/table_info.h"
#include "data/warehouse/write_transaction.h"

namespace coterie::data {

struct WarehouseState;

struct WarehouseOptions {
  double busy_timeout_s = 30;      // how long to wait for another process's commit
  double encode_timeout_s = 3600;  // how long to wait for the right to add ids
};

struct GcReport {
  int64_t files_removed = 0;
  int64_t bytes_removed = 0;
  int64_t versions_pruned = 0;
  int64_t versions_in_use = 0;  // old, but being read: kept
};

struct CompactReport {
  std::vector<std::string> tables;
  int64_t parts_before = 0;  // of these tables
  int64_t parts_after = 0;
};

// Thread-safe handle; one a process is enough. Opened after fork(), not before.
class Warehouse {
 public:
  // Opens or creates. kUnsupported: written by a newer coterie.
  static Result<Warehouse> open(const std::string& folder, const WarehouseOptions& options = {});
  const std::string& folder() const;
  Result<Snapshot> snapshot();
  // `run_id` is kept with what is written (TableInfo::run_id).
  Result<WriteTransaction> begin(const std::string& run_id);

  // Merges the small parts of tables that have more than `max_parts` parts, and writes anew the
  // parts of which replace_days() has hidden more than half, without blocking readers or appenders.
  // Contents and TableInfo::version stay. A table that is replaced meanwhile is left alone.
  Result<CompactReport> compact(Engine& engine, int max_parts = 500);
  // Forgets versions older than the newest `keep_versions` that nobody reads, and removes files
  // that no version refers to and no live transaction is staging.
  Result<GcReport> gc(int keep_versions = 5);

  // A consistent copy of the newest version into a new folder, while others read and write. The
  // copy is a warehouse of its own. kInvalidInput: `destination` exists. kCorrupt: a part is
  // damaged.
  Status backup(const std::string& destination);
  // Checks every file of the backup, copies it beside `folder` and swaps the two in one rename.
  // What was in `folder` is removed. kConflict: `folder` is open in this or another process.
  static Status restore(const std::string& source, const std::string& folder);

  // Reads every part of the newest version whole and checks it against the catalogue: one text a
  // fault, naming table and file; empty = sound.
  Result<std::vector<std::string>> verify(Engine& engine);

  Warehouse(Warehouse&&) noexcept;
  Warehouse& operator=(Warehouse&&) noexcept;
  ~Warehouse();

 private:
  explicit Warehouse(std::shared_ptr<WarehouseState> state);
  std::shared_ptr<WarehouseState> state_;
};

}  // namespace coterie::data
