// backup, restore and gc: the warehouse's folder as a whole.

#include <filesystem>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/workspace.h"
#include "features/offline/pushed_rows.h"
#include "features/online/online_project.h"
#include "features/registry/definition.h"
#include "pipeline/run_lock.h"

namespace coterie::cli {
namespace {

namespace fs = std::filesystem;

std::string absolute(const std::string& path) {
  return fs::absolute(path).lexically_normal().string();
}

int64_t folder_bytes(const std::string& folder) {
  int64_t bytes = 0;
  std::error_code fault;
  for (const auto& entry : fs::recursive_directory_iterator(folder, fault)) {
    std::error_code ignored;
    if (entry.is_regular_file(ignored)) bytes += static_cast<int64_t>(entry.file_size(ignored));
  }
  return bytes;
}

Status run_backup(Session& session, const std::string& folder) {
  ASSIGN_OR_RETURN(Workspace workspace, Workspace::open(session, "backup"));
  const std::string destination = absolute(folder);
  const Stopwatch watch;
  RETURN_IF_ERROR(workspace.warehouse.backup(destination));
  const int64_t bytes = folder_bytes(destination);
  session.print(fmt::format("backed up {} to {} in {}", format_bytes(bytes), destination,
                            format_duration(watch.seconds())));
  session.remark("restore it with: coterie restore " + folder);
  session.print_json({{"backup", destination}, {"bytes", bytes}});
  return {};
}

Status run_restore(Session& session, const std::string& folder) {
  ASSIGN_OR_RETURN(const std::string project_folder, session.project_folder());
  ASSIGN_OR_RETURN(const data::Project project, data::load_project(project_folder));
  ASSIGN_OR_RETURN(const auto lock,
                   pipeline::RunLock::acquire(project_folder, session.options().line));
  const std::string source = absolute(folder);
  RETURN_IF_ERROR(data::Warehouse::restore(source, project.warehouse_folder));
  ASSIGN_OR_RETURN(data::Warehouse warehouse, data::Warehouse::open(project.warehouse_folder));
  ASSIGN_OR_RETURN(const data::Snapshot snapshot, warehouse.snapshot());
  const size_t tables = snapshot.tables().size();
  session.print(fmt::format("restored {} tables from {}; the warehouse is at version {}", tables,
                            source, snapshot.version()));
  session.print_json(
      {{"restored_from", source}, {"tables", tables}, {"version", snapshot.version()}});
  return {};
}

struct GcOptions {
  int64_t keep_versions = 5;
  std::string keep_log = "30d";
};

Result<features::RetentionReport> trim_log(Workspace& workspace, const GcOptions& options) {
  features::RetentionConfig config = features::retention_config(workspace.project);
  auto keep = features::parse_duration(options.keep_log);
  if (!keep) return std::move(keep).error().for_key("--keep-log");
  config.keep = *keep;
  ASSIGN_OR_RETURN(const data::Snapshot snapshot, workspace.warehouse.snapshot());
  ASSIGN_OR_RETURN(config.loaded, features::pushed_offset(snapshot));
  return features::trim_event_log(config);
}

Json log_json(const Result<features::RetentionReport>& log) {
  if (!log.ok()) return Json(error_to_json(log.error()));
  return {{"segments_removed", log->trimmed.segments},
          {"bytes_removed", log->trimmed.bytes},
          {"begin", log->trimmed.begin},
          {"end", log->trimmed.end},
          {"loaded", log->loaded},
          {"checkpoint", log->checkpoint}};
}

std::string log_text(const features::RetentionReport& log) {
  const events::TrimReport& trimmed = log.trimmed;
  return fmt::format(
      "event log: removed {} segments ({}), keeps {}; loaded to offset {}, "
      "checkpoint at {}",
      format_count(trimmed.segments), format_bytes(trimmed.bytes),
      format_bytes(trimmed.end - trimmed.begin), log.loaded, log.checkpoint);
}

Status run_gc(Session& session, const GcOptions& options) {
  ASSIGN_OR_RETURN(Workspace workspace, Workspace::open(session, "gc"));
  const auto log = trim_log(workspace, options);
  if (!log.ok() && log.error().code == ErrorCode::kInvalidInput) return log.error();
  ASSIGN_OR_RETURN(const data::GcReport report,
                   workspace.warehouse.gc(static_cast<int>(options.keep_versions)));
  session.print(
      fmt::format("removed {} files ({}), forgot {} versions, kept {} that are being read",
                  format_count(report.files_removed), format_bytes(report.bytes_removed),
                  format_count(report.versions_pruned), format_count(report.versions_in_use)));
  if (log.ok() && log->trimmed.end > 0) session.print(log_text(*log));
  session.print_json({{"files_removed", report.files_removed},
                      {"bytes_removed", report.bytes_removed},
                      {"versions_pruned", report.versions_pruned},
                      {"versions_in_use", report.versions_in_use},
                      {"event_log", log_json(log)}});
  if (log.ok()) return {};
  Error error = log.error();
  error.message = "the event log was not trimmed: " + error.message;
  return error;
}

}  // namespace

Command make_backup_command() {
  const auto folder = std::make_shared<std::string>();
  return {.name = "backup",
          .summary = "Copy the warehouse as it is now into a new folder",
          .details = "Consistent, while others read and write. The copy is a warehouse by itself.",
          .examples = {"coterie backup ../shop-backup"},
          .declare =
              [folder](Arguments& arguments) {
                arguments.positional_path("DIR", *folder, "a folder that does not exist yet", true);
              },
          .run = [folder](Session& session) { return run_backup(session, *folder); },
          .children = {}};
}

Command make_restore_command() {
  const auto folder = std::make_shared<std::string>();
  return {.name = "restore",
          .summary = "Put a backup in the place of the warehouse",
          .details =
              "Every file is checked first; the folders are then swapped in one rename. "
              "Refused while a run is under way.",
          .examples = {"coterie restore ../shop-backup"},
          .declare =
              [folder](Arguments& arguments) {
                arguments.positional_path("DIR", *folder, "what coterie backup made", true);
              },
          .run = [folder](Session& session) { return run_restore(session, *folder); },
          .children = {}};
}

Command make_gc_command() {
  const auto options = std::make_shared<GcOptions>();
  return {
      .name = "gc",
      .summary = "Forget old table versions and remove files nobody needs",
      .details =
          "Versions that a reader still uses are kept. Of the event log whole segments go whose "
          "events the warehouse has loaded (coterie run --select pushed_rows) and the online "
          "store's checkpoint holds, and that are older than --keep-log; the newest million "
          "events stay, so that events which come twice are told. A serving process goes on "
          "meanwhile. A backup of the warehouse can be gone on from while the log reaches back "
          "to it.",
      .examples = {"coterie gc --keep-versions 2", "coterie gc --keep-log 7d"},
      .declare =
          [options](Arguments& arguments) {
            arguments.count("--keep-versions", options->keep_versions,
                            "newest warehouse versions to keep", {.min = 1, .max = 1'000'000});
            arguments.text("--keep-log", options->keep_log, "DURATION",
                           "how long events stay in the log though nobody needs them");
          },
      .run = [options](Session& session) { return run_gc(session, *options); },
      .children = {}};
}

}  // namespace coterie::cli
