#include "steps/ingest_step.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/clock.h"
#include "data/ingest/ingest.h"
#include "data/ingest/source_files.h"
#include "pipeline/run_lock.h"

namespace coterie::steps {
namespace {

// Listing files needs no more.
constexpr int64_t kListingMemory = int64_t{256} << 20;

Result<data::Engine> open_listing_engine() {
  return data::Engine::open({.threads = 1, .memory_bytes = kListingMemory});
}

// Every setting of the section `sources` and what else decides how values are read. Sources compare
// their own part again; this only makes the step stale.
std::string config_text(const data::Project& project) {
  std::string text =
      fmt::format("timezone={} money={}/{}/{}", project.timezone, project.money.currency,
                  project.money.decimals, static_cast<int>(project.money.rounding));
  for (const data::SourceConfig& source : project.sources) {
    text += "\n" + source.name + ": " + (source.node ? source.node->to_text() : "");
  }
  return text;
}

// What a person should know of a role's load; nothing when everything was read as it is.
std::vector<std::string> role_notes(const data::RoleReport& role) {
  if (role.mode == data::LoadMode::kOff) return {role.role + ": off, it has no files"};
  std::vector<std::string> left_out;
  const auto leave_out = [&left_out](int64_t rows, const std::string& what) {
    if (rows > 0) left_out.push_back(fmt::format("{} {}", format_count(rows), what));
  };
  leave_out(role.rows_rejected, "rejected (see rejected_" + role.role + ")");
  leave_out(role.rows_duplicate, "duplicates");
  leave_out(role.rows_filtered, "filtered out");
  for (const auto& [name, rows] : role.dropped) leave_out(rows, name);
  std::vector<std::string> counted;
  for (const auto& [name, rows] : role.counted) {
    if (rows == 0) continue;
    const double share = static_cast<double>(rows) / static_cast<double>(role.rows_read);
    counted.push_back(fmt::format("{} {} ({:.1f} %)", format_count(rows), name, 100 * share));
  }
  if (left_out.empty() && counted.empty()) return {};
  std::vector<std::string> notes = {fmt::format("{}: {} rows read, {} loaded", role.role,
                                                format_count(role.rows_read),
                                                format_count(role.rows_loaded))};
  if (!left_out.empty()) {
    notes.push_back(fmt::format("  left out: {}", fmt::join(left_out, ", ")));
  }
  if (!counted.empty()) {
    notes.push_back(fmt::format("  of the rows read: {}", fmt::join(counted, ", ")));
  }
  return notes;
}

Result<pipeline::StepReport> run_ingest(pipeline::StepContext& context) {
  RETURN_IF_ERROR(refuse_truth(context.project));
  ASSIGN_OR_RETURN(
      const data::IngestReport loaded,
      data::ingest(
          {.project = context.project,
           .engine = context.engine,
           .snapshot = context.inputs,
           .transaction = context.transaction,
           .progress = context.progress,
           .run_id = context.run_id,
           .force = context.force,
           .staging_folder = pipeline::private_folder(context.project.folder) + "/staging"}));
  pipeline::StepReport report;
  for (const data::RoleReport& role : loaded.roles) {
    if (role.rows_loaded > 0) report.rows_out.emplace_back(role.role, role.rows_loaded);
    for (std::string& note : role_notes(role)) report.notes.push_back(std::move(note));
    for (const data::RejectedExample& example : role.examples) {
      report.notes.push_back("  " + example.to_text());
    }
    for (const std::string& note : role.notes) report.notes.push_back("  " + note);
  }
  return report;
}

}  // namespace

Status refuse_truth(const data::Project& project) {
  ASSIGN_OR_RETURN(data::Engine engine, open_listing_engine());
  ASSIGN_OR_RETURN(data::Connection connection, engine.connect());
  for (const data::SourceConfig& source : project.sources) {
    if (source.files.empty()) continue;
    ASSIGN_OR_RETURN(const auto files, data::find_source_files(project, source, connection));
    RETURN_IF_ERROR(data::refuse_truth(project, source, files));
  }
  return {};
}

pipeline::Step make_ingest_step(const data::Project& project) {
  pipeline::Step step;
  step.name = "ingest";
  step.version = 1;
  for (const data::SourceConfig& source : project.sources) {
    if (!source.role.empty()) step.optional_outputs.push_back(source.role);
    if (!source.postgres_url.empty()) step.outside_reason = "its database is read again";
  }
  step.config = config_text(project);
  step.reads_outside = true;
  step.run = run_ingest;
  step.outside_state = [](const data::Project& of) -> Result<std::string> {
    ASSIGN_OR_RETURN(data::Engine engine, open_listing_engine());
    return data::outside_state(of, engine);
  };
  return step;
}

}  // namespace coterie::steps
