#include "data/warehouse/warehouse.h"

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "base/atomic_file.h"
#include "data/warehouse/snapshot_internal.h"
#include "data/warehouse/transaction_internal.h"
#include "data/warehouse/warehouse_internal.h"

namespace coterie::data {
namespace {

namespace fs = std::filesystem;

Result<std::string> absolute_folder(const std::string& folder) {
  std::error_code failed;
  std::string path = fs::absolute(folder, failed).lexically_normal().string();
  if (failed) return io_error("cannot find the current folder");
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  if (path.find_first_of("*?[") != std::string::npos) {
    return invalid_input("a warehouse's path may not contain * ? or [, which mean patterns")
        .at(path)
        .with_mend("choose another folder");
  }
  return path;
}

// Says to restore() that the warehouse is in use. The folder may be swapped while we wait, so the
// lock counts only if it is on the file that now bears the name.
Result<Lease> announce_open(const std::string& folder) {
  const std::string path = lease_path(folder);
  while (true) {
    ASSIGN_OR_RETURN(Lease lease, Lease::open(path));
    ASSIGN_OR_RETURN(const bool shared, lease.try_share(kOpenByte));
    if (!shared) {
      return Error{ErrorCode::kUnavailable, "the warehouse is being restored"}.at(folder).with_mend(
          "try again when that is done");
    }
    if (lease.is_current(path)) return lease;
  }
}

}  // namespace

std::string lease_path(const std::string& folder) { return folder + "/leases.lock"; }
std::string catalog_path(const std::string& folder) { return folder + "/catalog.sqlite"; }
std::string staging_path(const std::string& folder) { return folder + "/staging"; }

std::string dictionary_table(const std::string& entity) {
  return std::string(kDictionaryPrefix) + entity;
}

bool is_dictionary(const std::string& table) { return table.starts_with(kDictionaryPrefix); }

Result<LeasedVersion> lease_newest(WarehouseState& state) {
  constexpr int kTries = 1000;
  ASSIGN_OR_RETURN(Lease lease, Lease::open(lease_path(state.folder)));
  auto catalog = state.reader.use();
  for (int i = 0; i < kTries; ++i) {
    ASSIGN_OR_RETURN(const int64_t version, catalog->newest_version());
    // Pruning locks what it forgets: either this lock comes first and the version is spared, or it
    // fails, or it succeeds too late and the version is gone.
    ASSIGN_OR_RETURN(const bool shared, lease.try_share(version_byte(version)));
    if (!shared) continue;
    ASSIGN_OR_RETURN(const bool there, catalog->has_version(version));
    if (there) return LeasedVersion{version, std::move(lease)};
    RETURN_IF_ERROR(lease.release(version_byte(version)));
  }
  return Error{ErrorCode::kUnavailable, "versions are forgotten faster than they can be read"}.at(
      state.folder);
}

Result<Warehouse> Warehouse::open(const std::string& folder, const WarehouseOptions& options) {
  ASSIGN_OR_RETURN(const std::string path, absolute_folder(folder));
  RETURN_IF_ERROR(make_folders(path));
  ASSIGN_OR_RETURN(Lease lease, announce_open(path));
  const std::string catalog = catalog_path(path);
  SqliteOptions sqlite{.busy_timeout_s = options.busy_timeout_s};
  {
    ASSIGN_OR_RETURN(const FileLock creating, FileLock::acquire(path + "/create.lock"));
    sqlite.create = true;
    ASSIGN_OR_RETURN(const Catalog created, Catalog::open(catalog, sqlite));
    RETURN_IF_ERROR(sync_path(path));
  }
  sqlite.create = false;
  ASSIGN_OR_RETURN(Catalog reader, Catalog::open(catalog, sqlite));
  ASSIGN_OR_RETURN(Catalog writer, Catalog::open(catalog, sqlite));
  return Warehouse(std::make_shared<WarehouseState>(path, options, std::move(reader),
                                                    std::move(writer), std::move(lease)));
}

const std::string& Warehouse::folder() const { return state_->folder; }

Result<Snapshot> Warehouse::snapshot() {
  ASSIGN_OR_RETURN(SnapshotState state, take_snapshot(state_));
  return Snapshot(std::make_unique<SnapshotState>(std::move(state)));
}

Result<WriteTransaction> Warehouse::begin(const std::string& run_id) {
  auto state = std::make_unique<TransactionState>();
  state->warehouse = state_;
  state->run_id = run_id;
  return WriteTransaction(std::move(state));
}

Warehouse::Warehouse(std::shared_ptr<WarehouseState> state) : state_(std::move(state)) {}
Warehouse::Warehouse(Warehouse&&) noexcept = default;
Warehouse& Warehouse::operator=(Warehouse&&) noexcept = default;
Warehouse::~Warehouse() = default;

}  // namespace coterie::data
