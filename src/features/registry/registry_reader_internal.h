#pragma once
// Puts a registry together: reads every file, then checks what one definition says about another.

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "expr/expr.h"
#include "features/registry/mistake_list_internal.h"
#include "features/registry/reading_internal.h"
#include "features/registry/registry.h"

namespace coterie::features {

// Mistakes are collected: one of each definition (each member of a service, each name that stands
// twice, each cycle), none of what only follows from another. Functions that return a bool tell
// whether the definition is sound; where it is not, they have added the mistake or it is excused.
class RegistryReader {
 public:
  void read_file(const std::string& file, const std::string& text);
  // After all files. Of several mistakes as_one_error(), and each in `mistakes` unless it is null.
  Result<Registry> finish(std::vector<Error>* mistakes);

 private:
  bool wrong(Error error);  // adds the mistake; false
  void lose_definitions();  // of a file
  void read_sections(const YamlNode& root);
  // Calls `read` with each definition of a section; those that it refuses are broken.
  template <class Read>
  void read_section(const YamlNode& root, const char* key, BrokenNames& broken, const Read& read);

  // check_names.cc
  void check_clashes();
  void check_features();
  bool check_feature(const FeatureDefinition& feature);
  bool check_source(const FeatureDefinition& feature);
  Status check_static(const FeatureDefinition& feature, const Source& source) const;
  void check_services();
  void check_members(const FeatureService& service);

  // check_derived.cc
  void resolve_all();
  bool resolve(size_t index);
  bool resolve_derived(size_t index);
  bool resolve_inputs(size_t index);
  bool find_inputs(FeatureDefinition& feature);
  Status settle_entity(FeatureDefinition& feature) const;
  Result<ValueShape> expression_shape(const FeatureDefinition& feature) const;
  Error cycle_error(size_t index) const;
  std::string name_mend(const std::string& name) const;

  std::vector<std::string> entity_names() const;
  std::vector<std::string> source_names() const;
  std::vector<std::string> feature_names() const;

  Registry registry_;
  MistakeList mistakes_;
  BrokenNames broken_entities_;
  BrokenNames broken_sources_;
  BrokenNames broken_features_;
  BrokenNames broken_services_;
  std::vector<bool> typed_;                            // of features
  std::map<std::string, FeatureType> request_fields_;  // by "source.field"
  std::vector<ValueShape> shapes_;                     // of features' values
  enum class State : uint8_t { kNew, kOpen, kDone, kBroken };
  std::vector<State> states_;
  std::vector<size_t> levels_;  // features between a feature and the ground
  std::vector<size_t> path_;    // of derived features being resolved
};

}  // namespace coterie::features
