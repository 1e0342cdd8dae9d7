#pragma once
// How a feature's values are spread over the entities of the newest snapshot.

#include <optional>
#include <string>

#include "base/result.h"
#include "cli/session.h"
#include "cli/workspace.h"
#include "features/registry/registry.h"

namespace coterie::cli {

struct Distribution {
  std::string day;  // of the snapshot
  int64_t entities = 0;
  int64_t nulls = 0;
  // Numbers: least, quartiles and greatest, mean. Others: the most frequent texts with counts.
  std::vector<std::pair<std::string, std::string>> lines;

  std::string to_text() const;
  Json to_json() const;
};

// nullopt: no snapshot has the feature. O(entities).
Result<std::optional<Distribution>> distribution_of(Reader& reader,
                                                    const features::Registry& registry,
                                                    const features::FeatureDefinition& feature);

}  // namespace coterie::cli
