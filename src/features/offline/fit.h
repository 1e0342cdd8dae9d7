#pragma once
// Statistics of encodings, computed from a snapshot's values (plan/fitted.h says when).

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "features/plan/fitted.h"
#include "features/plan/value_column.h"
#include "features/registry/definition.h"

namespace coterie::features {

// The values of one feature before its encoding, of every entity that has one. Texts are copied.
class FitSample {
 public:
  // `feature` outlives the sample.
  explicit FitSample(const FeatureDefinition& feature);
  void add(const ValueType& type, const ValueColumn& values);
  void add(FitSample&& other);

  // bounds:  the ceil(b * n / count)-th smallest value for b = 1 .. count - 1
  // scale:   mean and sample deviation; least and range; median and interquartile range
  // values:  the `count` most frequent, of equal ones the first by text
  FittedStatistics statistics(Micros as_of) &&;

 private:
  const FeatureDefinition* feature_;
  bool by_text_;
  std::vector<double> numbers_;
  std::map<std::string, int64_t, std::less<>> texts_;
};

// Whether the feature has statistics at all; and whether a build fits them (again).
bool is_fitted(const FeatureDefinition& feature);
bool needs_fit(const FeatureDefinition& feature, const FittedSet& fitted);

}  // namespace coterie::features
