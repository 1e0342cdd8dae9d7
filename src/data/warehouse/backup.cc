#include <filesystem>
#include <string>

#include "data/warehouse/copy_internal.h"
#include "data/warehouse/snapshot_internal.h"

namespace coterie::data {
namespace {

namespace fs = std::filesystem;

std::string without_slash(std::string path) {
  path = fs::absolute(path).lexically_normal().string();
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

// Everything of a backup beside `folder`, checked on the way.
Result<GrowingFolder> copy_backup(const std::string& source, const std::string& folder) {
  if (!fs::exists(catalog_path(source))) {
    return not_found("this is no backup of a warehouse: it has no catalog.sqlite").at(source);
  }
  ASSIGN_OR_RETURN(Catalog catalog,
                   Catalog::open(catalog_path(source), {.journal = SqliteJournal::kAsItIs}));
  ASSIGN_OR_RETURN(const int64_t version, catalog.newest_version());
  ASSIGN_OR_RETURN(const std::vector<ListedPart> parts, list_parts(catalog, version));
  ASSIGN_OR_RETURN(GrowingFolder copy, GrowingFolder::make(folder));
  RETURN_IF_ERROR(copy_parts(source, copy.path(), parts));
  RETURN_IF_ERROR(copy_catalog(catalog, version, copy.path()));
  return copy;
}

}  // namespace

Status Warehouse::backup(const std::string& destination) {
  const std::string path = without_slash(destination);
  if (fs::exists(path)) {
    return Error{ErrorCode::kInvalidInput, "the backup's folder exists already"}.at(path).with_mend(
        "name a new folder");
  }
  ASSIGN_OR_RETURN(const SnapshotState snapshot, take_snapshot(state_));
  std::vector<ListedPart> parts;
  {
    auto catalog = state_->reader.use();
    ASSIGN_OR_RETURN(parts, list_parts(*catalog, snapshot.leased.version));
  }
  ASSIGN_OR_RETURN(GrowingFolder copy, GrowingFolder::make(path));
  RETURN_IF_ERROR(copy_parts(state_->folder, copy.path(), parts));
  {
    auto catalog = state_->reader.use();
    RETURN_IF_ERROR(copy_catalog(*catalog, snapshot.leased.version, copy.path()));
  }
  return copy.become(path);
}

Status Warehouse::restore(const std::string& source, const std::string& folder) {
  const std::string path = without_slash(folder);
  ASSIGN_OR_RETURN(GrowingFolder copy, copy_backup(without_slash(source), path));
  if (!fs::exists(path)) return copy.become(path);
  ASSIGN_OR_RETURN(Lease lease, Lease::open(lease_path(path)));
  ASSIGN_OR_RETURN(const bool alone, lease.try_exclude(kOpenByte));
  if (!alone) {
    return Error{ErrorCode::kConflict, "the warehouse is open in this or another process"}
        .at(path)
        .with_mend("stop `coterie serve` and other runs on it first");
  }
  return copy.swap_with(path);
}

}  // namespace coterie::data
