#include <filesystem>

#include <fmt/format.h>

#include "cli/features_commands.h"
#include "cli/features_view.h"
#include "cli/text_table.h"
#include "features/registry/registry_diff.h"

namespace coterie::cli {
namespace {

using features::ChangeKind;
using features::Registry;
using features::RegistryChange;

// A project's folder, or the folder that holds a registry's files.
Result<Registry> load_other(const std::string& folder) {
  std::error_code fault;
  if (std::filesystem::is_directory(std::filesystem::path(folder) / "feature_store", fault)) {
    return Registry::load(folder);
  }
  return Registry::load_folder(folder);
}

// What the registry says beyond, or against, what values were made with.
std::vector<RegistryChange> since_recorded(const Registry& registry,
                                           const features::VersionHistory& history) {
  std::vector<RegistryChange> changes;
  for (const features::FeatureDefinition& feature : registry.features()) {
    const auto recorded = history.features.find(feature.reference());
    if (recorded == history.features.end()) {
      changes.push_back({"feature", feature.name, ChangeKind::kAdded, 0, feature.version, {}});
      continue;
    }
    const auto details = features::meaning_changes(recorded->second, registry.meaning(feature));
    if (details.empty()) continue;
    changes.push_back(
        {"feature", feature.name, ChangeKind::kMeaning, feature.version, feature.version, details});
  }
  return changes;
}

std::string version_text(const RegistryChange& change) {
  if (change.old_version == change.new_version) return std::to_string(change.new_version);
  const auto shown = [](int version) { return version == 0 ? "" : std::to_string(version); };
  if (change.old_version == 0 || change.new_version == 0) {
    return shown(std::max(change.old_version, change.new_version));
  }
  return shown(change.old_version) + " -> " + shown(change.new_version);
}

Json change_json(const RegistryChange& change) {
  Json json = {{"what", change.what},
               {"name", change.name},
               {"change", features::change_name(change.kind)},
               {"details", change.details}};
  if (change.old_version > 0) json["old_version"] = change.old_version;
  if (change.new_version > 0) json["new_version"] = change.new_version;
  return json;
}

void print_changes(Session& session, const std::vector<RegistryChange>& changes) {
  TextTable table({{"what"}, {"name"}, {"change"}, {"version"}, {"details"}});
  Json document = Json::array();
  for (const RegistryChange& change : changes) {
    const std::string name(features::change_name(change.kind));
    table.add({change.what, change.name, name, version_text(change),
               change.details.empty() ? "" : change.details.front()});
    for (size_t i = 1; i < change.details.size(); ++i) {
      table.add({"", "", "", "", change.details[i]});
    }
    document.push_back(change_json(change));
  }
  session.print(changes.empty() ? "no differences" : table.render(0, 100));
  session.print_json(document);
}

Status diff(Session& session, const std::string& old_folder) {
  ASSIGN_OR_RETURN(const std::string folder, session.project_folder());
  ASSIGN_OR_RETURN(const Registry registry, Registry::load(folder));
  if (old_folder.empty()) {
    ASSIGN_OR_RETURN(const auto history, features::VersionHistory::load(folder));
    print_changes(session, since_recorded(registry, history));
    return {};
  }
  ASSIGN_OR_RETURN(const Registry other, load_other(old_folder));
  print_changes(session, features::diff_registries(other, registry));
  return {};
}

}  // namespace

Command make_features_diff_command() {
  const auto folder = std::make_shared<std::string>();
  return {.name = "diff",
          .summary = "What changed in the feature registry",
          .details =
              "Against OLD_FOLDER, a project or a folder with the files of a registry: what was "
              "added and removed, which features have another version, other values under the "
              "same version, or other words only. Without it: against the versions that values "
              "were made with so far.",
          .examples = {"coterie features diff", "coterie features diff ../shop-last-month"},
          .declare =
              [folder](Arguments& arguments) {
                arguments.positional_path("OLD_FOLDER", *folder, "the registry to compare with",
                                          false);
              },
          .run = [folder](Session& session) { return diff(session, *folder); },
          .children = {}};
}

}  // namespace coterie::cli
