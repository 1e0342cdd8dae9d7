#pragma once
// What commands around the online features of a project start from: the registry, checked against
// its history, compiled for what is served online, and where log and store are.

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/timezone.h"
#include "cli/session.h"
#include "cli/workspace.h"
#include "features/plan/feature_plan.h"
#include "features/plan/fitted.h"
#include "features/registry/registry.h"

namespace coterie::cli {

struct OnlineProject {
  Workspace workspace;
  std::unique_ptr<const features::Registry> registry;  // the plan points into it
  std::unique_ptr<const features::FeaturePlan> plan;
  features::FittedSet fitted;  // by builds until now
  TimeZone zone;

  // Reads the warehouse's tables and lets go of them. kNotFound: no registry, or no online feature.
  static Result<OnlineProject> open(const Session& session, const std::string& role);

  const data::Project& project() const { return workspace.project; }
};

// Where `serve` keeps a sample of what it served, for `features skew`.
std::string served_sample_file(const data::Project& project);

}  // namespace coterie::cli
