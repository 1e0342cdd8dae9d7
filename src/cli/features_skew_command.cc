#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/clock.h"
#include "cli/features_commands.h"
#include "cli/features_view.h"
#include "cli/offline_work.h"
#include "cli/online_project.h"
#include "cli/skew_report.h"
#include "cli/text_table.h"
#include "cli/workspace.h"
#include "features/offline/pushed_rows.h"
#include "pipeline/run_lock.h"

namespace coterie::cli {
namespace {

struct SkewCommandOptions {
  int64_t limit = 10'000;
  double tolerance = 1e-9;
  double least_equal = 0.999;
};

// A folder for spine and values, gone afterwards.
class WorkFolder {
 public:
  static Result<WorkFolder> make(const std::string& project_folder) {
    std::string path =
        fmt::format("{}/tmp/skew.{}", pipeline::private_folder(project_folder), getpid());
    RETURN_IF_ERROR(make_folders(path));
    return WorkFolder(std::move(path));
  }
  WorkFolder(WorkFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  WorkFolder& operator=(WorkFolder&&) = delete;
  ~WorkFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  explicit WorkFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

std::string share_text(int64_t equal, int64_t compared) {
  return compared == 0 ? "-"
                       : fmt::format("{:.4f} %", 100.0 * static_cast<double>(equal) /
                                                     static_cast<double>(compared));
}

void print_text(Session& session, const SkewReport& report) {
  session.print(fmt::format("{} of {} values of {} served vectors equal the offline ones ({})",
                            format_count(report.equal), format_count(report.compared),
                            format_count(report.vectors),
                            share_text(report.equal, report.compared)));
  if (report.not_loaded > 0) {
    session.print(
        fmt::format("{} vectors are newer than what the warehouse has of the event log: "
                    "`coterie run --select pushed_rows` loads it",
                    format_count(report.not_loaded)));
  }
  if (report.other_versions > 0) {
    session.print(fmt::format("{} values are of other versions of their features, and left out",
                              format_count(report.other_versions)));
  }
  for (const auto& [reference, skew] : report.features) {
    if (skew.equal == skew.compared) continue;
    session.print(fmt::format("{}: {} of {} equal, greatest difference {:.3g}", reference,
                              format_count(skew.equal), format_count(skew.compared),
                              skew.greatest));
  }
  for (const SkewDifference& each : report.worst) {
    session.print(fmt::format("  {} of {} at {}: online {}, offline {}", each.feature, each.entity,
                              format_utc(each.at), each.online, each.offline));
  }
}

Json report_json(const SkewReport& report) {
  Json features = Json::object();
  for (const auto& [reference, skew] : report.features) {
    features[reference] = {
        {"compared", skew.compared}, {"equal", skew.equal}, {"greatest_difference", skew.greatest}};
  }
  Json worst = Json::array();
  for (const SkewDifference& each : report.worst) {
    worst.push_back({{"feature", each.feature},
                     {"entity", each.entity},
                     {"at", format_utc(each.at)},
                     {"online", each.online},
                     {"offline", each.offline},
                     {"difference", each.size}});
  }
  return {{"vectors", report.vectors},
          {"not_loaded", report.not_loaded},
          {"other_versions", report.other_versions},
          {"values", report.compared},
          {"equal", report.equal},
          {"equal_share", report.equal_share()},
          {"features", features},
          {"worst", worst}};
}

Status run_skew(Session& session, const SkewCommandOptions& options) {
  ASSIGN_OR_RETURN(const OpenedRegistry opened, OpenedRegistry::open(session));
  ASSIGN_OR_RETURN(Workspace workspace, Workspace::open(session, "features"));
  ASSIGN_OR_RETURN(const auto served, serving::read_served(served_sample_file(workspace.project),
                                                           static_cast<size_t>(options.limit)));
  ASSIGN_OR_RETURN(const WorkFolder work, WorkFolder::make(workspace.project.folder));
  ASSIGN_OR_RETURN(OfflineWork offline, OfflineWork::open(workspace, {work.path()}));
  ASSIGN_OR_RETURN(const int64_t loaded, features::pushed_offset(offline.reader().snapshot));
  ASSIGN_OR_RETURN(
      const SkewReport report,
      compare_served(
          offline.context(workspace, opened.registry), served,
          {.loaded_offset = loaded, .tolerance = options.tolerance, .folder = work.path()}));
  print_text(session, report);
  session.print_json(report_json(report));
  if (report.compared == 0) {
    return Error(ErrorCode::kUnavailable, "no value could be compared")
        .with_mend(report.not_loaded > 0 ? "load the event log: coterie run --select pushed_rows"
                                         : "serve requests, and compare again");
  }
  if (report.equal_share() >= options.least_equal) return {};
  return Error(ErrorCode::kConflict,
               fmt::format("only {} of the values agree, {:.4f} % are asked for",
                           share_text(report.equal, report.compared), 100 * options.least_equal))
      .with_mend(
          "see the differences above; `coterie features materialize` gives the server what "
          "the warehouse has");
}

}  // namespace

Command make_features_skew_command() {
  const auto options = std::make_shared<SkewCommandOptions>();
  return {
      .name = "skew",
      .summary = "Hold served vectors against the offline values of the same moments",
      .details =
          "`coterie serve` keeps a sample of what it served. Each value is computed again from "
          "the warehouse, as of the moment at which it was served, and compared: numbers within "
          "the tolerance, relative to the greater of the two, everything else exactly. Vectors "
          "that are newer than what the warehouse has of the event log are counted and left "
          "out. Exit status 1 if too few values agree.",
      .examples = {"coterie features skew", "coterie features skew --least-equal 1 --json"},
      .declare =
          [options](Arguments& arguments) {
            arguments.count("--limit", options->limit, "the newest vectors, so many",
                            {.min = 1, .max = 10'000'000});
            arguments.real("--tolerance", options->tolerance, "relative, of numbers", 0, 1);
            arguments.real("--least-equal", options->least_equal, "share of values that must agree",
                           0, 1);
          },
      .run = [options](Session& session) { return run_skew(session, *options); },
      .children = {}};
}

}  // namespace coterie::cli
