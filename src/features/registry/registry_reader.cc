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

}  // namespace

bool RegistryReader::wrong(Error error) {
  mistakes_.add(std::move(error));
  return false;
}

void RegistryReader::lose_definitions() {
  for (BrokenNames* broken :
       {&broken_entities_, &broken_sources_, &broken_features_, &broken_services_})
    broken->add_unknown();
}

void RegistryReader::read_file(const std::string& file, const std::string& text) {
  mistakes_.begin_file(file);
  const auto parsed = parse_yaml(text, file);
  if (!parsed) {
    lose_definitions();
    wrong(parsed.error());
    return;
  }
  const YamlNode& root = *parsed;
  if (!root.is_map()) {
    Error error = root.error("expected a registry of features", "begin with 'registry_version: 1'");
    error.file = file;
    lose_definitions();
    wrong(std::move(error));
    return;
  }
  if (Status version = check_version(root); !version.ok()) {
    // A registry of another version may have other keys.
    lose_definitions();
    wrong(std::move(version).error());
    return;
  }
  YamlMap map(root);
  for (const char* key :
       {"registry_version", "entities", "sources", "features", "feature_services"}) {
    map.has(key);
  }
  if (Status keys = map.finish(); !keys.ok()) {
    lose_definitions();
    wrong(std::move(keys).error());
  }
  read_sections(root);
}

template <class Read>
void RegistryReader::read_section(const YamlNode& root, const char* key, BrokenNames& broken,
                                  const Read& read) {
  const auto node = root.find(key);
  if (!node || node->is_null()) return;
  if (!node->is_list()) {
    broken.add_unknown();
    wrong(node->error("expected a list", "begin each definition with '- name: ...'"));
    return;
  }
  for (const YamlNode& item : node->items()) {
    if (!item.is_map()) {
      broken.add_unknown();
      wrong(item.error("expected a definition", "begin it with '- name: ...'"));
      continue;
    }
    Status done = read(item);
    if (done.ok()) continue;
    broken.add(item);
    wrong(std::move(done).error());
  }
}

void RegistryReader::read_sections(const YamlNode& root) {
  read_section(root, "entities", broken_entities_, [&](const YamlNode& node) -> Status {
    ASSIGN_OR_RETURN(Entity entity, read_entity(node));
    registry_.entities_.push_back(std::move(entity));
    return {};
  });
  read_section(root, "sources", broken_sources_, [&](const YamlNode& node) -> Status {
    ASSIGN_OR_RETURN(Source source, read_source(node));
    for (const auto& [field, type] : source.request) {
      request_fields_.emplace(source.name + "." + field, type);
    }
    registry_.sources_.push_back(std::move(source));
    return {};
  });
  read_section(root, "features", broken_features_, [&](const YamlNode& node) -> Status {
    ASSIGN_OR_RETURN(ReadFeature read, read_feature(node));
    registry_.features_.push_back(std::move(read.feature));
    typed_.push_back(read.typed);
    shapes_.push_back(read.shape);
    return {};
  });
  read_section(root, "feature_services", broken_services_, [&](const YamlNode& node) -> Status {
    ASSIGN_OR_RETURN(FeatureService service, read_service(node));
    registry_.services_.push_back(std::move(service));
    return {};
  });
}

Result<Registry> RegistryReader::finish(std::vector<Error>* mistakes) {
  for (size_t i = 0; i < registry_.features_.size(); ++i) {
    registry_.feature_index_.emplace(registry_.features_[i].name, i);
  }
  states_.assign(registry_.features_.size(), State::kNew);
  check_clashes();
  check_features();
  resolve_all();
  check_services();
  if (mistakes_.empty()) return std::move(registry_);
  const std::vector<Error> all = mistakes_.take();
  if (mistakes != nullptr) *mistakes = all;
  return as_one_error(all);
}

}  // namespace coterie::features
