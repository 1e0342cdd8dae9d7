#include "data/warehouse/snapshot.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/log.h"
#include "data/engine/sql_text.h"
#include "data/warehouse/parts_internal.h"
#include "data/warehouse/snapshot_internal.h"

namespace coterie::data {
namespace {

// Views that an earlier attach has left of tables that this version does not have.
Status drop_gone_views(Connection& connection, const SnapshotState& state) {
  std::vector<std::string> gone;
  RETURN_IF_ERROR(connection.for_each_chunk(
      "SELECT view_name FROM duckdb_views() WHERE schema_name = 'facts' AND "
      "database_name = current_database()",
      [&](const Chunk& chunk) {
        for (int64_t row = 0; row < chunk.rows(); ++row) {
          std::string name(chunk.column(0).as_text(row));
          const bool known =
              is_dictionary(name) ||
              std::ranges::find(state.tables, name, &TableInfo::name) != state.tables.end();
          if (!known) gone.push_back(std::move(name));
        }
        return Status();
      }));
  for (const std::string& name : gone) {
    const std::string quoted = quote_name(name);
    RETURN_IF_ERROR(connection.execute("DROP VIEW IF EXISTS facts." + quoted +
                                       "; DROP VIEW IF EXISTS main." + quoted));
  }
  return {};
}

Status attach_dictionary(Connection& connection, const SnapshotState& state,
                         const DictionaryInfo& dictionary) {
  const std::string name = dictionary_table(dictionary.entity);
  ASSIGN_OR_RETURN(const std::vector<PartRow> parts, state.parts(name));
  std::vector<std::string> paths;
  for (const PartRow& part : parts) {
    RETURN_IF_ERROR(check_part_size(state.warehouse->folder, name, part));
    paths.push_back(state.warehouse->path(part.file));
  }
  return create_view(connection, "facts", name, select_dictionary(paths, dictionary.numeric));
}

Status attach_table(Connection& connection, const SnapshotState& state, const TableInfo& table) {
  ASSIGN_OR_RETURN(const std::vector<PartRow> parts, state.parts(table.name));
  for (const PartRow& part : parts) {
    RETURN_IF_ERROR(check_part_size(state.warehouse->folder, table.name, part));
  }
  std::vector<ReadablePart> readable;
  {
    auto catalog = state.warehouse->reader.use();
    ASSIGN_OR_RETURN(readable, readable_parts(*catalog, parts));
  }
  RETURN_IF_ERROR(create_view(
      connection, "facts", table.name,
      select_parts(state.warehouse->folder, table.columns, table.day_column, readable)));
  return create_view(connection, "main", table.name, select_restored(table, state.dictionaries));
}

// Views that fail with what is wrong, so that the other tables can be read.
Status attach_failing(Connection& connection, const DictionaryInfo& dictionary,
                      const Error& error) {
  const std::vector<ColumnSchema> columns = {
      {"code", "INTEGER", ""}, {"id", "VARCHAR", ""}, {"number", "BIGINT", ""}};
  return create_view(connection, "facts", dictionary_table(dictionary.entity),
                     select_failing(columns, error.to_text()));
}

Status attach_failing(Connection& connection, const TableInfo& table, const Error& error) {
  const std::string select = select_failing(table.columns, error.to_text());
  RETURN_IF_ERROR(create_view(connection, "facts", table.name, select));
  return create_view(connection, "main", table.name, select);
}

bool is_damage(ErrorCode code) {
  return code == ErrorCode::kCorrupt || code == ErrorCode::kIo || code == ErrorCode::kInvalidInput;
}

}  // namespace

Result<std::vector<PartRow>> SnapshotState::parts(const std::string& table) const {
  auto catalog = warehouse->reader.use();
  return catalog->parts(leased.version, table);
}

Result<SnapshotState> take_snapshot(std::shared_ptr<WarehouseState> warehouse) {
  ASSIGN_OR_RETURN(LeasedVersion leased, lease_newest(*warehouse));
  std::vector<TableInfo> tables;
  std::vector<DictionaryInfo> dictionaries;
  {
    auto catalog = warehouse->reader.use();
    ASSIGN_OR_RETURN(std::vector<TableRow> rows, catalog->tables(leased.version));
    for (TableRow& row : rows) {
      if (!is_dictionary(row.info.name)) tables.push_back(std::move(row.info));
    }
    ASSIGN_OR_RETURN(dictionaries, catalog->dictionaries(leased.version));
  }
  return SnapshotState{std::move(warehouse), std::move(leased), std::move(tables),
                       std::move(dictionaries)};
}

int64_t Snapshot::version() const { return state_->leased.version; }

const std::vector<TableInfo>& Snapshot::tables() const { return state_->tables; }

std::optional<TableInfo> Snapshot::table(const std::string& name) const {
  const auto found = std::ranges::find(state_->tables, name, &TableInfo::name);
  if (found == state_->tables.end()) return std::nullopt;
  return *found;
}

bool Snapshot::has(const std::string& name) const {
  return std::ranges::find(state_->tables, name, &TableInfo::name) != state_->tables.end();
}

const std::vector<DictionaryInfo>& Snapshot::dictionaries() const { return state_->dictionaries; }

std::optional<DictionaryInfo> Snapshot::dictionary(const std::string& entity) const {
  const auto found = std::ranges::find(state_->dictionaries, entity, &DictionaryInfo::entity);
  if (found == state_->dictionaries.end()) return std::nullopt;
  return *found;
}

Status Snapshot::attach(Connection& connection, const std::vector<std::string>& only) const {
  for (const std::string& name : only) {
    if (!has(name)) {
      return not_found("the warehouse has no table '" + name + "'")
          .with_mend("`coterie tables` lists what there is; `coterie run` makes the rest");
    }
  }
  RETURN_IF_ERROR(connection.use_private_catalog());
  RETURN_IF_ERROR(connection.execute("CREATE SCHEMA IF NOT EXISTS facts"));
  if (only.empty()) RETURN_IF_ERROR(drop_gone_views(connection, *state_));
  for (const DictionaryInfo& dictionary : state_->dictionaries) {
    const Status status = attach_dictionary(connection, *state_, dictionary);
    if (status.ok()) continue;
    if (!only.empty() || !is_damage(status.error().code)) return status;
    log::warning("{}", status.error().to_text());
    RETURN_IF_ERROR(attach_failing(connection, dictionary, status.error()));
  }
  for (const TableInfo& table : state_->tables) {
    if (!only.empty() && std::ranges::find(only, table.name) == only.end()) continue;
    const Status status = attach_table(connection, *state_, table);
    if (status.ok()) continue;
    if (!only.empty() || !is_damage(status.error().code)) return status;
    log::warning("{}", status.error().to_text());
    RETURN_IF_ERROR(attach_failing(connection, table, status.error()));
  }
  return {};
}

Result<std::vector<DayChange>> Snapshot::changed_days(const std::string& table,
                                                      int64_t since) const {
  auto catalog = state_->warehouse->reader.use();
  return catalog->changed_days(table, since);
}

Result<std::optional<std::string>> Snapshot::mark(const std::string& key) const {
  auto catalog = state_->warehouse->reader.use();
  return catalog->mark(state_->leased.version, key);
}

Result<std::vector<std::pair<std::string, std::string>>> Snapshot::marks(
    const std::string& prefix) const {
  auto catalog = state_->warehouse->reader.use();
  return catalog->marks(state_->leased.version, prefix);
}

Snapshot::Snapshot(std::unique_ptr<SnapshotState> state) : state_(std::move(state)) {}
Snapshot::Snapshot(Snapshot&&) noexcept = default;
Snapshot& Snapshot::operator=(Snapshot&&) noexcept = default;
Snapshot::~Snapshot() = default;

}  // namespace coterie::data
