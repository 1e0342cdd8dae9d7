#include <fmt/format.h>

#include "features/registry/registry_reader_internal.h"

namespace coterie::features {
namespace {

constexpr int64_t kVersion = 1;

Status check_version(const YamlNode& root) {
  const auto node = root.find("registry_version");
  if (!node) {
    return root.error("missing key 'registry_version'", "begin with 'registry_version: 1'");
  }
  ASSIGN_OR_RETURN(const int64_t version, node->as_int());
  if (version == kVersion) return {};
  return node->error(fmt::format("this program reads registry_version 1, not {}", version),
                     version > kVersion ? "use a newer version of coterie" : "write 1");
}

// The definitions under one key.
Result<std::vector<YamlNode>> section(const YamlNode& root, const char* key) {
  const auto node = root.find(key);
  if (!node || node->is_null()) return std::vector<YamlNode>();
  if (!node->is_list()) {
    return node->error("expected a list", "begin each definition with '- name: ...'");
  }
  for (const YamlNode& item : node->items()) {
    if (!item.is_map()) {
      return item.error("expected a definition", "begin it with '- name: ...'");
    }
  }
  return node->items();
}

}  // namespace

Status RegistryReader::read_file(const std::string& file, const std::string& text) {
  ASSIGN_OR_RETURN(const YamlNode root, parse_yaml(text, file));
  if (!root.is_map()) {
    Error error = root.error("expected a registry of features", "begin with 'registry_version: 1'");
    error.file = file;
    return error;
  }
  YamlMap map(root);
  for (const char* key :
       {"registry_version", "entities", "sources", "features", "feature_services"}) {
    map.has(key);
  }
  RETURN_IF_ERROR(map.finish());
  RETURN_IF_ERROR(check_version(root));
  Status sections = read_sections(root);
  if (sections.ok() || !sections.error().mend.empty()) return sections;
  Error error = std::move(sections).error();
  error.mend = "the reference of features says what the key takes";
  return error;
}

Status RegistryReader::read_sections(const YamlNode& root) {
  ASSIGN_OR_RETURN(const auto entities, section(root, "entities"));
  for (const YamlNode& node : entities) {
    ASSIGN_OR_RETURN(Entity entity, read_entity(node));
    registry_.entities_.push_back(std::move(entity));
  }
  ASSIGN_OR_RETURN(const auto sources, section(root, "sources"));
  for (const YamlNode& node : sources) {
    ASSIGN_OR_RETURN(Source source, read_source(node));
    for (const auto& [field, type] : source.request) {
      request_fields_.emplace(source.name + "." + field, type);
    }
    registry_.sources_.push_back(std::move(source));
  }
  ASSIGN_OR_RETURN(const auto features, section(root, "features"));
  for (const YamlNode& node : features) {
    ASSIGN_OR_RETURN(ReadFeature read, read_feature(node));
    registry_.features_.push_back(std::move(read.feature));
    typed_.push_back(read.typed);
    shapes_.push_back(read.shape);
  }
  ASSIGN_OR_RETURN(const auto services, section(root, "feature_services"));
  for (const YamlNode& node : services) {
    ASSIGN_OR_RETURN(FeatureService service, read_service(node));
    registry_.services_.push_back(std::move(service));
  }
  return {};
}

Result<Registry> RegistryReader::finish() {
  for (size_t i = 0; i < registry_.features_.size(); ++i) {
    registry_.feature_index_.emplace(registry_.features_[i].name, i);
  }
  RETURN_IF_ERROR(check_clashes());
  for (FeatureDefinition& feature : registry_.features_) RETURN_IF_ERROR(check_feature(feature));
  RETURN_IF_ERROR(resolve_all());
  RETURN_IF_ERROR(check_services());
  return std::move(registry_);
}

}  // namespace coterie::features
