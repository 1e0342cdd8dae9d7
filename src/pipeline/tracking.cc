#include "pipeline/tracking.h"

#include <csignal>
#include <filesystem>

#include <fmt/format.h>

#include "base/secret.h"
#include "pipeline/sqlite_internal.h"

namespace coterie::pipeline {
namespace {

using internal::Database;
using internal::Statement;
using internal::Transaction;

constexpr std::string_view kScheme = "sqlite:";

constexpr const char* kSchema = R"sql(
CREATE TABLE IF NOT EXISTS runs (
  run_id TEXT PRIMARY KEY, command TEXT NOT NULL, state TEXT NOT NULL, started_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL, process INTEGER NOT NULL, program TEXT NOT NULL,
  peak_bytes INTEGER NOT NULL, error TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS steps (
  run_id TEXT NOT NULL, position INTEGER NOT NULL, step TEXT NOT NULL, version INTEGER NOT NULL,
  state TEXT NOT NULL, reason TEXT NOT NULL, started_at INTEGER NOT NULL, seconds REAL NOT NULL,
  rows INTEGER NOT NULL, peak_bytes INTEGER NOT NULL, error TEXT NOT NULL,
  PRIMARY KEY (run_id, step)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS metrics (
  run_id TEXT NOT NULL, step TEXT NOT NULL, name TEXT NOT NULL, value REAL NOT NULL,
  PRIMARY KEY (run_id, step, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS inputs (
  run_id TEXT NOT NULL, step TEXT NOT NULL, table_name TEXT NOT NULL, version INTEGER NOT NULL,
  PRIMARY KEY (run_id, step, table_name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outputs (
  run_id TEXT NOT NULL, step TEXT NOT NULL, table_name TEXT NOT NULL, version INTEGER NOT NULL,
  rows INTEGER NOT NULL, PRIMARY KEY (run_id, step, table_name)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS outputs_by_table ON outputs (table_name, version);
CREATE TABLE IF NOT EXISTS notes (
  run_id TEXT NOT NULL, step TEXT NOT NULL, position INTEGER NOT NULL, note TEXT NOT NULL,
  PRIMARY KEY (run_id, step, position)) WITHOUT ROWID;
)sql";

constexpr const char* kRunColumns =
    "SELECT run_id, command, state, started_at, finished_at, process, program, peak_bytes, error "
    "FROM runs ";
constexpr const char* kStepColumns =
    "SELECT run_id, position, step, version, state, reason, started_at, seconds, rows, peak_bytes, "
    "error FROM steps ";

RunRecord read_run(const Statement& row) {
  return {.run_id = row.text(0),
          .command = row.text(1),
          .state = row.text(2),
          .started_at = row.integer(3),
          .finished_at = row.integer(4),
          .process = row.integer(5),
          .program = row.text(6),
          .peak_bytes = row.integer(7),
          .error = row.text(8)};
}

StepRecord read_step(const Statement& row) {
  StepRecord step;
  step.position = static_cast<int>(row.integer(1));
  step.step = row.text(2);
  step.version = static_cast<int>(row.integer(3));
  step.state = row.text(4);
  step.reason = row.text(5);
  step.started_at = row.integer(6);
  step.seconds = row.real(7);
  step.rows = row.integer(8);
  step.peak_bytes = row.integer(9);
  step.error = row.text(10);
  return step;
}

bool process_alive(int64_t process) {
  return process > 0 && (kill(static_cast<pid_t>(process), 0) == 0 || errno == EPERM);
}

Result<std::vector<TableVersion>> read_tables(const Database& database, const std::string& sql,
                                              const std::string& run_id, const std::string& step) {
  Statement rows = database.prepare(sql);
  rows.bind(run_id).bind(step);
  std::vector<TableVersion> tables;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, rows.step());
    if (!more) return tables;
    tables.push_back({rows.text(0), rows.integer(1), rows.integer(2)});
  }
}

Result<std::vector<TableVersion>> read_inputs(const Database& database, const std::string& run_id,
                                              const std::string& step) {
  return read_tables(database,
                     "SELECT table_name, version, -1 FROM inputs WHERE run_id = ? AND step = ?",
                     run_id, step);
}

Status read_details(const Database& database, const std::string& run_id, StepRecord& step) {
  Statement metrics =
      database.prepare("SELECT name, value FROM metrics WHERE run_id = ? AND step = ?");
  metrics.bind(run_id).bind(step.step);
  while (true) {
    ASSIGN_OR_RETURN(const bool more, metrics.step());
    if (!more) break;
    step.metrics[metrics.text(0)] = metrics.real(1);
  }
  Statement notes =
      database.prepare("SELECT note FROM notes WHERE run_id = ? AND step = ? ORDER BY position");
  notes.bind(run_id).bind(step.step);
  while (true) {
    ASSIGN_OR_RETURN(const bool more, notes.step());
    if (!more) break;
    step.notes.push_back(notes.text(0));
  }
  ASSIGN_OR_RETURN(step.inputs, read_inputs(database, run_id, step.step));
  ASSIGN_OR_RETURN(
      step.outputs,
      read_tables(database,
                  "SELECT table_name, version, rows FROM outputs WHERE run_id = ? AND step = ?",
                  run_id, step.step));
  return {};
}

Status clear_details(Database& database, const std::string& run_id, const std::string& step) {
  for (const char* table : {"metrics", "inputs", "outputs", "notes"}) {
    Statement clear =
        database.prepare(fmt::format("DELETE FROM {} WHERE run_id = ? AND step = ?", table));
    RETURN_IF_ERROR(clear.bind(run_id).bind(step).run());
  }
  return {};
}

Status write_details(Database& database, const std::string& run_id, const StepRecord& step) {
  for (const auto& [name, value] : step.metrics) {
    Statement insert = database.prepare("INSERT INTO metrics VALUES (?, ?, ?, ?)");
    RETURN_IF_ERROR(insert.bind(run_id).bind(step.step).bind(name).bind(value).run());
  }
  for (const TableVersion& input : step.inputs) {
    Statement insert = database.prepare("INSERT INTO inputs VALUES (?, ?, ?, ?)");
    RETURN_IF_ERROR(
        insert.bind(run_id).bind(step.step).bind(input.table).bind(input.version).run());
  }
  for (const TableVersion& output : step.outputs) {
    Statement insert = database.prepare("INSERT INTO outputs VALUES (?, ?, ?, ?, ?)");
    insert.bind(run_id).bind(step.step).bind(output.table).bind(output.version).bind(output.rows);
    RETURN_IF_ERROR(insert.run());
  }
  int64_t position = 0;
  for (const std::string& note : step.notes) {
    Statement insert = database.prepare("INSERT INTO notes VALUES (?, ?, ?, ?)");
    RETURN_IF_ERROR(insert.bind(run_id).bind(step.step).bind(position++).bind(redact(note)).run());
  }
  return {};
}

}  // namespace

struct Tracking::Impl {
  Database database;
};

Tracking::Tracking(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tracking::Tracking(Tracking&&) noexcept = default;
Tracking& Tracking::operator=(Tracking&&) noexcept = default;
Tracking::~Tracking() = default;

Result<Tracking> Tracking::open(const data::Project& project) {
  if (!project.tracking.starts_with(kScheme)) {
    return Error{ErrorCode::kUnsupported, "runs are recorded in a file of the project only"}
        .at(project.folder + "/coterie.yaml")
        .for_key("tracking")
        .with_mend("write tracking: sqlite:tracking.db");
  }
  const std::filesystem::path file = project.tracking.substr(kScheme.size());
  ASSIGN_OR_RETURN(Database database,
                   Database::open((std::filesystem::path(project.folder) / file).string()));
  RETURN_IF_ERROR(database.execute(kSchema));
  return Tracking(std::make_unique<Impl>(Impl{std::move(database)}));
}

Status Tracking::begin_run(const RunRecord& run) {
  Statement insert = impl_->database.prepare("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert.bind(run.run_id).bind(redact(run.command)).bind(run.state).bind(run.started_at);
  insert.bind(run.finished_at).bind(run.process).bind(run.program).bind(run.peak_bytes);
  return insert.bind(redact(run.error)).run();
}

Status Tracking::save_step(const std::string& run_id, const StepRecord& step) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin(impl_->database));
  Statement insert = impl_->database.prepare(
      "INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert.bind(run_id).bind(int64_t{step.position}).bind(step.step).bind(int64_t{step.version});
  insert.bind(step.state).bind(step.reason).bind(step.started_at).bind(step.seconds);
  insert.bind(step.rows).bind(step.peak_bytes).bind(redact(step.error));
  RETURN_IF_ERROR(insert.run());
  RETURN_IF_ERROR(clear_details(impl_->database, run_id, step.step));
  RETURN_IF_ERROR(write_details(impl_->database, run_id, step));
  return transaction.commit();
}

Status Tracking::finish_run(const std::string& run_id, const std::string& state, Micros finished_at,
                            int64_t peak_bytes, const std::string& error) {
  Statement update = impl_->database.prepare(
      "UPDATE runs SET state = ?, finished_at = ?, peak_bytes = ?, error = ? WHERE run_id = ?");
  update.bind(state).bind(finished_at).bind(peak_bytes).bind(redact(error)).bind(run_id);
  return update.run();
}

Result<std::vector<std::string>> Tracking::close_interrupted() {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin(impl_->database));
  std::vector<std::string> closed;
  Statement running =
      impl_->database.prepare("SELECT run_id, process FROM runs WHERE state = 'running'");
  while (true) {
    ASSIGN_OR_RETURN(const bool more, running.step());
    if (!more) break;
    closed.push_back(running.text(0));
  }
  for (const std::string& run_id : closed) {
    for (const char* sql : {"UPDATE runs SET state = 'interrupted' WHERE run_id = ?",
                            "UPDATE steps SET state = 'interrupted' WHERE run_id = ? AND state "
                            "IN ('running', 'waiting')"}) {
      Statement update = impl_->database.prepare(sql);
      RETURN_IF_ERROR(update.bind(run_id).run());
    }
  }
  RETURN_IF_ERROR(transaction.commit());
  return closed;
}

Result<std::vector<RunRecord>> Tracking::runs(int limit) const {
  Statement rows = impl_->database.prepare(std::string(kRunColumns) +
                                           "ORDER BY started_at DESC, run_id DESC LIMIT ?");
  rows.bind(int64_t{limit});
  std::vector<RunRecord> records;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, rows.step());
    if (!more) return records;
    records.push_back(read_run(rows));
    // Without the run lock we cannot know for sure, but a process that is gone is not running.
    RunRecord& last = records.back();
    if (last.state == "running" && !process_alive(last.process)) last.state = "interrupted";
  }
}

Result<std::optional<RunRecord>> Tracking::run(const std::string& run_id) const {
  Statement row = impl_->database.prepare(std::string(kRunColumns) + "WHERE run_id = ?");
  row.bind(run_id);
  ASSIGN_OR_RETURN(const bool found, row.step());
  if (!found) return std::optional<RunRecord>();
  return std::optional<RunRecord>(read_run(row));
}

Result<std::vector<StepRecord>> Tracking::steps(const std::string& run_id) const {
  Statement rows =
      impl_->database.prepare(std::string(kStepColumns) + "WHERE run_id = ? ORDER BY position");
  rows.bind(run_id);
  std::vector<StepRecord> records;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, rows.step());
    if (!more) break;
    records.push_back(read_step(rows));
  }
  for (StepRecord& record : records) {
    RETURN_IF_ERROR(read_details(impl_->database, run_id, record));
  }
  return records;
}

Result<std::vector<Lineage>> Tracking::lineage(const std::string& table, int64_t version) const {
  Statement rows = impl_->database.prepare(
      "SELECT run_id, step, version, rows FROM outputs WHERE table_name = ? AND (version = ? OR ? "
      "= 0) ORDER BY version DESC");
  rows.bind(table).bind(version).bind(version);
  std::vector<Lineage> found;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, rows.step());
    if (!more) break;
    found.push_back({.run_id = rows.text(0),
                     .step = rows.text(1),
                     .output = {table, rows.integer(2), rows.integer(3)},
                     .inputs = {}});
  }
  for (Lineage& entry : found) {
    ASSIGN_OR_RETURN(entry.inputs, read_inputs(impl_->database, entry.run_id, entry.step));
  }
  return found;
}

Result<std::optional<StepRecord>> Tracking::last_ok(const std::string& step) const {
  Statement row = impl_->database.prepare(
      std::string(kStepColumns) + "WHERE step = ? AND state = 'ok' ORDER BY run_id DESC LIMIT 1");
  row.bind(step);
  ASSIGN_OR_RETURN(const bool found, row.step());
  if (!found) return std::optional<StepRecord>();
  StepRecord record = read_step(row);
  RETURN_IF_ERROR(read_details(impl_->database, row.text(0), record));
  return std::optional<StepRecord>(std::move(record));
}

std::string make_run_id(Micros now, uint64_t entropy) {
  std::string id;
  for (const char c : format_utc(now).substr(0, 19)) {
    if (c == 'T') {
      id += '-';
    } else if (c != '-' && c != ':') {
      id += c;
    }
  }
  return fmt::format("{}-{:04x}", id, entropy & 0xFFFF);
}

}  // namespace coterie::pipeline
