#pragma once
// The feature registry: every YAML file of the project's feature_store/, read strictly into one
// value. Small forms are expanded, names are checked across files; what needs the tables' columns
// is checked by plan/feature_plan.h.

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "features/registry/definition.h"

namespace coterie::features {

// Immutable, cheap to move, thread-safe. Pointers into it live as long as it does.
class Registry {
 public:
  // feature_store/*.yaml and *.yml of the project folder, in order of their names. kNotFound, with
  // the mend `coterie features init`, where there is none.
  // Several mistakes are one error: the first, whose mend goes on with the others, 20 in all;
  // where `mistakes` is given it receives each of them.
  static Result<Registry> load(const std::string& project_folder,
                               std::vector<Error>* mistakes = nullptr);
  // The files of a folder itself.
  static Result<Registry> load_folder(const std::string& folder,
                                      std::vector<Error>* mistakes = nullptr);
  // (file, text) pairs of the folder's *.yaml and *.yml, by name; none where there is no folder.
  static Result<std::vector<std::pair<std::string, std::string>>> read_files(
      const std::string& folder);
  // (file, text) pairs, for tests and tools. Errors: kInvalidInput with file, line, column, key and
  // mend. One of each definition, in order of files and lines, none that only follows from another.
  static Result<Registry> parse(const std::vector<std::pair<std::string, std::string>>& files,
                                std::vector<Error>* mistakes = nullptr);

  const std::vector<Entity>& entities() const { return entities_; }
  const std::vector<Source>& sources() const { return sources_; }
  const std::vector<FeatureDefinition>& features() const { return features_; }
  const std::vector<FeatureService>& services() const { return services_; }

  // Null if there is none.
  const Entity* entity(std::string_view name) const;
  const Source* source(std::string_view name) const;
  const FeatureDefinition* feature(std::string_view name) const;
  const FeatureService* service(std::string_view name) const;

  // The features that `feature`'s expression names, in order of first appearance; and those of
  // these, down to the ground, each after what it needs. Cycles were refused by load().
  std::vector<const FeatureDefinition*> inputs_of(const FeatureDefinition& feature) const;

  // Everything that decides the feature's values, canonically, as lines `what: text`; equal texts
  // mean equal values. Includes what it uses of its source, and the fingerprint of what it is
  // derived from. Words (description, owner, tags), `online` and `freshness` decide nothing.
  std::string meaning(const FeatureDefinition& feature) const;

 private:
  friend class RegistryReader;
  std::vector<Entity> entities_;
  std::vector<Source> sources_;
  std::vector<FeatureDefinition> features_;
  std::vector<FeatureService> services_;
  std::map<std::string, size_t, std::less<>> feature_index_;
};

// The members of a service in its order. kNotFound with the nearest name.
Result<std::vector<const FeatureDefinition*>> features_of_service(const Registry& registry,
                                                                  std::string_view service);
// Sources that these features read, also through others, each once.
std::vector<const Source*> sources_of(const Registry& registry,
                                      std::span<const FeatureDefinition* const> features);

}  // namespace coterie::features
