#include <fmt/format.h>

#include "base/clock.h"
#include "cli/features_commands.h"
#include "cli/features_view.h"

namespace coterie::cli {
namespace {

std::string counted(size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", format_count(static_cast<int64_t>(count)), count == 1 ? one : many);
}

Status validate(Session& session) {
  ASSIGN_OR_RETURN(const OpenedRegistry opened, OpenedRegistry::open(session));
  const features::Registry& registry = opened.registry;
  RETURN_IF_ERROR(features::check_against_history(registry, opened.history));
  session.print(fmt::format("valid: {} of {} and {}, in {}",
                            counted(registry.features().size(), "feature", "features"),
                            counted(registry.entities().size(), "entity", "entities"),
                            counted(registry.sources().size(), "source", "sources"),
                            counted(registry.services().size(), "service", "services")));
  session.print_json({{"valid", true},
                      {"entities", registry.entities().size()},
                      {"sources", registry.sources().size()},
                      {"features", registry.features().size()},
                      {"services", registry.services().size()},
                      {"recorded_versions", opened.history.features.size()}});
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
              "feature_versions.json). An error names file, line, column and the mend.",
          .examples = {"coterie features validate"},
          .declare = nullptr,
          .run = validate,
          .children = {}};
}

}  // namespace coterie::cli
