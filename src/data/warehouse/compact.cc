#include <algorithm>
#include <string>
#include <utility>

#include "data/engine/sql_text.h"
#include "data/warehouse/snapshot_internal.h"
#include "data/warehouse/transaction_internal.h"

namespace coterie::data {
namespace {

constexpr const char* kRunId = "compact";
// Larger parts are left alone: merging them costs more than it saves.
constexpr int64_t kSmallPartBytes = int64_t{64} << 20;

// Small parts when there are too many, and parts that mostly are hidden.
std::vector<PartRow> choose_parts(const std::vector<PartRow>& parts, int max_parts) {
  const bool too_many = static_cast<int64_t>(parts.size()) > max_parts;
  std::vector<PartRow> chosen;
  bool any_hidden = false;
  for (const PartRow& part : parts) {
    const bool hidden = part.rows * 2 < part.file_rows;
    any_hidden = any_hidden || hidden;
    if (hidden || (too_many && part.bytes < kSmallPartBytes)) chosen.push_back(part);
  }
  if (chosen.size() == 1 && !any_hidden) chosen.clear();
  return chosen;
}

Status stage_merge(TransactionState& state, Connection& connection, const TableRow& table,
                   std::vector<PartRow> chosen) {
  std::vector<ReadablePart> readable;
  {
    auto catalog = state.warehouse->reader.use();
    ASSIGN_OR_RETURN(readable, readable_parts(*catalog, chosen));
  }
  StagedWrite write;
  write.kind = WriteKind::kCompact;
  write.table = table.info.name;
  write.shape = shape_of(table.info);
  write.merged = std::move(chosen);
  std::string select =
      select_parts(state.warehouse->folder, write.shape.columns, write.shape.day_column, readable);
  if (!write.shape.sort_by.empty()) {
    select = "SELECT * FROM (" + select + ") ORDER BY " + quote_name_list(write.shape.sort_by);
  }
  return stage(state, connection, std::move(write), select);
}

// Merges what there is to merge in one table; nothing if the table changes meanwhile.
Status compact_table(const SnapshotState& snapshot, Connection& connection, const TableRow& table,
                     int max_parts, CompactReport& report) {
  ASSIGN_OR_RETURN(const std::vector<PartRow> parts, snapshot.parts(table.info.name));
  std::vector<PartRow> chosen = choose_parts(parts, max_parts);
  if (chosen.empty()) return {};
  const auto merged = static_cast<int64_t>(chosen.size());
  TransactionState transaction;
  transaction.warehouse = snapshot.warehouse;
  transaction.run_id = kRunId;
  RETURN_IF_ERROR(stage_merge(transaction, connection, table, std::move(chosen)));
  const int64_t made = transaction.writes.back().part ? 1 : 0;
  const Result<int64_t> version = commit_transaction(transaction);
  if (!version.ok() && version.error().code == ErrorCode::kConflict) return {};
  if (!version.ok()) return version.error();
  report.tables.push_back(table.info.name);
  report.parts_before += static_cast<int64_t>(parts.size());
  report.parts_after += static_cast<int64_t>(parts.size()) - merged + made;
  return {};
}

}  // namespace

Result<CompactReport> Warehouse::compact(Engine& engine, int max_parts) {
  ASSIGN_OR_RETURN(const SnapshotState snapshot, take_snapshot(state_));
  std::vector<TableRow> tables;
  {
    auto catalog = state_->reader.use();
    ASSIGN_OR_RETURN(tables, catalog->tables(snapshot.leased.version));
  }
  ASSIGN_OR_RETURN(Connection connection, engine.connect());
  CompactReport report;
  for (const TableRow& table : tables) {
    RETURN_IF_ERROR(compact_table(snapshot, connection, table, max_parts, report));
  }
  return report;
}

}  // namespace coterie::data
