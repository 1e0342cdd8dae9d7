#pragma once
// Which sources an entity's online state has, and a fingerprint of what is kept of their rows.

#include <string>
#include <string_view>
#include <vector>

#include "features/plan/feature_plan.h"

namespace coterie::features {

// An entity and the sources of the plan that are kept for it.
struct EntityKind {
  const Entity* entity = nullptr;
  std::vector<int> sources;  // of FeaturePlan::sources()
};

// Where a source's events are kept: `kind`, and the place among the kind's sources.
struct SourcePlace {
  int kind = 0;
  int place = 0;
};

// Immutable. The plan outlives it.
class OnlineLayout {
 public:
  explicit OnlineLayout(const FeaturePlan& plan);

  const FeaturePlan& plan() const { return *plan_; }
  const std::vector<EntityKind>& kinds() const { return kinds_; }
  SourcePlace place_of(int source) const { return places_[static_cast<size_t>(source)]; }
  // The kind of an entity; -1 if no source is kept for it.
  int kind_of(std::string_view entity) const;

  // Equal for plans that keep the same of every row: a checkpoint can be read by one of the same
  // fingerprint only. 64 hexadecimal digits.
  std::string fingerprint() const;

 private:
  const FeaturePlan* plan_;
  std::vector<EntityKind> kinds_;
  std::vector<SourcePlace> places_;
};

}  // namespace coterie::features
