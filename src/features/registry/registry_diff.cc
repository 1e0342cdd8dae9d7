#include "features/registry/registry_diff.h"

#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "features/registry/history.h"

namespace coterie::features {
namespace {

void compare(std::string_view what, const std::string& before, const std::string& after,
             std::vector<std::string>& details) {
  if (before == after) return;
  details.push_back(fmt::format("{} was '{}', is '{}'", what, before, after));
}

std::string list_text(const std::vector<std::string>& items) {
  return fmt::format("{}", fmt::join(items, ", "));
}

// Owner, tags and description of features and services.
template <typename T>
std::vector<std::string> word_changes(const T& before, const T& after) {
  std::vector<std::string> details;
  compare("description", before.description, after.description, details);
  compare("owner", before.owner, after.owner, details);
  compare("tags", list_text(before.tags), list_text(after.tags), details);
  return details;
}

std::vector<std::string> all_words(const FeatureDefinition& before,
                                   const FeatureDefinition& after) {
  std::vector<std::string> details = word_changes(before, after);
  compare("freshness", before.freshness, after.freshness, details);
  compare("online", before.online ? "true" : "false", after.online ? "true" : "false", details);
  return details;
}

std::optional<RegistryChange> change_of(std::string what, const std::string& name, int old_version,
                                        int new_version, std::vector<std::string> meaning,
                                        std::vector<std::string> words) {
  RegistryChange change{std::move(what), name, ChangeKind::kWords, old_version, new_version, {}};
  if (old_version != new_version) {
    change.kind = ChangeKind::kVersion;
  } else if (!meaning.empty()) {
    change.kind = ChangeKind::kMeaning;
  } else if (words.empty()) {
    return std::nullopt;
  }
  change.details = std::move(meaning);
  change.details.insert(change.details.end(), words.begin(), words.end());
  return change;
}

std::vector<std::string> member_changes(const Registry& before, const FeatureService& old_service,
                                        const Registry& after, const FeatureService& new_service) {
  const auto members = [](const Registry& registry, const FeatureService& service) {
    std::vector<std::string> references;
    for (const std::string& name : service.features) {
      references.push_back(registry.feature(name)->reference());
    }
    return list_text(references);
  };
  std::vector<std::string> details;
  compare("features", members(before, old_service), members(after, new_service), details);
  return details;
}

void add_features(const Registry& before, const Registry& after,
                  std::vector<RegistryChange>& changes) {
  for (const FeatureDefinition& feature : after.features()) {
    const FeatureDefinition* old = before.feature(feature.name);
    if (old == nullptr) {
      changes.push_back({"feature", feature.name, ChangeKind::kAdded, 0, feature.version, {}});
      continue;
    }
    auto change = change_of("feature", feature.name, old->version, feature.version,
                            meaning_changes(before.meaning(*old), after.meaning(feature)),
                            all_words(*old, feature));
    if (change) changes.push_back(*std::move(change));
  }
  for (const FeatureDefinition& old : before.features()) {
    if (after.feature(old.name) != nullptr) continue;
    changes.push_back({"feature", old.name, ChangeKind::kRemoved, old.version, 0, {}});
  }
}

void add_services(const Registry& before, const Registry& after,
                  std::vector<RegistryChange>& changes) {
  for (const FeatureService& service : after.services()) {
    const FeatureService* old = before.service(service.name);
    if (old == nullptr) {
      changes.push_back({"service", service.name, ChangeKind::kAdded, 0, service.version, {}});
      continue;
    }
    auto change =
        change_of("service", service.name, old->version, service.version,
                  member_changes(before, *old, after, service), word_changes(*old, service));
    if (change) changes.push_back(*std::move(change));
  }
  for (const FeatureService& old : before.services()) {
    if (after.service(old.name) != nullptr) continue;
    changes.push_back({"service", old.name, ChangeKind::kRemoved, old.version, 0, {}});
  }
}

}  // namespace

std::string_view change_name(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kAdded:
      return "added";
    case ChangeKind::kRemoved:
      return "removed";
    case ChangeKind::kMeaning:
      return "changed meaning";
    case ChangeKind::kVersion:
      return "changed version";
    case ChangeKind::kWords:
      return "changed words";
  }
  return "";
}

std::vector<RegistryChange> diff_registries(const Registry& before, const Registry& after) {
  std::vector<RegistryChange> changes;
  add_features(before, after, changes);
  add_services(before, after, changes);
  return changes;
}

}  // namespace coterie::features
