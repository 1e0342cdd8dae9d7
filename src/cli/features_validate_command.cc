#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/features_commands.h"
#include "cli/features_view.h"
#include "cli/workspace.h"
#include "features/offline/table_check.h"
#include "steps/model_finder.h"

namespace coterie::cli {
namespace {

std::string counted(size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", format_count(static_cast<int64_t>(count)), count == 1 ? one : many);
}

Result<features::TableCheck> check_tables(Session& session, const features::Registry& registry) {
  ASSIGN_OR_RETURN(Workspace workspace, Workspace::open(session, "features"));
  ASSIGN_OR_RETURN(Reader reader, Reader::open(workspace, false));
  return features::check_against_tables(
      registry, reader.snapshot, reader.connection,
      steps::model_finder(workspace.project.folder, reader.snapshot));
}

Json mistakes_json(const std::vector<Error>& mistakes) {
  Json errors = Json::array();
  for (const Error& mistake : mistakes) errors.push_back(Json(error_to_json(mistake).at("error")));
  return {{"valid", false}, {"errors", errors}};
}

Status validate(Session& session) {
  std::vector<Error> mistakes;
  auto valid = OpenedRegistry::open(session, &mistakes);
  if (!mistakes.empty()) session.print_json(mistakes_json(mistakes));
  if (!valid.ok()) return std::move(valid).error();
  const OpenedRegistry opened = *std::move(valid);
  const features::Registry& registry = opened.registry;
  RETURN_IF_ERROR(features::check_against_history(registry, opened.history));
  ASSIGN_OR_RETURN(const features::TableCheck tables, check_tables(session, registry));
  session.print(fmt::format("valid: {} of {} and {}, in {}",
                            counted(registry.features().size(), "feature", "features"),
                            counted(registry.entities().size(), "entity", "entities"),
                            counted(registry.sources().size(), "source", "sources"),
                            counted(registry.services().size(), "service", "services")));
  if (!tables.unchecked.empty()) {
    session.print(fmt::format("not held against data, because a table is not loaded: {}",
                              fmt::join(tables.unchecked, ", ")));
  }
  session.print_json({{"valid", true},
                      {"entities", registry.entities().size()},
                      {"sources", registry.sources().size()},
                      {"features", registry.features().size()},
                      {"services", registry.services().size()},
                      {"recorded_versions", opened.history.features.size()},
                      {"checked_against_tables", tables.checked},
                      {"unchecked", tables.unchecked}});
  return {};
}

}  // namespace

Command make_features_validate_command() {
  return {.name = "validate",
          .summary = "Check the feature registry",
          .details =
              "Reads feature_store/*.yaml: unknown keys and names, wrong types, features made of "
              "each other, names that stand twice, and features whose meaning was changed without "
              "a new version after values were made with them (feature_store/"
              "feature_versions.json). Then every feature is compiled against the tables that are "
              "loaded: unknown columns, functions that do not fit a type, tables without history "
              "that are not declared static. An error names file, line, column and the mend; all "
              "mistakes of the files are told at once, one a definition, and with --json under "
              "'errors'. What the tables or a recorded version refuse is told one by one.",
          .examples = {"coterie features validate"},
          .declare = nullptr,
          .run = validate,
          .children = {}};
}

}  // namespace coterie::cli
