#pragma once
// From an aggregation of the registry to an aggregate of the evaluator: fields, filters, masks and
// the type of the result.

#include "base/result.h"
#include "features/plan/feature_plan.h"

namespace coterie::features {

class SlotCompiler {
 public:
  // Adds to `plan` what the aggregates need. `source` is its index.
  SlotCompiler(SourcePlan& plan, int source, const FeatureDefinition& feature)
      : plan_(plan), source_(source), feature_(feature) {}

  Result<SlotUse> latest();
  // Errors point under `node`.
  Result<SlotUse> aggregate(const Aggregation& aggregation, const YamlNode& node);
  // What the slot's value is to the feature.
  ValueType value_type(const SlotUse& use) const;

 private:
  Result<int> field(const std::string& expression, const YamlNode& node);
  Result<int> group_field(const Aggregation& aggregation, const YamlNode& node);
  Status check_column(const Aggregation& aggregation, int field, const YamlNode& node) const;
  void set_type(SlotUse& use) const;

  SourcePlan& plan_;
  int source_;
  const FeatureDefinition& feature_;
};

}  // namespace coterie::features
