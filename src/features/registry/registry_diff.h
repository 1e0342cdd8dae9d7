#pragma once
// What changed between two registries, as one who trains and serves needs to know it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "features/registry/registry.h"

namespace coterie::features {

enum class ChangeKind : uint8_t {
  kAdded,
  kRemoved,
  kMeaning,  // other values under the same version: refused where the old ones were used
  kVersion,  // another version, and perhaps another meaning
  kWords,    // description, owner, tags, freshness, online: the values are the same
};
std::string_view change_name(ChangeKind kind);  // "changed meaning"

struct RegistryChange {
  std::string what;  // "feature" or "service"
  std::string name;
  ChangeKind kind = ChangeKind::kAdded;
  int old_version = 0;  // 0 = none
  int new_version = 0;
  std::vector<std::string> details;  // "window was '30d', is '7d'"
};

// Features, then services; in the order of the new registry, removed ones last.
std::vector<RegistryChange> diff_registries(const Registry& before, const Registry& after);

}  // namespace coterie::features
