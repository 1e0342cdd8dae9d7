#pragma once
// Writing and checking part files. Private to this folder.

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "data/engine/engine.h"
#include "data/warehouse/catalog_internal.h"
#include "data/warehouse/write_transaction.h"

namespace coterie::data {

struct PartRequest {
  std::string warehouse;  // folder
  std::string table;
  std::string file;                 // relative to the warehouse; must not exist
  std::string select;               // final: columns and order as they are to be stored
  const RowSource* rows = nullptr;  // not null: instead of `select`
  std::string day_column;           // may be empty
};

// Puts the rows into one synced Parquet file; null and no file if it has no rows. On error there
// is none either. One file whatever the size: its row groups (122,880 rows) are written and read
// by all threads, in memory for a few of them, and rows keep their order; cutting by size would
// let the threads' timing decide which rows come where.
Result<std::optional<StagedPart>> write_part(Connection& connection, const PartRequest& request);

// CRC-32C of a whole file.
Result<uint32_t> checksum_file(const std::string& path);

// Size against the catalogue, without reading. The error names table and file.
Status check_part_size(const std::string& warehouse, const std::string& table, const PartRow& part);

}  // namespace coterie::data
