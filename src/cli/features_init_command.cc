#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/atomic_file.h"
#include "base/nearest_name.h"
#include "cli/features_commands.h"
#include "cli/run_graph_command.h"
#include "cli/workspace.h"
#include "data/project/roles.h"
#include "features/registry/history.h"
#include "features/registry/registry.h"
#include "features/shipped/feature_set.h"
#include "pipeline/runner.h"
#include "steps/ingest_step.h"

namespace coterie::cli {
namespace {

namespace fs = std::filesystem;

struct InitOptions {
  std::string file = "feature_registry.yaml";
  std::vector<std::string> entities;
  bool force = false;
};

bool add_tables(const data::Snapshot& snapshot, features::ProjectTables& tables) {
  for (const data::TableInfo& table : snapshot.tables()) {
    if (data::find_role(table.name) == nullptr) continue;
    auto& columns = tables.columns[table.name];
    for (const data::ColumnSchema& column : table.columns) columns.insert(column.name);
  }
  return !tables.columns.empty();
}

// Columns are known once they are loaded: before that, they are whatever the files turn out to
// have.
Status load_tables(Session& session, Workspace& workspace) {
  ASSIGN_OR_RETURN(const auto graph,
                   pipeline::Graph::build({steps::make_ingest_step(workspace.project)}));
  ASSIGN_OR_RETURN(const auto report, run_steps(session, workspace, graph, {}));
  if (report.error) return *report.error;
  return {};
}

// A scan of one column.
Status add_event_kinds(Workspace& workspace, features::ProjectTables& tables) {
  if (!tables.columns.contains("events")) return {};
  ASSIGN_OR_RETURN(Reader reader, Reader::open(workspace, false));
  return reader.connection.for_each_chunk(
      "SELECT DISTINCT event_type FROM facts.events WHERE event_type IS NOT NULL",
      [&](const data::Chunk& chunk) -> Status {
        for (int64_t row = 0; row < chunk.rows(); ++row) {
          tables.event_kinds.emplace(chunk.column(0).as_text(row));
        }
        return {};
      });
}

Result<features::ProjectTables> find_tables(Session& session) {
  ASSIGN_OR_RETURN(Workspace workspace, Workspace::open(session, "features"));
  features::ProjectTables tables;
  tables.event_weights = workspace.project.event_weights;
  tables.money_decimals = workspace.project.money.decimals;
  ASSIGN_OR_RETURN(data::Snapshot snapshot, workspace.warehouse.snapshot());
  if (!add_tables(snapshot, tables)) {
    RETURN_IF_ERROR(load_tables(session, workspace));
    ASSIGN_OR_RETURN(snapshot, workspace.warehouse.snapshot());
    add_tables(snapshot, tables);
  }
  RETURN_IF_ERROR(add_event_kinds(workspace, tables));
  return tables;
}

Status check_file(const InitOptions& options, const std::string& path) {
  const std::string ending = fs::path(options.file).extension().string();
  const bool plain = fs::path(options.file).filename() == options.file &&
                     !options.file.starts_with('.') && (ending == ".yaml" || ending == ".yml");
  if (!plain) {
    return invalid_input(fmt::format("'{}' is not the name of a registry's file", options.file))
        .with_mend("name a .yaml file without a folder: it is written into feature_store/");
  }
  std::error_code fault;
  if (options.force || !fs::exists(path, fault)) return {};
  return Error(ErrorCode::kConflict, "the file exists, and is yours")
      .at(path)
      .with_mend(
          "replace it with --force, or name another: coterie features init "
          "shipped_features.yaml");
}

Status check_entities(const std::vector<std::string>& entities) {
  const std::vector<std::string> shipped = {"customer", "article"};
  for (const std::string& entity : entities) {
    if (std::ranges::find(shipped, entity) != shipped.end()) continue;
    return invalid_input(fmt::format("no features of '{}' are shipped", entity))
        .with_mend(nearest_mend(entity, shipped, "name customer or article"));
  }
  return {};
}

// The registry as it will be, with the project's other files.
Result<features::Registry> parse_with_others(const std::string& folder, const std::string& path,
                                             const std::string& text) {
  ASSIGN_OR_RETURN(auto files, features::Registry::read_files(folder));
  std::erase_if(files, [&](const auto& file) { return file.first == path; });
  files.emplace_back(path, text);
  auto registry = features::Registry::parse(files);
  if (registry.ok()) return registry;
  Error error = std::move(registry).error();
  error.message += "; nothing was written";
  return error;
}

// `version: N` behind the name that stands at `place`.
void insert_version(std::string& text, const YamlNode& place, const std::string& name,
                    int version) {
  size_t line = 0;
  for (int64_t i = 1; i < place.line(); ++i) line = text.find('\n', line) + 1;
  const size_t behind = line + static_cast<size_t>(place.column()) - 1 + name.size();
  const bool flow = text.substr(line, behind - line).find('{') != std::string::npos;
  text.insert(behind, flow ? fmt::format(", version: {}", version)
                           : fmt::format("\n    version: {}", version));
}

// Values were made with other meanings: the new ones are other versions.
std::string with_versions(std::string text, const std::string& path,
                          const features::Registry& registry,
                          const features::VersionHistory& history) {
  const std::map<std::string, int> versions = features::versions_to_write(registry, history);
  // From the last definition to the first, so that places stay true.
  const auto insert = [&](const auto& definitions, const std::string& prefix) {
    for (auto at = definitions.rbegin(); at != definitions.rend(); ++at) {
      const auto version = versions.find(prefix + at->name);
      if (version == versions.end() || at->node.file() != path) continue;
      insert_version(text, *at->node.find("name"), at->name, version->second);
    }
  };
  insert(registry.services(), "service ");
  insert(registry.features(), "");
  return text;
}

Status init(Session& session, const InitOptions& options) {
  ASSIGN_OR_RETURN(const std::string project, session.project_folder());
  const std::string folder = (fs::path(project) / "feature_store").lexically_normal().string();
  const std::string path = (fs::path(folder) / options.file).string();
  RETURN_IF_ERROR(check_file(options, path));
  RETURN_IF_ERROR(check_entities(options.entities));
  ASSIGN_OR_RETURN(const features::ProjectTables tables, find_tables(session));
  ASSIGN_OR_RETURN(std::string text, features::shipped_registry(tables, options.entities));
  ASSIGN_OR_RETURN(const features::Registry first, parse_with_others(folder, path, text));
  ASSIGN_OR_RETURN(const auto history, features::VersionHistory::load(project));
  text = with_versions(std::move(text), path, first, history);
  ASSIGN_OR_RETURN(const features::Registry registry, parse_with_others(folder, path, text));
  RETURN_IF_ERROR(make_folders(folder));
  RETURN_IF_ERROR(write_file_atomic(path, text));
  const auto of_file = [&](const auto& definitions) {
    return std::ranges::count_if(definitions,
                                 [&](const auto& each) { return each.node.file() == path; });
  };
  session.print(fmt::format("wrote {}: {} features and {} services", path,
                            of_file(registry.features()), of_file(registry.services())));
  session.remark("next:\n  coterie features validate\n  coterie features list");
  session.print_json({{"file", path},
                      {"features", of_file(registry.features())},
                      {"services", of_file(registry.services())}});
  return {};
}

}  // namespace

Command make_features_init_command() {
  const auto options = std::make_shared<InitOptions>();
  return {
      .name = "init",
      .summary = "Write a first feature registry for the project's tables",
      .details =
          "Customers: recency, frequency and monetary value with buckets, purchases over 7 to "
          "365 days, prices, preferences, the way from view to purchase, carts, reviews. "
          "Articles: sales, trend, price, stock, age, returns, ratings, interest. What the "
          "loaded tables cannot give is left out, and a comment says why. A feature that means "
          "something else than the version that values were made with gets another version. Loads "
          "the tables first where none are loaded yet.",
      .examples = {"coterie features init",
                   "coterie features init article_features.yaml --entity article"},
      .declare =
          [options](Arguments& arguments) {
            arguments.positional("FILE", options->file,
                                 "its name in feature_store/ (default feature_registry.yaml)",
                                 false);
            arguments.texts("--entity", options->entities, "NAME",
                            "only features of customer, or of article");
            arguments.flag("--force", options->force, "replace the file");
          },
      .run = [options](Session& session) { return init(session, *options); },
      .children = {}};
}

}  // namespace coterie::cli
