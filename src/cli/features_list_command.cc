#include <algorithm>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "cli/features_commands.h"
#include "cli/features_view.h"
#include "cli/text_table.h"

namespace coterie::cli {
namespace {

using features::FeatureDefinition;
using Align = TextTable::Align;

struct ListOptions {
  std::string entity;
  std::string tag;
};

bool is_wanted(const FeatureDefinition& feature, const ListOptions& options) {
  const bool tagged = std::ranges::find(feature.tags, options.tag) != feature.tags.end();
  return (options.entity.empty() || feature.entity == options.entity) &&
         (options.tag.empty() || tagged);
}

Status check_options(const features::Registry& registry, const ListOptions& options) {
  if (options.entity.empty() || registry.entity(options.entity) != nullptr) return {};
  std::vector<std::string> names;
  for (const features::Entity& entity : registry.entities()) names.push_back(entity.name);
  return not_found(fmt::format("no entity '{}'", options.entity))
      .with_mend(nearest_mend(options.entity, names, "see the entities in feature_store/"));
}

Status list(Session& session, const ListOptions& options) {
  ASSIGN_OR_RETURN(const OpenedRegistry opened, OpenedRegistry::open(session));
  RETURN_IF_ERROR(check_options(opened.registry, options));
  TextTable table({{"feature"},
                   {"version", Align::kRight},
                   {"entity"},
                   {"type"},
                   {"window"},
                   {"source"},
                   {"online"},
                   {"description"}});
  Json document = Json::array();
  for (const FeatureDefinition& feature : opened.registry.features()) {
    if (!is_wanted(feature, options)) continue;
    table.add({feature.name, std::to_string(feature.version), feature.entity,
               std::string(features::feature_type_name(feature.type)), window_column(feature),
               source_column(feature), feature.online ? "yes" : "no", feature.description});
    document.push_back(feature_json(feature));
  }
  session.print(table.rows() == 0 ? "no such features" : table.render());
  session.print_json(document);
  return {};
}

}  // namespace

Command make_features_list_command() {
  const auto options = std::make_shared<ListOptions>();
  return {
      .name = "list",
      .summary = "List the features of the registry",
      .details = "",
      .examples = {"coterie features list", "coterie features list --entity customer --tag rfm"},
      .declare =
          [options](Arguments& arguments) {
            arguments.text("--entity", options->entity, "NAME", "only features of this entity");
            arguments.text("--tag", options->tag, "TAG", "only features with this tag");
          },
      .run = [options](Session& session) { return list(session, *options); },
      .children = {}};
}

}  // namespace coterie::cli
