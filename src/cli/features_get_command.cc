#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/features_commands.h"
#include "cli/features_view.h"
#include "cli/offline_work.h"
#include "cli/workspace.h"
#include "features/offline/point_in_time.h"
#include "features/registry/history.h"
#include "lab/file_formats.h"

namespace coterie::cli {
namespace {

struct GetOptions {
  std::string spine;
  std::string service;
  std::vector<std::string> features;
  std::string out;
  std::string time;
};

Result<std::vector<const features::FeatureDefinition*>> asked_features(
    const features::Registry& registry, const GetOptions& options) {
  if (!options.service.empty() && !options.features.empty()) {
    return invalid_input("--service and --feature exclude each other")
        .with_mend("name a service, or features one by one");
  }
  if (!options.service.empty()) return features::features_of_service(registry, options.service);
  std::vector<const features::FeatureDefinition*> asked;
  for (const std::string& name : options.features) {
    const features::FeatureDefinition* feature = registry.feature(name);
    if (feature == nullptr) return no_such_feature(registry, name);
    asked.push_back(feature);
  }
  if (asked.empty())
    return invalid_input("nothing is asked for")
        .with_mend("name a service with --service, or features with --feature");
  return asked;
}

std::string absolute(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

void report(Session& session, const GetOptions& options, size_t count,
            const features::PointInTimeReport& done) {
  session.print(fmt::format("{}: {} rows, {} features, {}\n", options.out, format_count(done.rows),
                            count, format_bytes(done.bytes)));
  if (done.unknown > 0) {
    session.print(fmt::format("{} rows name nobody that the sources know: their values are null\n",
                              format_count(done.unknown)));
  }
  session.remark(fmt::format("{} events read in {}, values computed in {}",
                             format_count(done.events), format_duration(done.read_seconds),
                             format_duration(done.compute_seconds)));
  session.print_json({{"out", options.out},
                      {"rows", done.rows},
                      {"features", count},
                      {"unknown_entities", done.unknown},
                      {"events", done.events},
                      {"partitions", done.partitions},
                      {"bytes", done.bytes},
                      {"read_seconds", done.read_seconds},
                      {"compute_seconds", done.compute_seconds}});
}

// What the warehouse holds is replaced by the warehouse alone.
Status check_not_of_project(const Workspace& workspace, const std::string& out,
                            const std::string& named) {
  const auto within = std::filesystem::weakly_canonical(out).lexically_relative(
      std::filesystem::weakly_canonical(workspace.warehouse.folder()));
  if (within.empty() || *within.begin() == "..") return {};
  return invalid_input("is inside of the warehouse")
      .at(named)
      .for_key("--out")
      .with_mend("name a file elsewhere");
}

Status run_get(Session& session, const GetOptions& options) {
  const std::string spine = absolute(options.spine);
  const std::string out = absolute(options.out);
  if (!std::filesystem::is_regular_file(spine))
    return not_found("the spine is not there").at(options.spine);
  if (!out.ends_with(".parquet")) {
    return invalid_input("is no .parquet file, and no other kind is written")
        .at(options.out)
        .for_key("--out")
        .with_mend("name a file that ends in .parquet");
  }
  RETURN_IF_ERROR(lab::check_writable("--out", out, {spine}));
  ASSIGN_OR_RETURN(Workspace workspace, Workspace::open(session, "features"));
  RETURN_IF_ERROR(check_not_of_project(workspace, out, options.out));
  ASSIGN_OR_RETURN(const features::Registry registry,
                   features::load_with_history(workspace.project.folder));
  ASSIGN_OR_RETURN(const auto asked, asked_features(registry, options));
  ASSIGN_OR_RETURN(
      OfflineWork work,
      OfflineWork::open(workspace, {spine, std::filesystem::path(out).parent_path().string()}));
  ASSIGN_OR_RETURN(
      const features::PointInTimeReport done,
      features::get_point_in_time(
          work.context(workspace, registry),
          {.features = asked, .spine = {.file = spine, .time = options.time}, .out = out}));
  std::vector<std::string> names;
  for (const features::FeatureDefinition* feature : asked) names.push_back(feature->name);
  std::vector<std::string> services;
  if (!options.service.empty()) services.push_back(options.service);
  RETURN_IF_ERROR(features::record_versions(workspace.project.folder, registry, names, services));
  report(session, options, asked.size(), done);
  return {};
}

}  // namespace

Command make_features_get_command() {
  const auto options = std::make_shared<GetOptions>();
  return {.name = "get",
          .summary = "Values as they were at past moments: a training set",
          .details =
              "The spine is a Parquet or CSV file with the entities' join keys and a column of "
              "times (event_timestamp, or --timestamp-field; UTC, and a date means its end). Each "
              "row gets what was visible then, never what came later. The result has the spine's "
              "rows in their order, its columns, and a column a feature.",
          .examples = {"coterie features get --spine labels.parquet --service customer_profile "
                       "--out training.parquet"},
          .declare =
              [options](Arguments& arguments) {
                arguments.path("--spine", options->spine, "FILE", "entities and times");
                arguments.text("--service", options->service, "NAME", "the features of a service");
                arguments.texts("--feature", options->features, "NAME", "or single ones");
                arguments.path("--out", options->out, "FILE", "the Parquet file to write");
                arguments.text("--timestamp-field", options->time, "COLUMN",
                               "the spine's column of times");
              },
          .run = [options](Session& session) -> Status {
            if (options->spine.empty() || options->out.empty()) {
              return invalid_input("--spine and --out are needed")
                  .with_mend("see coterie features get --help");
            }
            return run_get(session, *options);
          },
          .children = {}};
}

}  // namespace coterie::cli
