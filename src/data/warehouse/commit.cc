#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "data/warehouse/transaction_internal.h"

namespace coterie::data {
namespace {

Error conflict(const std::string& table, std::string what) {
  return Error{ErrorCode::kConflict, std::move(what)}.in_table(table).with_mend("run it again");
}

Status check_required(Catalog& catalog, int64_t version, const TransactionState& state) {
  for (const auto& [table, wanted] : state.required) {
    ASSIGN_OR_RETURN(const std::optional<TableRow> row, catalog.table(version, table));
    const int64_t found = row ? row->info.version : 0;
    if (found == wanted) continue;
    const std::string who = row && !row->info.run_id.empty() ? " by run " + row->info.run_id : "";
    return conflict(table, fmt::format("changed{} meanwhile: it was at version {}, it is at {}",
                                       who, wanted, found));
  }
  return {};
}

// Whether the parts that were merged still are what they were.
Result<bool> still_current(Catalog& catalog, int64_t version, const StagedWrite& write) {
  ASSIGN_OR_RETURN(const std::vector<PartRow> now, catalog.parts(version, write.table));
  return std::ranges::all_of(write.merged, [&](const PartRow& part) {
    const auto found = std::ranges::find(now, part.id, &PartRow::id);
    return found != now.end() && found->mask == part.mask;
  });
}

Status add_part(Catalog& catalog, int64_t version, const StagedWrite& write) {
  if (!write.part) return {};
  ASSIGN_OR_RETURN(const int64_t schema, catalog.schema_id(write.shape.columns));
  return catalog.add_part(version, write.table, schema, *write.part);
}

Status apply_compaction(Catalog& catalog, int64_t version, const StagedWrite& write) {
  ASSIGN_OR_RETURN(std::optional<TableRow> row, catalog.table(version, write.table));
  ASSIGN_OR_RETURN(const bool current, still_current(catalog, version, write));
  if (!row || !current) return conflict(write.table, "changed while its parts were merged");
  for (const PartRow& part : write.merged) {
    RETURN_IF_ERROR(catalog.remove_part(version, write.table, part.id));
  }
  RETURN_IF_ERROR(add_part(catalog, version, write));
  return catalog.put_table(version, std::move(*row));
}

// Takes away what the write replaces.
Status make_room(Catalog& catalog, int64_t version, const StagedWrite& write) {
  switch (write.kind) {
    case WriteKind::kReplace:
      RETURN_IF_ERROR(catalog.note_removed_days(version, write.table, INT32_MIN, INT32_MAX));
      return catalog.remove_parts(version, write.table);
    case WriteKind::kReplaceDays:
      RETURN_IF_ERROR(
          catalog.note_removed_days(version, write.table, write.first_day, write.last_day));
      return catalog.hide_days(version, write.table, write.first_day, write.last_day);
    case WriteKind::kAppend:
    case WriteKind::kDrop:
    case WriteKind::kCompact:
      break;
  }
  return {};
}

Status apply_write(Catalog& catalog, int64_t version, const StagedWrite& write,
                   const std::string& run_id) {
  if (write.kind == WriteKind::kDrop) {
    RETURN_IF_ERROR(catalog.note_removed_days(version, write.table, INT32_MIN, INT32_MAX));
    return catalog.remove_table(version, write.table);
  }
  if (write.kind == WriteKind::kCompact) return apply_compaction(catalog, version, write);
  ASSIGN_OR_RETURN(const std::optional<TableRow> existing, catalog.table(version, write.table));
  if (existing && !(write.kind == WriteKind::kReplace && write.reshape) &&
      !still_agrees(write.shape, shape_of(existing->info))) {
    return conflict(write.table, "its columns were changed by run " + existing->info.run_id +
                                     " while this one was writing");
  }
  RETURN_IF_ERROR(make_room(catalog, version, write));
  RETURN_IF_ERROR(add_part(catalog, version, write));
  if (write.part) RETURN_IF_ERROR(catalog.note_added_days(version, write.table, *write.part));
  TableRow row;
  row.info.name = write.table;
  row.info.version = version;
  row.info.updated_at = now_micros();
  row.info.run_id = run_id;
  row.info.columns = write.shape.columns;
  row.info.key = write.shape.key;
  row.info.day_column = write.shape.day_column;
  row.info.sort_by = write.shape.sort_by;
  ASSIGN_OR_RETURN(row.schema, catalog.schema_id(write.shape.columns));
  return catalog.put_table(version, std::move(row));
}

// Dictionaries that the transaction has changed. Nobody else could: it holds the right to add ids.
Result<std::vector<DictionaryInfo>> changed_dictionaries(Catalog& catalog, int64_t version,
                                                         const TransactionState& state) {
  std::vector<DictionaryInfo> changed;
  for (const auto& [entity, dictionary] : state.dictionaries) {
    ASSIGN_OR_RETURN(const std::optional<DictionaryInfo> now, catalog.dictionary(version, entity));
    const bool same = now && now->size == dictionary.size && now->numeric == dictionary.numeric;
    if (!same) changed.push_back(dictionary);
  }
  return changed;
}

// Returns false if there was nothing to commit.
Result<bool> apply_all(Catalog& catalog, int64_t version, const TransactionState& state) {
  RETURN_IF_ERROR(check_required(catalog, version, state));
  ASSIGN_OR_RETURN(const std::vector<DictionaryInfo> dictionaries,
                   changed_dictionaries(catalog, version, state));
  if (state.writes.empty() && state.marks.empty() && dictionaries.empty()) return false;
  for (const StagedWrite& write : state.writes) {
    RETURN_IF_ERROR(apply_write(catalog, version, write, state.run_id));
  }
  for (const DictionaryInfo& dictionary : dictionaries) {
    RETURN_IF_ERROR(catalog.put_dictionary(version, dictionary));
  }
  for (const auto& [key, value] : state.marks) {
    RETURN_IF_ERROR(catalog.put_mark(version, key, value));
  }
  RETURN_IF_ERROR(catalog.add_commit(version, state.run_id));
  return true;
}

}  // namespace

Result<int64_t> commit_transaction(TransactionState& state) {
  RETURN_IF_ERROR(check_cancelled());
  auto catalog = state.warehouse->writer.use();
  ASSIGN_OR_RETURN(SqliteTransaction transaction, SqliteTransaction::begin(catalog->database()));
  ASSIGN_OR_RETURN(const int64_t newest, catalog->newest_version());
  const int64_t version = newest + 1;
  ASSIGN_OR_RETURN(const bool changed, apply_all(*catalog, version, state));
  if (!changed) return newest;
  RETURN_IF_ERROR(transaction.commit());
  state.writes.clear();
  return version;
}

}  // namespace coterie::data
