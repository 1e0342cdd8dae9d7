#pragma once
// Puts a registry together: reads every file, then checks what one definition says about another.

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "expr/expr.h"
#include "features/registry/reading_internal.h"
#include "features/registry/registry.h"

namespace coterie::features {

class RegistryReader {
 public:
  Status read_file(const std::string& file, const std::string& text);
  // After all files.
  Result<Registry> finish();

 private:
  Status read_sections(const YamlNode& root);

  // check_names.cc
  Status check_clashes();
  Status check_feature(FeatureDefinition& feature);
  Status check_static(const FeatureDefinition& feature, const Source& source) const;
  Status check_services() const;

  // check_derived.cc
  Status resolve_all();
  Status resolve(size_t index);
  Status find_inputs(FeatureDefinition& feature);
  Status settle_entity(FeatureDefinition& feature) const;
  Result<ValueShape> expression_shape(const FeatureDefinition& feature) const;
  Error cycle_error(size_t index) const;
  std::string name_mend(const std::string& name) const;

  std::vector<std::string> entity_names() const;
  std::vector<std::string> source_names() const;
  std::vector<std::string> feature_names() const;

  Registry registry_;
  std::vector<bool> typed_;                            // of features
  std::map<std::string, FeatureType> request_fields_;  // by "source.field"
  std::vector<ValueShape> shapes_;                     // of features' values
  enum class State : uint8_t { kNew, kOpen, kDone };
  std::vector<State> states_;
  std::vector<size_t> levels_;  // features between a feature and the ground
  std::vector<size_t> path_;    // of derived features being resolved
};

}  // namespace coterie::features
