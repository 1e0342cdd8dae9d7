#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/features_commands.h"
#include "cli/features_distribution.h"
#include "cli/features_view.h"
#include "cli/workspace.h"
#include "data/project/project.h"
#include "data/project/roles.h"
#include "features/offline/table_check.h"
#include "steps/model_finder.h"

namespace coterie::cli {
namespace {

using features::FeatureDefinition;
using features::FeatureService;
using features::Registry;
using features::Source;

// "name  text" lines under a heading, those without text left out.
class Facts {
 public:
  void heading(const std::string& text) { text_ += "\n" + text + "\n"; }
  void add(std::string_view name, const std::string& text) {
    if (text.empty()) return;
    const std::string head = name.empty() ? "  " : fmt::format("  {:<12} ", name);
    text_ += head;
    for (const char c : text)
      text_ += c == '\n' ? "\n" + std::string(head.size(), ' ') : std::string(1, c);
    text_ += '\n';
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string list_text(const std::vector<std::string>& items) {
  return fmt::format("{}", fmt::join(items, ", "));
}

// Where the source's table comes from: a role filled by files or a database, or a table of a run.
std::string origin_text(const Source& source, const data::Project& project) {
  if (!source.sql.empty()) return "SQL over tables of the warehouse";
  const data::SourceConfig* config = project.find_source(source.table);
  if (config == nullptr || config->role.empty()) {
    return data::find_role(source.table) == nullptr
               ? fmt::format("table {} of the warehouse", source.table)
               : fmt::format("role {}, which coterie.yaml does not fill", source.table);
  }
  if (!config->files.empty()) {
    return fmt::format("role {}, from {}", config->role, list_text(config->files));
  }
  return fmt::format("role {}, from {}", config->role,
                     config->sql.empty() ? config->postgres_table : "SQL over other sources");
}

std::string time_text(const Source& source) {
  if (source.is_static) return "none: rows count at any time";
  if (!source.timestamp_field.empty()) return source.timestamp_field;
  const data::Role* role = data::find_role(source.table);
  return role == nullptr ? "" : std::string(role->time);
}

void add_source(const Source& source, const data::Project& project, Facts& facts) {
  facts.heading("source " + source.name);
  facts.add("from", origin_text(source, project));
  facts.add("sql", source.sql.substr(0, source.sql.find_last_not_of(" \n") + 1));
  for (const auto& [name, expression] : source.columns) {
    facts.add("column", fmt::format("{} = {}", name, expression));
  }
  facts.add("where", source.where);
  facts.add("time", time_text(source));
  facts.add("arrived at", source.arrived_at);
  facts.add("owner", source.owner);
  facts.add("", source.description);
}

struct Users {
  std::vector<std::string> features;
  std::vector<std::string> services;
};

// Who is made of the feature, directly or through others.
Users users_of(const Registry& registry, const FeatureDefinition& feature) {
  Users users;
  for (const FeatureDefinition& other : registry.features()) {
    const auto inputs = registry.inputs_of(other);
    if (std::ranges::find(inputs, &feature) != inputs.end()) users.features.push_back(other.name);
  }
  for (const FeatureService& service : registry.services()) {
    const bool direct = std::ranges::find(service.features, feature.name) != service.features.end();
    const bool through = std::ranges::any_of(users.features, [&](const std::string& name) {
      return std::ranges::find(service.features, name) != service.features.end();
    });
    if (direct || through) {
      users.services.push_back(fmt::format("{}@{}", service.name, service.version));
    }
  }
  return users;
}

std::vector<const Source*> sources_of(const Registry& registry, const FeatureDefinition& feature) {
  const FeatureDefinition* one[] = {&feature};
  return features::sources_of(registry, one);
}

std::string definition_text(const FeatureDefinition& feature) {
  Facts facts;
  facts.add("", feature.description);
  facts.add("entity", feature.entity);
  facts.add("type", std::string(features::feature_type_name(feature.type)));
  facts.add("value", value_text(feature));
  facts.add("groups", list_text(feature.groups));
  if (feature.group_count > 0)
    facts.add("groups", fmt::format("the {} most frequent", feature.group_count));
  if (feature.ttl > 0) facts.add("ttl", features::window_text(feature.ttl));
  facts.add("default", feature.default_value.value_or(""));
  facts.add("online", feature.online ? "yes" : "no");
  facts.add("freshness", feature.freshness);
  facts.add("owner", feature.owner);
  facts.add("tags", list_text(feature.tags));
  facts.add("defined in", fmt::format("{}:{}", feature.node.file(), feature.node.line()));
  return facts.take();
}

std::string lineage_text(const OpenedRegistry& opened, const data::Project& project,
                         const FeatureDefinition& feature) {
  Facts facts;
  for (const Source* source : sources_of(opened.registry, feature)) {
    add_source(*source, project, facts);
  }
  facts.heading("lineage");
  for (const FeatureDefinition* input : opened.registry.inputs_of(feature)) {
    facts.add("made of", fmt::format("{}: {}", input->reference(), value_text(*input)));
  }
  facts.add("request", list_text(feature.requests));
  const Users users = users_of(opened.registry, feature);
  facts.add("used by", list_text(users.features));
  facts.add("services", list_text(users.services));
  facts.add("fingerprint", features::fingerprint(opened.registry, feature));
  facts.add("values", opened.history.features.contains(feature.reference())
                          ? "were made with this version"
                          : "none were made with this version yet");
  return facts.take();
}

Json shown_json(const OpenedRegistry& opened, const data::Project& project,
                const FeatureDefinition& feature) {
  Json document = feature_json(feature);
  document["fingerprint"] = features::fingerprint(opened.registry, feature);
  document["file"] = feature.node.file();
  document["line"] = feature.node.line();
  document["sources"] = Json::array();
  for (const Source* source : sources_of(opened.registry, feature)) {
    document["sources"].push_back({{"name", source->name},
                                   {"origin", origin_text(*source, project)},
                                   {"table", source->table},
                                   {"sql", source->sql},
                                   {"where", source->where},
                                   {"time", source->is_static ? "" : time_text(*source)},
                                   {"static", source->is_static}});
  }
  document["made_of"] = Json::array();
  for (const FeatureDefinition* input : opened.registry.inputs_of(feature)) {
    document["made_of"].push_back(input->reference());
  }
  const Users users = users_of(opened.registry, feature);
  document["used_by"] = users.features;
  document["services"] = users.services;
  document["recorded"] = opened.history.features.contains(feature.reference());
  return document;
}

void show_service(Session& session, const Registry& registry, const FeatureService& service) {
  std::vector<std::string> members;
  for (const std::string& name : service.features) {
    members.push_back(registry.feature(name)->reference());
  }
  Facts facts;
  facts.add("", service.description);
  facts.add("owner", service.owner);
  facts.add("tags", list_text(service.tags));
  for (const std::string& name : service.features) {
    const FeatureDefinition& feature = *registry.feature(name);
    facts.add("feature", fmt::format("{}: {}", feature.reference(), value_text(feature)));
  }
  session.print(fmt::format("service {}@{}\n{}", service.name, service.version, facts.take()));
  session.print_json({{"service", service.name},
                      {"version", service.version},
                      {"description", service.description},
                      {"owner", service.owner},
                      {"tags", service.tags},
                      {"features", members}});
}

// What only the tables tell: the SQL of the rows, and the values of the newest snapshot.
Result<std::string> data_text(Session& session, const Registry& registry,
                              const FeatureDefinition& feature, Json& document) {
  ASSIGN_OR_RETURN(Workspace workspace, Workspace::open(session, "features"));
  ASSIGN_OR_RETURN(Reader reader, Reader::open(workspace, false));
  ASSIGN_OR_RETURN(
      const auto statements,
      features::feature_sql(registry, feature, reader.snapshot, reader.connection,
                            steps::model_finder(workspace.project.folder, reader.snapshot)));
  std::string text;
  if (!statements.empty()) {
    Facts facts;
    facts.heading("rows as SQL");
    for (const std::string& statement : statements) facts.add("", statement + ";");
    text += facts.take();
  }
  document["sql"] = statements;
  ASSIGN_OR_RETURN(const auto distribution, distribution_of(reader, registry, feature));
  if (distribution) {
    text += distribution->to_text();
    document["distribution"] = distribution->to_json();
  }
  return text;
}

Status show(Session& session, const std::string& name) {
  ASSIGN_OR_RETURN(const OpenedRegistry opened, OpenedRegistry::open(session));
  const FeatureDefinition* feature = opened.registry.feature(name);
  if (feature == nullptr) {
    const FeatureService* service = opened.registry.service(name);
    if (service == nullptr) return no_such_feature(opened.registry, name);
    show_service(session, opened.registry, *service);
    return {};
  }
  ASSIGN_OR_RETURN(const data::Project project, data::load_project(opened.folder));
  Json document = shown_json(opened, project, *feature);
  ASSIGN_OR_RETURN(const std::string data, data_text(session, opened.registry, *feature, document));
  session.print(fmt::format("{}\n{}{}{}", feature->reference(), definition_text(*feature),
                            lineage_text(opened, project, *feature), data));
  session.print_json(document);
  return {};
}

}  // namespace

Command make_features_show_command() {
  const auto name = std::make_shared<std::string>();
  return {.name = "show",
          .summary = "One feature or service: what it is, what it is made of, who uses it",
          .details = "",
          .examples = {"coterie features show spend_30d", "coterie features show customer_profile"},
          .declare =
              [name](Arguments& arguments) {
                arguments.positional("NAME", *name, "a feature or a service", true);
              },
          .run = [name](Session& session) { return show(session, *name); },
          .children = {}};
}

}  // namespace coterie::cli
