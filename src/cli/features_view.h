#pragma once
// How commands show parts of the feature registry.

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/session.h"
#include "features/registry/history.h"
#include "features/registry/registry.h"

namespace coterie::cli {

// The registry of the session's project, and what its versions meant when values were made.
struct OpenedRegistry {
  std::string folder;  // of the project
  features::Registry registry;
  features::VersionHistory history;

  // Of a registry with mistakes each, where `mistakes` is given (Registry::load()).
  static Result<OpenedRegistry> open(const Session& session,
                                     std::vector<Error>* mistakes = nullptr);
};

// "sum(amount) 30d", "club_member_status of the newest row", "spend / buys", "vectors of model cf",
// with the encoding behind it.
std::string value_text(const features::FeatureDefinition& feature);
// "30d", "90d / 30d" of a ratio with two, "" where there is none.
std::string window_column(const features::FeatureDefinition& feature);
// The source's name, "(features)", "(model)".
std::string source_column(const features::FeatureDefinition& feature);
Json feature_json(const features::FeatureDefinition& feature);

// kNotFound with the nearest of the registry's features and services.
Error no_such_feature(const features::Registry& registry, const std::string& name);

}  // namespace coterie::cli
