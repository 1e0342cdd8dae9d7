#pragma once
// What the versions of features meant when values were made with them: a model that was trained on
// spend_30d@2 must find spend_30d@2 as it was. Kept in feature_store/feature_versions.json beside
// the registry's own files, to be put under version control with them. Versions are only ever
// added.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "features/registry/registry.h"

namespace coterie::features {

struct VersionHistory {
  // "spend_30d@2" -> Registry::meaning()
  std::map<std::string, std::string> features;
  // "profile@1" -> {"spend_30d@2", ...} in order
  std::map<std::string, std::vector<std::string>> services;

  // Empty where the project has none yet. kCorrupt, kInvalidInput with the place.
  static Result<VersionHistory> load(const std::string& project_folder);
};

// SHA-256 of the meaning, 64 hexadecimal digits: what a model keeps of a feature.
std::string fingerprint(const Registry& registry, const FeatureDefinition& feature);

// "what: was 'old', is 'new'" for each line in which two meanings differ.
std::vector<std::string> meaning_changes(std::string_view before, std::string_view after);

// kInvalidInput at the first feature or service that changed under a recorded version: the message
// says what differs, the mend which version to write.
Status check_against_history(const Registry& registry, const VersionHistory& history);

// The project's registry, held against its history. Errors: of Registry::load(),
// VersionHistory::load() and check_against_history().
Result<Registry> load_with_history(const std::string& project_folder);

// The versions that definitions must have for the check to pass: of features and services ("service
// NAME") whose present version is recorded with another meaning. A recorded version with the
// present meaning is taken again, else the next.
std::map<std::string, int> versions_to_write(const Registry& registry,
                                             const VersionHistory& history);

// Checks, then adds these features with all that they are derived from, and these services with
// their features, to the project's history. One process at a time; nothing is written if nothing is
// new. Every name must be in the registry.
Status record_versions(const std::string& project_folder, const Registry& registry,
                       const std::vector<std::string>& features,
                       const std::vector<std::string>& services);

}  // namespace coterie::features
