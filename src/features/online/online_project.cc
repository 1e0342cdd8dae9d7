#include "features/online/online_project.h"

namespace coterie::features {
namespace {

store::StoreOptions store_options(const data::Project& project) {
  store::StoreOptions options;
  options.folder = project.folder;
  options.key_space = "coterie:" + project.name;  // projects may share a server
  return options;
}

}  // namespace

std::string event_log_folder(const data::Project& project) { return project.folder + "/events"; }

OnlineConfig online_config(const data::Project& project) {
  OnlineConfig config;
  config.log_folder = event_log_folder(project);
  config.store_url = project.online_store;
  config.store = store_options(project);
  return config;
}

MaterializeConfig materialize_config(const data::Project& project) {
  MaterializeConfig config;
  config.log_folder = event_log_folder(project);
  config.store_url = project.online_store;
  config.store = store_options(project);
  return config;
}

RetentionConfig retention_config(const data::Project& project) {
  RetentionConfig config;
  config.log_folder = event_log_folder(project);
  config.store_url = project.online_store;
  config.store = store_options(project);
  return config;
}

std::vector<const FeatureDefinition*> online_features(const Registry& registry) {
  std::vector<const FeatureDefinition*> features;
  for (const FeatureDefinition& feature : registry.features()) {
    if (feature.online) features.push_back(&feature);
  }
  return features;
}

}  // namespace coterie::features
