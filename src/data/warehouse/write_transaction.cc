#include "data/warehouse/write_transaction.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <random>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/core.h>
#include <unistd.h>

#include "base/clock.h"
#include "data/warehouse/parts_internal.h"
#include "data/warehouse/transaction_internal.h"

namespace coterie::data {
namespace {

namespace fs = std::filesystem;

int64_t rows_of(const StagedWrite& write) { return write.part ? write.part->rows : 0; }

// Which table is written how, and with what shape it ends up.
Status give_shape(TransactionState& state, StagedWrite& write,
                  const std::vector<ColumnInfo>& columns, const TableOptions& options) {
  ASSIGN_OR_RETURN(const std::optional<TableShape> existing, state.shape_now(write.table));
  const bool fresh = !existing || (write.kind == WriteKind::kReplace && options.reshape);
  ASSIGN_OR_RETURN(write.shape,
                   shape_after(write.table, columns, options, fresh ? nullptr : &*existing));
  if (write.kind == WriteKind::kReplaceDays && write.shape.day_column.empty()) {
    return invalid_input("days can be replaced only in a table with a day column")
        .in_table(write.table)
        .with_mend("declare TableOptions::day_column, or replace the whole table");
  }
  write.reshape = options.reshape;
  return {};
}

Result<int64_t> stage_write(TransactionState& state, StagedWrite write, Connection& connection,
                            const std::string& select, const TableOptions& options) {
  RETURN_IF_ERROR(state.check_open());
  RETURN_IF_ERROR(check_table_name(write.table));
  ASSIGN_OR_RETURN(const std::vector<ColumnInfo> columns, connection.describe(select));
  RETURN_IF_ERROR(give_shape(state, write, columns, options));
  const std::string sql = projection(write.shape, columns, select);
  RETURN_IF_ERROR(stage(state, connection, std::move(write), sql));
  return rows_of(state.writes.back());
}

StagedWrite staged(WriteKind kind, const std::string& table) {
  StagedWrite write;
  write.kind = kind;
  write.table = table;
  return write;
}

Result<int64_t> stage_rows(TransactionState& state, StagedWrite write, Connection& connection,
                           const RowSource& rows, const TableOptions& options) {
  RETURN_IF_ERROR(state.check_open());
  RETURN_IF_ERROR(check_table_name(write.table));
  RETURN_IF_ERROR(give_shape(state, write, rows.columns, options));
  RETURN_IF_ERROR(stage(state, connection, std::move(write), "", &rows));
  return rows_of(state.writes.back());
}

void remove_part_file(const TransactionState& state, const StagedWrite& write) {
  std::error_code ignored;
  if (write.part) fs::remove(state.warehouse->path(write.part->file), ignored);
}

Status check_days(const StagedWrite& write, const char* mend) {
  if (!write.part) return {};
  for (const DayCount& day : write.part->days) {
    if (write.first_day <= day.day && day.day <= write.last_day) continue;
    return invalid_input(fmt::format("{} rows are of {}, outside the days to replace, {} to {}",
                                     day.rows, day_text(day.day), day_text(write.first_day),
                                     day_text(write.last_day)))
        .in_table(write.table, write.shape.day_column)
        .with_mend(mend);
  }
  return {};
}

Result<StagedWrite> staged_days(const std::string& table, int32_t first_day, int32_t last_day) {
  if (first_day > last_day) {
    return invalid_input(fmt::format("the first day, {}, is behind the last, {}",
                                     day_text(first_day), day_text(last_day)))
        .in_table(table);
  }
  StagedWrite write = staged(WriteKind::kReplaceDays, table);
  write.first_day = first_day;
  write.last_day = last_day;
  return write;
}

// Takes the write just staged back if it holds other days.
Status keep_if_days_fit(TransactionState& state, const char* mend) {
  Status fit = check_days(state.writes.back(), mend);
  if (fit.ok()) return fit;
  remove_part_file(state, state.writes.back());
  state.writes.pop_back();
  return fit;
}

}  // namespace

Result<StagingClaim> StagingClaim::make(const std::string& warehouse) {
  static std::atomic<uint32_t> counter{std::random_device()()};
  RETURN_IF_ERROR(make_folders(staging_path(warehouse)));
  while (true) {
    const std::string id = fmt::format("{:014x}-{:x}-{:08x}", now_micros(), getpid(), counter++);
    const std::string path = staging_path(warehouse) + "/" + id + ".lock";
    Result<FileLock> lock = FileLock::try_acquire(path);
    // gc() may take the new file for a dead writer's before it is locked, and remove it.
    const bool taken = !lock.ok() && lock.error().code == ErrorCode::kConflict;
    if (!lock.ok() && !taken) return std::move(lock).error();
    if (!taken && fs::exists(path)) return StagingClaim(id, path, *std::move(lock));
  }
}

StagingClaim::StagingClaim(StagingClaim&& other) noexcept
    : id_(std::move(other.id_)),
      path_(std::move(other.path_)),
      lock_(std::exchange(other.lock_, std::nullopt)) {}

StagingClaim::~StagingClaim() {
  if (!lock_) return;
  std::error_code ignored;
  fs::remove(path_, ignored);
}

TransactionState::~TransactionState() { remove_staged_files(); }

void TransactionState::remove_staged_files() {
  for (const StagedWrite& write : writes) remove_part_file(*this, write);
  writes.clear();
  std::error_code ignored;
  for (const std::string& path : scratch) fs::remove(path, ignored);
  scratch.clear();
}

Status TransactionState::check_open() const {
  if (over) return internal_error("the transaction is over");
  return {};
}

Result<std::string> TransactionState::next_part(const std::string& table) {
  if (!claim) {
    ASSIGN_OR_RETURN(StagingClaim made, StagingClaim::make(warehouse->folder));
    claim.emplace(std::move(made));
  }
  return fmt::format("{}/part-{}-{}.parquet", table, claim->id(), next_file++);
}

Result<std::optional<TableShape>> TransactionState::shape_now(const std::string& table) {
  for (auto write = writes.rbegin(); write != writes.rend(); ++write) {
    if (write->table != table) continue;
    if (write->kind == WriteKind::kDrop) return std::optional<TableShape>();
    return std::optional(write->shape);
  }
  auto catalog = warehouse->reader.use();
  ASSIGN_OR_RETURN(const int64_t newest, catalog->newest_version());
  ASSIGN_OR_RETURN(const std::optional<TableRow> row, catalog->table(newest, table));
  if (!row) return std::optional<TableShape>();
  return std::optional(shape_of(row->info));
}

Status stage(TransactionState& state, Connection& connection, StagedWrite write,
             const std::string& select, const RowSource* rows) {
  ASSIGN_OR_RETURN(const std::string file, state.next_part(write.table));
  ASSIGN_OR_RETURN(write.part, write_part(connection, {.warehouse = state.warehouse->folder,
                                                       .table = write.table,
                                                       .file = file,
                                                       .select = select,
                                                       .rows = rows,
                                                       .day_column = write.shape.day_column}));
  state.writes.push_back(std::move(write));
  return {};
}

Result<int64_t> WriteTransaction::replace(const std::string& table, Connection& connection,
                                          const std::string& select, const TableOptions& options) {
  return stage_write(*state_, staged(WriteKind::kReplace, table), connection, select, options);
}

Result<int64_t> WriteTransaction::append(const std::string& table, Connection& connection,
                                         const std::string& select, const TableOptions& options) {
  return stage_write(*state_, staged(WriteKind::kAppend, table), connection, select, options);
}

Result<int64_t> WriteTransaction::replace(const std::string& table, Connection& connection,
                                          const RowSource& rows, const TableOptions& options) {
  return stage_rows(*state_, staged(WriteKind::kReplace, table), connection, rows, options);
}

Result<int64_t> WriteTransaction::append(const std::string& table, Connection& connection,
                                         const RowSource& rows, const TableOptions& options) {
  return stage_rows(*state_, staged(WriteKind::kAppend, table), connection, rows, options);
}

Result<int64_t> WriteTransaction::replace_days(const std::string& table, Connection& connection,
                                               const std::string& select, int32_t first_day,
                                               int32_t last_day, const TableOptions& options) {
  ASSIGN_OR_RETURN(StagedWrite write, staged_days(table, first_day, last_day));
  ASSIGN_OR_RETURN(const int64_t rows,
                   stage_write(*state_, std::move(write), connection, select, options));
  RETURN_IF_ERROR(keep_if_days_fit(*state_, "select these days only"));
  return rows;
}

Result<int64_t> WriteTransaction::replace_days(const std::string& table, Connection& connection,
                                               const RowSource& rows, int32_t first_day,
                                               int32_t last_day, const TableOptions& options) {
  ASSIGN_OR_RETURN(StagedWrite write, staged_days(table, first_day, last_day));
  ASSIGN_OR_RETURN(const int64_t written,
                   stage_rows(*state_, std::move(write), connection, rows, options));
  RETURN_IF_ERROR(keep_if_days_fit(*state_, "write rows of these days only"));
  return written;
}

Result<std::string> WriteTransaction::scratch_file(const std::string& table) {
  RETURN_IF_ERROR(state_->check_open());
  RETURN_IF_ERROR(check_table_name(table));
  ASSIGN_OR_RETURN(const std::string file, state_->next_part(table));
  const std::string path = state_->warehouse->path(file);
  RETURN_IF_ERROR(make_folders(fs::path(path).parent_path().string()));
  return state_->scratch.emplace_back(path);
}

Status WriteTransaction::drop(const std::string& table) {
  RETURN_IF_ERROR(state_->check_open());
  RETURN_IF_ERROR(check_table_name(table));
  state_->writes.push_back(staged(WriteKind::kDrop, table));
  return {};
}

void WriteTransaction::set_mark(const std::string& key, const std::string& value) {
  state_->marks[key] = value;
}

void WriteTransaction::remove_mark(const std::string& key) { state_->marks[key] = std::nullopt; }

void WriteTransaction::require_version(const std::string& table, int64_t version) {
  state_->required.emplace_back(table, version);
}

Result<int64_t> WriteTransaction::commit() {
  RETURN_IF_ERROR(state_->check_open());
  state_->over = true;
  Result<int64_t> version = commit_transaction(*state_);
  // After an input/output error the commit may yet turn out to have happened: gc() will know.
  if (!version.ok() && version.error().code == ErrorCode::kIo) state_->writes.clear();
  state_->remove_staged_files();  // after success only scratch files are left
  state_->claim.reset();
  state_->encoding.reset();
  state_->leased.reset();
  return version;
}

WriteTransaction::WriteTransaction(std::unique_ptr<TransactionState> state)
    : state_(std::move(state)) {}
WriteTransaction::WriteTransaction(WriteTransaction&&) noexcept = default;
WriteTransaction& WriteTransaction::operator=(WriteTransaction&&) noexcept = default;
WriteTransaction::~WriteTransaction() = default;

}  // namespace coterie::data
