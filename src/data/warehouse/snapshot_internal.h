#pragma once
// State of a snapshot. Private to this folder.

#include <memory>
#include <string>
#include <vector>

#include "data/warehouse/lease_internal.h"
#include "data/warehouse/views_internal.h"
#include "data/warehouse/warehouse_internal.h"

namespace coterie::data {

struct SnapshotState {
  std::shared_ptr<WarehouseState> warehouse;
  LeasedVersion leased;
  std::vector<TableInfo> tables;
  std::vector<DictionaryInfo> dictionaries;

  // Parts of a table or of a dictionary (by its table's name) in this version.
  Result<std::vector<PartRow>> parts(const std::string& table) const;
};

// Leases the newest version and reads its tables.
Result<SnapshotState> take_snapshot(std::shared_ptr<WarehouseState> warehouse);

}  // namespace coterie::data
