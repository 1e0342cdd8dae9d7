#pragma once
// Key-value state that is read in microseconds: what a serving process looks up for each request,
// and the checkpoint from which a folding process resumes.
//
//   lmdb:FOLDER                               embedded, the default (lmdb_store.h)
//   redis://[USER][:PASSWORD@]HOST[:PORT][/DB]  a server, shared by machines (redis_store.h)
//
// Keys and values are bytes. Beside the keys stand named *metadata*, written in the same batch: an
// offset in the event log, a version of the encoding. So a checkpoint and the offset up to which it
// is true are read back together or not at all.
//
// Both implementations pass one suite of tests (contract_test.cc) and keep these promises:
//   - write() applies a whole batch or nothing, also when a process is killed in the middle, and
//     is visible to every later read of any process once it has returned.
//   - read() and metadata() each see one state: no batch is seen by half.
//   - Every function may be called from any number of threads.
// They differ in what outlives a power failure: LMDB syncs before write() returns; Redis keeps what
// its own configuration says (appendonly, save), but a batch and its metadata together.
//
// Errors name the store and the mend:
//   kInvalidInput       empty or too long a key, too long a value, an URL that is none
//   kUnavailable        the server does not answer in time, or the connection broke
//   kPermission         wrong password, missing right, folder of somebody else
//   kResourceExhausted  disk, map or memory of the server is full; the state is as before
//   kConflict           a key holds something that was not written by this interface
//   kCorrupt            the file is damaged
//   kUnsupported        a scheme that is not offered

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace coterie::store {

inline constexpr size_t kMaxKeyBytes = 511;  // what LMDB's pages hold; names of metadata likewise
inline constexpr size_t kMaxValueBytes = size_t{64} << 20;

// Changes that are applied together, in order: of two changes of one key the later wins. Keeps
// copies in one buffer, which clear() leaves allocated. Thread-compatible.
class WriteBatch {
 public:
  enum class Kind : uint8_t { kPut, kErase, kSetMetadata };
  struct Change {
    Kind kind = Kind::kPut;
    std::string_view key;    // or name; views the batch
    std::string_view value;  // empty for kErase
  };

  void put(std::string_view key, std::string_view value);
  void erase(std::string_view key);  // no error if it is absent
  void set_metadata(std::string_view name, std::string_view value);

  size_t size() const { return changes_.size(); }
  bool empty() const { return changes_.empty(); }
  Change change(size_t i) const;
  void clear();

 private:
  struct Stored {
    Kind kind;
    size_t begin;
    size_t key_bytes;
    size_t value_bytes;
  };
  void add(Kind kind, std::string_view key, std::string_view value);

  std::string bytes_;
  std::vector<Stored> changes_;
};

struct StoreStats {
  int64_t keys = 0;         // metadata not counted
  int64_t bytes = 0;        // LMDB: used pages of the file; Redis: memory of the whole server
  int64_t limit_bytes = 0;  // what `bytes` may grow to; 0 = the store knows no limit
};

class KeyValueStore {
 public:
  // `value` views memory of the store and is valid during the call only; nullopt = absent. Must
  // not call the store.
  using ReadVisitor = std::function<void(size_t index, std::optional<std::string_view> value)>;
  using ScanVisitor = std::function<Status(std::string_view key, std::string_view value)>;  // too

  virtual ~KeyValueStore() = default;

  // Calls `visit` once for each key, in the order of `keys`, from one state of the store. LMDB
  // copies nothing. O(log n) a key; Redis: one round trip.
  Status read(std::span<const std::string_view> keys, const ReadVisitor& visit) const;
  Result<std::optional<std::string>> get(std::string_view key) const;
  Result<std::vector<std::optional<std::string>>> get(std::span<const std::string_view> keys) const;
  // Values of metadata from one state; nullopt where a name was never set.
  Result<std::vector<std::optional<std::string>>> metadata(
      std::span<const std::string_view> names) const;
  Result<std::optional<std::string>> metadata(std::string_view name) const;

  // All or nothing. An empty batch does nothing. O(log n) a change and one sync of the disk; Redis:
  // one round trip. When the answer of a server is lost the batch may have been applied: repeating
  // it is harmless.
  Status write(const WriteBatch& batch);

  // Visits the keys that begin with `prefix` ("" = all) in ascending order of their bytes, each
  // once; an error of `visit` ends the scan and is returned. LMDB: one state, O(log n + found), and
  // old pages are kept while it lasts. Redis: keys that come or go meanwhile may be missed; O(all
  // keys of the database) and memory for the found keys. For restarts and upkeep, not for requests.
  Status scan(std::string_view prefix, const ScanVisitor& visit) const;
  // Removes the keys that begin with `prefix`, not metadata; returns how many. LMDB: all or
  // nothing. Redis: piecewise, so that others are served meanwhile; repeat it after an error.
  Result<int64_t> clear(std::string_view prefix);

  // Redis: O(all keys of the database).
  virtual Result<StoreStats> stats() const = 0;
  // "lmdb:/srv/shop/online" or "redis at host:6379/0", for messages: never the password.
  virtual const std::string& name() const = 0;

 protected:
  enum class Space : uint8_t { kKeys, kMetadata };
  KeyValueStore() = default;

 private:
  // With checked keys, prefixes and changes, and at least one of them.
  virtual Status do_read(Space space, std::span<const std::string_view> keys,
                         const ReadVisitor& visit) const = 0;
  virtual Status do_write(const WriteBatch& batch) = 0;
  virtual Status do_scan(std::string_view prefix, const ScanVisitor& visit) const = 0;
  virtual Result<int64_t> do_clear(std::string_view prefix) = 0;
};

struct StoreOptions {
  std::string folder = {};  // what a relative path of lmdb: is relative to: the project's folder
  // Redis: keys are `<key_space>:data:<key>` and `<key_space>:meta:<name>`, so that projects share
  // a server and other programs find the values. LMDB: a folder is a key space; not used.
  std::string key_space = "coterie";
  // LMDB: where the file stops growing; 0 = the disk. Redis: see maxmemory of the server.
  int64_t max_bytes = 0;
  // Redis: how long to wait for a connection, and for each answer.
  int connect_timeout_ms = 2'000;
  int answer_timeout_ms = 5'000;
};

// Opens, creating the folder of an LMDB store; a Redis server must answer. The URL's secrets are
// resolved already (base/secret.h) and are never shown.
Result<std::unique_ptr<KeyValueStore>> open_store(const std::string& url,
                                                  const StoreOptions& options);

// A key as messages show it: printable ASCII as it is, other bytes as \xNN, shortened at 80.
std::string printable_key(std::string_view key);

}  // namespace coterie::store
