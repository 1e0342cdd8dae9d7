#pragma once
// Copies of a warehouse's version, for backup and restore. Private to this folder.

#include <string>
#include <vector>

#include "base/result.h"
#include "data/warehouse/catalog_internal.h"

namespace coterie::data {

// A part that belongs to a version, with its table's name for messages.
struct ListedPart {
  std::string table;
  PartRow part;
};

Result<std::vector<ListedPart>> list_parts(Catalog& catalog, int64_t version);

// Copies the parts, checking sizes and checksums on the way, and syncs the copies. kCorrupt names
// the first damaged file.
Status copy_parts(const std::string& from, const std::string& to,
                  const std::vector<ListedPart>& parts);

// Copies the catalogue's `version` alone into the folder `to`, as a single synced file.
Status copy_catalog(Catalog& catalog, int64_t version, const std::string& to);

// A folder beside `destination` in which a copy grows; removed unless it is renamed away.
class GrowingFolder {
 public:
  static Result<GrowingFolder> make(const std::string& destination);
  const std::string& path() const { return path_; }
  // Renames it to a name that does not exist.
  Status become(const std::string& destination);
  // Swaps it with the existing folder, in one step, and removes what was there.
  Status swap_with(const std::string& folder);
  GrowingFolder(GrowingFolder&& other) noexcept;
  GrowingFolder& operator=(GrowingFolder&&) = delete;
  ~GrowingFolder();

 private:
  explicit GrowingFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace coterie::data
