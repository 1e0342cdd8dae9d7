#pragma once
// State of a transaction under way. Private to this folder.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/atomic_file.h"
#include "base/result.h"
#include "data/warehouse/catalog_internal.h"
#include "data/warehouse/columns_internal.h"
#include "data/warehouse/warehouse_internal.h"

namespace coterie::data {

// Files of a transaction begin with "part-<id>-" and belong to it while it holds the lock
// staging/<id>.lock: gc() tells files of live writers from what dead ones left.
class StagingClaim {
 public:
  static Result<StagingClaim> make(const std::string& warehouse);
  const std::string& id() const { return id_; }
  StagingClaim(StagingClaim&& other) noexcept;
  StagingClaim& operator=(StagingClaim&&) = delete;
  ~StagingClaim();

 private:
  StagingClaim(std::string id, std::string path, FileLock lock)
      : id_(std::move(id)), path_(std::move(path)), lock_(std::move(lock)) {}
  std::string id_;
  std::string path_;
  std::optional<FileLock> lock_;
};

enum class WriteKind { kReplace, kAppend, kReplaceDays, kDrop, kCompact };

struct StagedWrite {
  WriteKind kind = WriteKind::kAppend;
  std::string table;
  TableShape shape;
  bool reshape = false;
  int32_t first_day = 0;
  int32_t last_day = 0;
  std::optional<StagedPart> part;  // none: no rows
  std::vector<PartRow> merged;     // kCompact: the parts that `part` stands for
};

struct TransactionState {
  std::shared_ptr<WarehouseState> warehouse;
  std::string run_id;
  bool over = false;
  std::optional<StagingClaim> claim;  // from the first staged file on
  int next_file = 0;
  std::vector<StagedWrite> writes;
  std::vector<std::string> scratch;  // paths
  std::map<std::string, std::optional<std::string>> marks;
  std::vector<std::pair<std::string, int64_t>> required;
  std::optional<FileLock> encoding;                    // the right to add ids
  std::optional<LeasedVersion> leased;                 // keeps the dictionaries' files
  std::map<std::string, DictionaryInfo> dictionaries;  // as of the commit
  ~TransactionState();

  Status check_open() const;
  // "<table>/part-<id>-<n>.parquet", new at each call.
  Result<std::string> next_part(const std::string& table);
  // The table's shape after the staged writes; null if it does not exist.
  Result<std::optional<TableShape>> shape_now(const std::string& table);
  void remove_staged_files();
};

// Writes the part of `write` (table and shape are set) and adds it to the transaction. `rows` not
// null: these instead of the SELECT's.
Status stage(TransactionState& state, Connection& connection, StagedWrite write,
             const std::string& select, const RowSource* rows = nullptr);
Result<int64_t> commit_transaction(TransactionState& state);

}  // namespace coterie::data
