#pragma once
// Rows that were pushed online, as tables of the warehouse: `pushed_<source>`, with columns of the
// source. Offline executions read a source's own rows and the rows pushed to it together, so what
// was served is also what is trained on. (So a row must come one way only: pushed, or in the
// source's own table.)
//
// The log is loaded in batches. How far it is loaded is a mark of the same commit as the rows
// (kPushedMark): nothing is loaded twice or left out, whatever is killed when.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/timezone.h"
#include "data/engine/engine.h"
#include "data/warehouse/snapshot.h"
#include "data/warehouse/write_transaction.h"
#include "features/registry/registry.h"

namespace coterie::features {

inline constexpr const char* kPushedMark = "features.pushed_offset";

// "pushed_sales"
std::string pushed_table(std::string_view source);
// Offset of the log up to which its rows are in the warehouse; 0 = none is.
Result<int64_t> pushed_offset(const data::Snapshot& snapshot);

struct PushedLoad {
  std::map<std::string, int64_t> rows;  // by table
  int64_t ignored = 0;                  // events of sources that the registry does not have
  int64_t refused = 0;                  // events that are no rows of their source
  int64_t offset = 0;                   // of the log, up to which it is loaded now
};

// Appends what the log has behind the mark. Nothing where there is no log, or nothing new.
// `connection` has the snapshot attached.
Result<PushedLoad> load_pushed_rows(const Registry& registry, const data::Snapshot& snapshot,
                                    const TimeZone& zone, const std::string& log_folder,
                                    data::Connection& connection,
                                    data::WriteTransaction& transaction);

}  // namespace coterie::features
