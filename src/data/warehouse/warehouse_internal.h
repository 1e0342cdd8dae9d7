#pragma once
// State shared by a warehouse's handle, snapshots and transactions of this process. Private to
// this folder.

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "data/warehouse/catalog_internal.h"
#include "data/warehouse/lease_internal.h"
#include "data/warehouse/warehouse.h"

namespace coterie::data {

// A catalogue and the mutex that guards it; usable only through a Session.
class GuardedCatalog {
 public:
  explicit GuardedCatalog(Catalog catalog) : catalog_(std::move(catalog)) {}
  class Session {
   public:
    Catalog* operator->() { return &catalog_; }
    Catalog& operator*() { return catalog_; }

   private:
    friend class GuardedCatalog;
    Session(std::mutex& mutex, Catalog& catalog) : lock_(mutex), catalog_(catalog) {}
    std::unique_lock<std::mutex> lock_;
    Catalog& catalog_;
  };
  Session use() { return Session(mutex_, catalog_); }

 private:
  std::mutex mutex_;
  Catalog catalog_;
};

struct WarehouseState {
  WarehouseState(std::string folder_path, WarehouseOptions opened_with, Catalog read_through,
                 Catalog write_through, Lease open_lease)
      : folder(std::move(folder_path)),
        options(opened_with),
        reader(std::move(read_through)),
        writer(std::move(write_through)),
        open(std::move(open_lease)) {}
  std::string folder;  // absolute
  WarehouseOptions options;
  // Two connections: reads go on while a commit waits for another process's.
  GuardedCatalog reader;
  GuardedCatalog writer;
  Lease open;

  std::string path(const std::string& relative) const { return folder + "/" + relative; }
};

std::string lease_path(const std::string& folder);
std::string catalog_path(const std::string& folder);
std::string staging_path(const std::string& folder);

// Leases the newest version. The lease ends with the returned object.
struct LeasedVersion {
  int64_t version;
  Lease lease;
};
Result<LeasedVersion> lease_newest(WarehouseState& state);

// Folder and table name of a dictionary's parts. Tables of users may not begin like this.
inline constexpr std::string_view kDictionaryPrefix = "dict_";
std::string dictionary_table(const std::string& entity);
bool is_dictionary(const std::string& table);

}  // namespace coterie::data
