#include "features/registry/history.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <functional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/atomic_file.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text_parts.h"

namespace coterie::features {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;

std::string history_path(const std::string& project_folder) {
  return (fs::path(project_folder) / "feature_store" / "feature_versions.json")
      .lexically_normal()
      .string();
}

Error damaged(const std::string& path, std::string message) {
  return corrupt(std::move(message))
      .at(path)
      .with_mend("restore the file from version control; the program alone writes it");
}

Status read_features(const nlohmann::json& features, const std::string& path,
                     VersionHistory& history) {
  for (const auto& [reference, entry] : features.items()) {
    const bool whole = entry.is_object() && entry.contains("meaning") &&
                       entry["meaning"].is_array() && entry.contains("fingerprint") &&
                       entry["fingerprint"].is_string();
    if (!whole) return damaged(path, fmt::format("'{}' has no meaning", reference));
    std::string meaning;
    for (const auto& line : entry["meaning"]) {
      if (!line.is_string()) return damaged(path, fmt::format("'{}' has no meaning", reference));
      meaning += line.get<std::string>() + "\n";
    }
    if (sha256_hex(meaning) != entry["fingerprint"].get<std::string>()) {
      return damaged(path, fmt::format("the meaning of '{}' is not what was written", reference));
    }
    history.features[reference] = std::move(meaning);
  }
  return {};
}

Status read_services(const nlohmann::json& services, const std::string& path,
                     VersionHistory& history) {
  for (const auto& [reference, members] : services.items()) {
    const bool texts = members.is_array() && std::ranges::all_of(members, [](const auto& member) {
                         return member.is_string();
                       });
    if (!texts) return damaged(path, fmt::format("service '{}' lists no features", reference));
    history.services[reference] = members.template get<std::vector<std::string>>();
  }
  return {};
}

std::map<std::string, std::string> parts_of(std::string_view meaning) {
  std::map<std::string, std::string> parts;
  for (const std::string_view line : lines_of(meaning)) {
    const size_t colon = std::min(line.find(": "), line.size());
    std::string& part = parts[std::string(line.substr(0, colon))];
    if (!part.empty()) part += "; ";
    part += line.substr(std::min(colon + 2, line.size()));
  }
  return parts;
}

// A long text around `at`, where it begins to differ from another.
std::string excerpt(std::string_view text, size_t at) {
  constexpr size_t kShown = 80;
  constexpr size_t kBefore = 20;
  if (text.size() <= kShown) return std::string(text);
  size_t begin = at > kBefore ? at - kBefore : 0;
  const auto inside = [&](size_t i) {
    return i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80;
  };
  while (inside(begin)) ++begin;
  size_t end = std::min(begin + kShown, text.size());
  while (inside(end)) ++end;
  return fmt::format("{}{}{}", begin > 0 ? "..." : "", text.substr(begin, end - begin),
                     end < text.size() ? "..." : "");
}

std::string change_text(const std::string& what, const std::string* before,
                        const std::string* after) {
  if (what.starts_with("input ") && before != nullptr && after != nullptr) {
    return fmt::format("'{}', which it is made of, changed", what.substr(6));
  }
  size_t same = 0;
  while (before != nullptr && after != nullptr && same < std::min(before->size(), after->size()) &&
         (*before)[same] == (*after)[same]) {
    ++same;
  }
  const auto shown = [same](const std::string* text) {
    return text == nullptr ? std::string("nothing") : "'" + excerpt(*text, same) + "'";
  };
  return fmt::format("{} was {}, is {}", what, shown(before), shown(after));
}

// Calls `use` with each recorded version of `name` and what it meant.
template <typename T>
void for_each_version(const std::map<std::string, T>& recorded, const std::string& name,
                      const std::function<void(int, const T&)>& use) {
  for (auto at = recorded.lower_bound(name + "@"); at != recorded.end(); ++at) {
    if (!at->first.starts_with(name + "@")) break;
    const char* const begin = at->first.data() + name.size() + 1;
    int version = 0;
    std::from_chars(begin, at->first.data() + at->first.size(), version);
    use(version, at->second);
  }
}

// One more than any recorded version of `name`.
template <typename T>
int next_version(const std::map<std::string, T>& recorded, const std::string& name) {
  int highest = 0;
  for_each_version<T>(recorded, name,
                      [&](int version, const T&) { highest = std::max(highest, version); });
  return highest + 1;
}

// The version under which `name` means `meaning`; the next if it never did.
template <typename T>
int version_of(const std::map<std::string, T>& recorded, const std::string& name,
               const T& meaning) {
  int found = 0;
  for_each_version<T>(recorded, name, [&](int version, const T& recorded_meaning) {
    if (recorded_meaning == meaning) found = std::max(found, version);
  });
  return found > 0 ? found : next_version(recorded, name);
}

YamlNode version_node(const YamlNode& definition) {
  const auto version = definition.find("version");
  return version ? *version : *definition.find("name");
}

std::vector<std::string> members_of(const Registry& registry, const FeatureService& service) {
  std::vector<std::string> members;
  for (const std::string& name : service.features) {
    members.push_back(registry.feature(name)->reference());
  }
  return members;
}

std::string reference_of(const FeatureService& service) {
  return fmt::format("{}@{}", service.name, service.version);
}

Json to_json(const VersionHistory& history) {
  Json features = Json::object();
  for (const auto& [reference, meaning] : history.features) {
    features[reference] = {{"fingerprint", sha256_hex(meaning)}, {"meaning", lines_of(meaning)}};
  }
  Json services = Json::object();
  for (const auto& [reference, members] : history.services) services[reference] = members;
  return {{"format", kFormat}, {"features", features}, {"services", services}};
}

void add_feature(const Registry& registry, const std::string& name, VersionHistory& history) {
  const FeatureDefinition* feature = registry.feature(name);
  CHECK(feature != nullptr);
  history.features.emplace(feature->reference(), registry.meaning(*feature));
  for (const FeatureDefinition* input : registry.inputs_of(*feature)) {
    history.features.emplace(input->reference(), registry.meaning(*input));
  }
}

}  // namespace

Result<VersionHistory> VersionHistory::load(const std::string& project_folder) {
  const std::string path = history_path(project_folder);
  VersionHistory history;
  std::error_code fault;
  if (!fs::exists(path, fault)) return history;
  ASSIGN_OR_RETURN(const nlohmann::json document, load_json(path));
  const bool known = document.is_object() && document.contains("format") &&
                     document["format"] == kFormat && document.contains("features") &&
                     document["features"].is_object() && document.contains("services") &&
                     document["services"].is_object();
  if (!known) return damaged(path, "not a history of feature versions that this program reads");
  RETURN_IF_ERROR(read_features(document["features"], path, history));
  RETURN_IF_ERROR(read_services(document["services"], path, history));
  return history;
}

std::string fingerprint(const Registry& registry, const FeatureDefinition& feature) {
  return sha256_hex(registry.meaning(feature));
}

std::vector<std::string> meaning_changes(std::string_view before, std::string_view after) {
  const std::map<std::string, std::string> old_parts = parts_of(before);
  const std::map<std::string, std::string> new_parts = parts_of(after);
  std::vector<std::string> changes;
  for (const auto& [what, text] : new_parts) {
    const auto old = old_parts.find(what);
    if (old != old_parts.end() && old->second == text) continue;
    changes.push_back(change_text(what, old == old_parts.end() ? nullptr : &old->second, &text));
  }
  for (const auto& [what, text] : old_parts) {
    if (!new_parts.contains(what)) changes.push_back(change_text(what, &text, nullptr));
  }
  return changes;
}

Status check_against_history(const Registry& registry, const VersionHistory& history) {
  for (const FeatureDefinition& feature : registry.features()) {
    const auto recorded = history.features.find(feature.reference());
    if (recorded == history.features.end()) continue;
    const std::string meaning = registry.meaning(feature);
    if (meaning == recorded->second) continue;
    return version_node(feature.node)
        .error(fmt::format("values were made with {} when it meant something else: {}",
                           feature.reference(),
                           fmt::join(meaning_changes(recorded->second, meaning), "; ")),
               fmt::format("write version: {}, or restore what it was",
                           next_version(history.features, feature.name)));
  }
  for (const FeatureService& service : registry.services()) {
    const auto recorded = history.services.find(reference_of(service));
    if (recorded == history.services.end()) continue;
    const std::vector<std::string> members = members_of(registry, service);
    if (members == recorded->second) continue;
    return version_node(service.node)
        .error(fmt::format("service {} was used with other features: [{}], now [{}]",
                           reference_of(service), fmt::join(recorded->second, ", "),
                           fmt::join(members, ", ")),
               fmt::format("write version: {}, or restore what it was",
                           next_version(history.services, service.name)));
  }
  return {};
}

Result<Registry> load_with_history(const std::string& project_folder) {
  ASSIGN_OR_RETURN(Registry registry, Registry::load(project_folder));
  ASSIGN_OR_RETURN(const VersionHistory history, VersionHistory::load(project_folder));
  RETURN_IF_ERROR(check_against_history(registry, history));
  return registry;
}

std::map<std::string, int> versions_to_write(const Registry& registry,
                                             const VersionHistory& history) {
  std::map<std::string, int> versions;
  for (const FeatureDefinition& feature : registry.features()) {
    const auto recorded = history.features.find(feature.reference());
    if (recorded == history.features.end()) continue;
    const std::string meaning = registry.meaning(feature);
    if (meaning == recorded->second) continue;
    versions[feature.name] = version_of(history.features, feature.name, meaning);
  }
  for (const FeatureService& service : registry.services()) {
    const auto recorded = history.services.find(reference_of(service));
    if (recorded == history.services.end()) continue;
    std::vector<std::string> members;
    for (const std::string& name : service.features) {
      const auto raised = versions.find(name);
      members.push_back(raised == versions.end() ? registry.feature(name)->reference()
                                                 : fmt::format("{}@{}", name, raised->second));
    }
    if (members == recorded->second) continue;
    versions["service " + service.name] = version_of(history.services, service.name, members);
  }
  return versions;
}

Status record_versions(const std::string& project_folder, const Registry& registry,
                       const std::vector<std::string>& features,
                       const std::vector<std::string>& services) {
  const std::string path = history_path(project_folder);
  RETURN_IF_ERROR(make_folders(fs::path(path).parent_path().string()));
  const std::string lock_folder = (fs::path(project_folder) / ".coterie").string();
  RETURN_IF_ERROR(make_folders(lock_folder));
  ASSIGN_OR_RETURN(const FileLock lock, FileLock::acquire(lock_folder + "/feature_versions.lock"));
  ASSIGN_OR_RETURN(VersionHistory history, VersionHistory::load(project_folder));
  RETURN_IF_ERROR(check_against_history(registry, history));
  const size_t before = history.features.size() + history.services.size();
  for (const std::string& name : features) add_feature(registry, name, history);
  for (const std::string& name : services) {
    const FeatureService* service = registry.service(name);
    CHECK(service != nullptr);
    for (const std::string& member : service->features) add_feature(registry, member, history);
    history.services.emplace(reference_of(*service), members_of(registry, *service));
  }
  if (history.features.size() + history.services.size() == before) return {};
  return write_file_atomic(path, dump_json(to_json(history), 2) + "\n");
}

}  // namespace coterie::features
