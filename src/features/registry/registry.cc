#include "features/registry/registry.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "base/atomic_file.h"
#include "base/nearest_name.h"
#include "features/registry/registry_reader_internal.h"

namespace coterie::features {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolder = "feature_store";
constexpr int64_t kMaxBytes = 16 << 20;

template <typename T>
const T* find(const std::vector<T>& definitions, std::string_view name) {
  const auto found = std::ranges::find(definitions, name, &T::name);
  return found == definitions.end() ? nullptr : &*found;
}

std::vector<std::string> registry_files(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code fault;
  for (const auto& entry : fs::directory_iterator(folder, fault)) {
    const std::string ending = entry.path().extension().string();
    const bool hidden = entry.path().filename().string().starts_with('.');
    if (!hidden && (ending == ".yaml" || ending == ".yml")) {
      files.push_back(entry.path().lexically_normal().string());
    }
  }
  std::ranges::sort(files);
  return files;
}

void add_inputs(const Registry& registry, const FeatureDefinition& feature,
                std::set<std::string_view>& seen, std::vector<const FeatureDefinition*>& out) {
  for (const std::string& name : feature.inputs) {
    if (!seen.insert(name).second) continue;
    const FeatureDefinition& input = *registry.feature(name);
    add_inputs(registry, input, seen, out);
    out.push_back(&input);
  }
}

}  // namespace

Result<Registry> Registry::load(const std::string& project_folder, std::vector<Error>* mistakes) {
  const std::string folder = (fs::path(project_folder) / kFolder).lexically_normal().string();
  auto registry = load_folder(folder, mistakes);
  if (registry.ok() || registry.error().code != ErrorCode::kNotFound) return registry;
  return not_found("the project has no feature registry")
      .at(folder)
      .with_mend("write a first one: coterie features init");
}

Result<Registry> Registry::load_folder(const std::string& folder, std::vector<Error>* mistakes) {
  ASSIGN_OR_RETURN(const auto files, read_files(folder));
  if (!files.empty()) return parse(files, mistakes);
  return not_found("the folder has no feature registry")
      .at(folder)
      .with_mend("name a project, or a folder with registry files (*.yaml)");
}

Result<std::vector<std::pair<std::string, std::string>>> Registry::read_files(
    const std::string& folder) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const std::string& path : registry_files(folder)) {
    ASSIGN_OR_RETURN(std::string text, read_file(path, kMaxBytes));
    files.emplace_back(path, std::move(text));
  }
  return files;
}

Result<Registry> Registry::parse(const std::vector<std::pair<std::string, std::string>>& files,
                                 std::vector<Error>* mistakes) {
  RegistryReader reader;
  for (const auto& [file, text] : files) reader.read_file(file, text);
  return reader.finish(mistakes);
}

const Entity* Registry::entity(std::string_view name) const { return find(entities_, name); }
const Source* Registry::source(std::string_view name) const { return find(sources_, name); }
const FeatureService* Registry::service(std::string_view name) const {
  return find(services_, name);
}
const FeatureDefinition* Registry::feature(std::string_view name) const {
  const auto found = feature_index_.find(name);
  return found == feature_index_.end() ? nullptr : &features_[found->second];
}

std::vector<const FeatureDefinition*> Registry::inputs_of(const FeatureDefinition& feature) const {
  std::vector<const FeatureDefinition*> inputs;
  std::set<std::string_view> seen;
  add_inputs(*this, feature, seen, inputs);
  return inputs;
}

Result<std::vector<const FeatureDefinition*>> features_of_service(const Registry& registry,
                                                                  std::string_view service) {
  const FeatureService* found = registry.service(service);
  if (found == nullptr) {
    std::vector<std::string> names;
    for (const FeatureService& each : registry.services()) names.push_back(each.name);
    return not_found(fmt::format("no feature service '{}'", service))
        .with_mend(nearest_mend(service, names, "see `coterie features list`"));
  }
  std::vector<const FeatureDefinition*> features;
  for (const std::string& name : found->features) features.push_back(registry.feature(name));
  return features;
}

std::vector<const Source*> sources_of(const Registry& registry,
                                      std::span<const FeatureDefinition* const> features) {
  std::vector<const Source*> sources;
  const auto add = [&](const FeatureDefinition& feature) {
    const Source* source = feature.source.empty() ? nullptr : registry.source(feature.source);
    if (source != nullptr && std::ranges::find(sources, source) == sources.end())
      sources.push_back(source);
  };
  for (const FeatureDefinition* feature : features) {
    for (const FeatureDefinition* input : registry.inputs_of(*feature)) add(*input);
    add(*feature);
  }
  return sources;
}

}  // namespace coterie::features
