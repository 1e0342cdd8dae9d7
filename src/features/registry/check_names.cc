// Names that stand twice, and names that nothing has.

#include <algorithm>

#include <fmt/format.h>

#include "base/letter_case.h"
#include "features/registry/registry_reader_internal.h"

namespace coterie::features {
namespace {

std::string place_of(const YamlNode& node) {
  return fmt::format("{}:{}:{}", node.file(), node.line(), node.column());
}

// Where the name of a definition stands.
YamlNode name_node(const YamlNode& definition) { return *definition.find("name"); }

// Letter case does not tell names apart: to the engine and to PostgreSQL they are one column.
using Names = std::map<std::string, YamlNode>;

// The error of each that has the name of another.
template <typename T>
std::vector<Error> add_names(const std::vector<T>& definitions, std::string_view what,
                             Names& names) {
  std::vector<Error> clashes;
  for (const T& definition : definitions) {
    const YamlNode node = name_node(definition.node);
    const auto [other, added] = names.emplace(lower_case(definition.name), node);
    if (added) continue;
    clashes.push_back(node.error(fmt::format("{} '{}' is defined already, at {}", what,
                                             definition.name, place_of(other->second)),
                                 "rename or remove one of them"));
  }
  return clashes;
}

template <typename T>
std::vector<std::string> names_in(const std::vector<T>& definitions, const BrokenNames& broken) {
  std::vector<std::string> names;
  for (const T& definition : definitions) names.push_back(definition.name);
  names.insert(names.end(), broken.names().begin(), broken.names().end());
  return names;
}

}  // namespace

std::vector<std::string> RegistryReader::entity_names() const {
  return names_in(registry_.entities_, broken_entities_);
}
std::vector<std::string> RegistryReader::source_names() const {
  std::vector<std::string> names(broken_sources_.names().begin(), broken_sources_.names().end());
  for (const Source& source : registry_.sources_) {
    if (source.request.empty()) names.push_back(source.name);
  }
  return names;
}
std::vector<std::string> RegistryReader::feature_names() const {
  return names_in(registry_.features_, broken_features_);
}

void RegistryReader::check_clashes() {
  Names entities;
  Names sources;
  Names features;
  Names services;
  const auto add = [&](std::vector<Error> clashes) {
    for (Error& clash : clashes) wrong(std::move(clash));
  };
  add(add_names(registry_.entities_, "entity", entities));
  add(add_names(registry_.sources_, "source", sources));
  add(add_names(registry_.features_, "feature", features));
  add(add_names(registry_.services_, "service", services));
  for (const Entity& entity : registry_.entities_) {
    for (const std::string& key : entity.join_keys) {
      const auto found = features.find(lower_case(key));
      if (found == features.end()) continue;
      wrong(found->second.error(fmt::format("'{}' is a join key of entity '{}', at {}", key,
                                            entity.name, place_of(*entity.node.find("join_keys"))),
                                "choose another name for the feature"));
      features.erase(found);
    }
  }
}

void RegistryReader::check_features() {
  for (size_t i = 0; i < registry_.features_.size(); ++i) {
    if (!check_feature(registry_.features_[i])) states_[i] = State::kBroken;
  }
}

bool RegistryReader::check_feature(const FeatureDefinition& feature) {
  const bool derived = feature.kind == FeatureKind::kDerived;
  const auto entity_node = feature.node.find("entity");
  if (!derived && !entity_node) {
    return wrong(
        feature.node.error(fmt::format("feature '{}' has no entity", feature.name),
                           names_mend("", entity_names(), "write entity: NAME; entities are")));
  }
  const bool known = !entity_node || registry_.entity(feature.entity) != nullptr;
  if (!known && !broken_entities_.may_be(feature.entity)) {
    return wrong(entity_node->error(
        fmt::format("there is no entity '{}'", feature.entity),
        names_mend(feature.entity, entity_names(), "define it under 'entities'; there are")));
  }
  const bool sound = feature.source.empty() || check_source(feature);
  return known && sound;
}

bool RegistryReader::check_source(const FeatureDefinition& feature) {
  const YamlNode node = *feature.node.find("source");
  const Source* source = registry_.source(feature.source);
  if (source == nullptr) {
    if (broken_sources_.may_be(feature.source)) return false;
    return wrong(node.error(
        fmt::format("there is no source '{}'", feature.source),
        names_mend(feature.source, source_names(), "define it under 'sources'; there are")));
  }
  if (!source->request.empty()) {
    return wrong(
        node.error(fmt::format("'{}' is what a request brings, which has no rows", feature.source),
                   "remove 'source' and name its fields in the expression of 'transformation'"));
  }
  if (!source->is_static) return true;
  Status fits = check_static(feature, *source);
  return fits.ok() || wrong(std::move(fits).error());
}

// Rows without a time are neither in a window nor before or after each other.
Status RegistryReader::check_static(const FeatureDefinition& feature, const Source& source) const {
  const std::string why = fmt::format("source '{}' is static: its rows have no time", source.name);
  if (feature.node.find("ttl")) {
    return feature.node.key_error("ttl", why, "remove 'ttl'");
  }
  if (!feature.aggregation) return {};
  std::vector<const Aggregation*> parts = {&*feature.aggregation};
  for (const Aggregation& over : feature.aggregation->over) parts.push_back(&over);
  const auto aggregation = feature.node.find("aggregation");
  const YamlNode node = aggregation ? *aggregation : *feature.node.find("transformation");
  for (const Aggregation* part : parts) {
    if (part->window != kLifetime) {
      return node.error(why, "remove the window");
    }
    const bool ordered = part->function == Function::kLast || part->function == Function::kFirst ||
                         part->function == Function::kTimeSince ||
                         part->function == Function::kStreak;
    if (ordered) {
      return node.error(fmt::format("{}, which '{}' needs", why, function_name(part->function)),
                        "write 'column' alone for the value of its row");
    }
  }
  return {};
}

void RegistryReader::check_services() {
  for (const FeatureService& service : registry_.services_) check_members(service);
}

void RegistryReader::check_members(const FeatureService& service) {
  const std::vector<YamlNode> items = service.node.find("features")->items();
  std::set<std::string> seen;
  for (size_t i = 0; i < items.size(); ++i) {
    const std::string& name = service.features[i];
    const FeatureDefinition* feature = registry_.feature(name);
    if (!seen.insert(name).second) {
      wrong(items[i].error(fmt::format("feature '{}' stands twice", name), "remove one"));
      continue;
    }
    if (feature == nullptr) {
      if (broken_features_.may_be(name)) continue;
      wrong(items[i].error(fmt::format("there is no feature '{}'", name),
                           names_mend(name, feature_names(), "define it under 'features'")));
      continue;
    }
    const std::string written = *items[i].as_string();
    if (written == name || written == feature->reference()) continue;
    wrong(items[i].error(
        fmt::format("service '{}' counts on {}, but the registry has {}", service.name, written,
                    feature->reference()),
        fmt::format("write {} and raise the service's version", feature->reference())));
  }
}

}  // namespace coterie::features
