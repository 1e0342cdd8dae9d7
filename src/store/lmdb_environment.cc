#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/atomic_file.h"
#include "base/clock.h"
#include "store/lmdb_environment_internal.h"

namespace coterie::store::internal {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kFirstMapBytes = int64_t{64} << 20;
constexpr unsigned kMaxReaders = 1024;  // transactions of all processes at once
constexpr const char* kFull = "remove what nobody reads any more, or give the store a higher limit";

// The environments that this process has open.
struct Registry {
  struct Entry {
    LmdbEnvironment* environment = nullptr;
    int users = 0;
  };
  std::mutex mutex;
  std::map<std::string, Entry> entries;
};
Registry& registry() {
  static Registry* const instance = new Registry;  // outlives every store
  return *instance;
}

void release(const std::string& folder) {
  Registry& open = registry();
  const std::lock_guard lock(open.mutex);
  const auto entry = open.entries.find(folder);
  if (--entry->second.users > 0) return;
  // Closed under the lock: whoever opens the folder next must find it closed.
  delete entry->second.environment;
  open.entries.erase(entry);
}

int64_t file_bytes(const std::string& path) {
  struct stat info{};
  return stat(path.c_str(), &info) == 0 ? static_cast<int64_t>(info.st_size) : 0;
}

// LMDB gives up the old map before it asks for the new one and cannot go back.
bool fits_address_space(int64_t bytes) {
  void* probe = mmap(nullptr, static_cast<size_t>(bytes), PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (probe == MAP_FAILED) return false;
  munmap(probe, static_cast<size_t>(bytes));
  return true;
}

// LMDB takes the write that the last free block cuts short for an I/O error.
bool disk_is_full(const std::string& folder) {
  constexpr int64_t almost_nothing = int64_t{1} << 20;
  struct statvfs info{};
  if (statvfs(folder.c_str(), &info) != 0) return false;
  return static_cast<int64_t>(info.f_bavail) * static_cast<int64_t>(info.f_frsize) < almost_nothing;
}

}  // namespace

LmdbEnvironment::LmdbEnvironment(std::string folder, int64_t max_bytes)
    : folder_(std::move(folder)), max_bytes_(max_bytes) {}

LmdbEnvironment::~LmdbEnvironment() {
  for (MDB_txn* transaction : pool_) mdb_txn_abort(transaction);
  if (environment_ != nullptr) mdb_env_close(environment_);
}

Result<std::shared_ptr<LmdbEnvironment>> LmdbEnvironment::open(const std::string& folder,
                                                               int64_t max_bytes) {
  RETURN_IF_ERROR(make_folders(folder));
  std::error_code code;
  const std::string path = fs::canonical(folder, code).string();
  if (code) return Error{ErrorCode::kIo, code.message()}.at(folder);
  Registry& open = registry();
  const std::lock_guard lock(open.mutex);
  Registry::Entry& entry = open.entries[path];
  if (entry.environment == nullptr) {
    const auto created = create(path, max_bytes);
    if (!created.ok()) {
      open.entries.erase(path);
      return created.error();
    }
    entry.environment = *created;
  }
  ++entry.users;
  return std::shared_ptr<LmdbEnvironment>(entry.environment,
                                          [path](LmdbEnvironment*) { release(path); });
}

Result<LmdbEnvironment*> LmdbEnvironment::create(const std::string& folder, int64_t max_bytes) {
  std::unique_ptr<LmdbEnvironment> created(new LmdbEnvironment(folder, max_bytes));
  RETURN_IF_ERROR(created->open_files());
  RETURN_IF_ERROR(created->write([&created](MDB_txn* transaction) {
    const int code = mdb_dbi_open(transaction, "keys", MDB_CREATE, &created->keys_);
    if (code != 0) return code;
    return mdb_dbi_open(transaction, "metadata", MDB_CREATE, &created->metadata_);
  }));
  return created.release();
}

Status LmdbEnvironment::open_files() {
  // Twice what there is, so that the first writes do not have to move the map.
  int64_t bytes = std::max(kFirstMapBytes, 2 * file_bytes(folder_ + "/data.mdb"));
  if (max_bytes_ > 0) bytes = std::min(bytes, max_bytes_);
  int code = mdb_env_create(&environment_);
  if (code == 0) code = mdb_env_set_maxdbs(environment_, 2);
  if (code == 0) code = mdb_env_set_maxreaders(environment_, kMaxReaders);
  if (code == 0) code = mdb_env_set_mapsize(environment_, static_cast<size_t>(bytes));
  // Transactions belong to calls, not to threads; keys are read in no order, so no read-ahead.
  if (code == 0)
    code = mdb_env_open(environment_, folder_.c_str(), MDB_NOTLS | MDB_NORDAHEAD, 0666);
  if (code != 0) return failure(code, "cannot open the store");
  int dead = 0;
  code = mdb_reader_check(environment_, &dead);
  return code == 0 ? Status() : failure(code, "cannot open the store");
}

int64_t LmdbEnvironment::map_bytes() const {
  MDB_envinfo info{};
  mdb_env_info(environment_, &info);
  return static_cast<int64_t>(info.me_mapsize);
}

int64_t LmdbEnvironment::used_bytes() {
  const std::shared_lock lock(map_);
  MDB_envinfo info{};
  MDB_stat stat{};
  mdb_env_info(environment_, &info);
  mdb_env_stat(environment_, &stat);
  return static_cast<int64_t>((info.me_last_pgno + 1) * stat.ms_psize);
}

int LmdbEnvironment::begin_read(MDB_txn*& transaction) {
  transaction = nullptr;
  {
    const std::lock_guard lock(pool_mutex_);
    if (!pool_.empty()) {
      transaction = pool_.back();
      pool_.pop_back();
    }
  }
  if (transaction == nullptr) return mdb_txn_begin(environment_, nullptr, MDB_RDONLY, &transaction);
  const int code = mdb_txn_renew(transaction);
  if (code != 0) mdb_txn_abort(transaction);
  return code;
}

Status LmdbEnvironment::read(const std::function<Status(MDB_txn*)>& body) {
  while (true) {
    {
      const std::shared_lock lock(map_);
      MDB_txn* transaction = nullptr;
      const int code = begin_read(transaction);
      if (code == 0) {
        Status status = body(transaction);
        mdb_txn_reset(transaction);
        const std::lock_guard pool_lock(pool_mutex_);
        pool_.push_back(transaction);
        return status;
      }
      if (code != MDB_MAP_RESIZED) return failure(code, "cannot read");
    }
    RETURN_IF_ERROR(follow_growth());
  }
}

int LmdbEnvironment::attempt(const std::function<int(MDB_txn*)>& body) {
  MDB_txn* transaction = nullptr;
  int code = mdb_txn_begin(environment_, nullptr, 0, &transaction);
  if (code != 0) return code;
  code = body(transaction);
  if (code == 0) return mdb_txn_commit(transaction);
  mdb_txn_abort(transaction);
  return code;
}

Status LmdbEnvironment::write(const std::function<int(MDB_txn*)>& body) {
  while (true) {
    int code = 0;
    int64_t bytes = 0;
    {
      const std::shared_lock lock(map_);
      bytes = map_bytes();
      code = attempt(body);
    }
    if (code == 0) return {};
    if (code == MDB_MAP_FULL) {
      RETURN_IF_ERROR(grow(bytes));
    } else if (code == MDB_MAP_RESIZED) {
      RETURN_IF_ERROR(follow_growth());
    } else {
      return failure(code, "cannot write");
    }
  }
}

Status LmdbEnvironment::grow(int64_t full_bytes) {
  const std::unique_lock lock(map_);
  if (map_bytes() != full_bytes) return {};  // another thread was faster
  // Readers that died keep pages from being used again.
  int dead = 0;
  const int code = mdb_reader_check(environment_, &dead);
  if (code != 0) return failure(code, "cannot write");
  if (dead > 0) return {};
  int64_t wanted = 2 * full_bytes;
  if (max_bytes_ > 0) wanted = std::min(wanted, max_bytes_);
  if (wanted <= full_bytes) return failure(MDB_MAP_FULL, "cannot write");
  return set_map(wanted);
}

Status LmdbEnvironment::follow_growth() {
  const std::unique_lock lock(map_);
  return set_map(0);
}

Status LmdbEnvironment::set_map(int64_t bytes) {
  if (!fits_address_space(std::max(bytes, 2 * map_bytes())))
    return failure(ENOMEM, "cannot map the store");
  const int code = mdb_env_set_mapsize(environment_, static_cast<size_t>(bytes));
  return code == 0 ? Status() : failure(code, "cannot map the store");
}

Error LmdbEnvironment::failure(int code, const char* what) const {
  const auto error = [&](ErrorCode kind, const std::string& why, const char* mend) {
    return Error{kind, fmt::format("{}: {}", what, why)}.at(folder_).with_mend(mend);
  };
  if (code == EIO && disk_is_full(folder_)) code = ENOSPC;
  switch (code) {
    case MDB_MAP_FULL:
      return error(ErrorCode::kResourceExhausted,
                   fmt::format("its limit of {} is reached", format_bytes(max_bytes_)), kFull);
    case MDB_READERS_FULL:
      return error(ErrorCode::kResourceExhausted, fmt::format("{} readers at once", kMaxReaders),
                   "end some of the processes that read it");
    case MDB_TXN_FULL:
      return error(ErrorCode::kInvalidInput, "the batch is too large", "write it in several");
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE:
      return error(ErrorCode::kCorrupt, "data.mdb is not a file of this store",
                   "move the folder away; the state is built again from the event log");
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
      return error(ErrorCode::kCorrupt, mdb_strerror(code),
                   "move the folder away; the state is built again from the event log");
    case MDB_PANIC:
      return error(ErrorCode::kIo, "an earlier write failed half-way",
                   "see that the disk is sound, then start the process again");
    case ENOSPC:
    case EDQUOT:
      return error(ErrorCode::kResourceExhausted, std::strerror(code), "free disk space");
    case ENOMEM:
      return error(ErrorCode::kResourceExhausted, "no address space for the map",
                   "raise the limit of virtual memory (ulimit -v)");
    case EACCES:
    case EPERM:
    case EROFS:
      return error(ErrorCode::kPermission, std::strerror(code),
                   "give this user the right to write in the folder");
    default:
      return error(ErrorCode::kIo, mdb_strerror(code), "see that the disk is sound");
  }
}

}  // namespace coterie::store::internal
