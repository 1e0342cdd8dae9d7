#pragma once
// An LMDB environment: transactions that grow the map when it is full, read transactions that are
// used again, one environment a folder and process (LMDB's file locks allow no second one).

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include <lmdb.h>

#include "base/result.h"

namespace coterie::store::internal {

// Thread-safe.
class LmdbEnvironment {
 public:
  // The environment of `folder`, opened or shared with others of this process; then the limit of
  // the first one holds. `max_bytes` 0: no limit.
  static Result<std::shared_ptr<LmdbEnvironment>> open(const std::string& folder,
                                                       int64_t max_bytes);
  ~LmdbEnvironment();
  LmdbEnvironment(const LmdbEnvironment&) = delete;
  LmdbEnvironment& operator=(const LmdbEnvironment&) = delete;

  // Runs `body` in a read transaction. About 100 ns around it.
  Status read(const std::function<Status(MDB_txn* transaction)>& body);
  // Runs `body`, which returns an LMDB code, and commits if that is 0. Repeats it in a larger map
  // when that is full, so `body` must have no effect elsewhere.
  Status write(const std::function<int(MDB_txn* transaction)>& body);

  MDB_dbi keys() const { return keys_; }
  MDB_dbi metadata() const { return metadata_; }
  int64_t max_bytes() const { return max_bytes_; }
  int64_t used_bytes();

  // An LMDB or errno code as an error that names the folder.
  Error failure(int code, const char* what) const;

 private:
  LmdbEnvironment(std::string folder, int64_t max_bytes);
  static Result<LmdbEnvironment*> create(const std::string& folder, int64_t max_bytes);
  Status open_files();
  int begin_read(MDB_txn*& transaction);
  int attempt(const std::function<int(MDB_txn*)>& body);
  Status grow(int64_t full_bytes);
  Status follow_growth();
  Status set_map(int64_t bytes);
  int64_t map_bytes() const;

  std::string folder_;
  int64_t max_bytes_;
  MDB_env* environment_ = nullptr;
  MDB_dbi keys_ = 0;
  MDB_dbi metadata_ = 0;
  // Held shared by transactions, exclusively while the map moves.
  std::shared_mutex map_;
  std::mutex pool_mutex_;
  std::vector<MDB_txn*> pool_;  // reset read transactions
};

}  // namespace coterie::store::internal
