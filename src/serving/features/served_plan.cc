#include "serving/features/served_plan.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "serving/http/json_writer.h"

namespace coterie::serving {
namespace {

using features::FeatureDefinition;

ServedName name_of(const FeatureDefinition& feature, std::string_view view) {
  return {json_text(feature.name), json_text(fmt::format("{}__{}", view, feature.name))};
}

// The entity, or what decides the value where it has none of its own.
std::string_view default_view(const FeatureDefinition& feature) {
  return feature.entity.empty() ? std::string_view(feature.source) : feature.entity;
}

Error no_such_feature(const features::Registry& registry, std::string_view name, size_t place) {
  std::vector<std::string> names;
  for (const FeatureDefinition& each : registry.features()) names.push_back(each.name);
  return not_found(fmt::format("no feature '{}'", name))
      .for_key(fmt::format("features[{}]", place))
      .with_mend(nearest_mend(name, names, "see `coterie features list`"));
}

// Splits "view:feature" and looks both up.
Result<std::pair<const FeatureDefinition*, std::string_view>> find_feature(
    const features::Registry& registry, std::string_view text, size_t place) {
  const size_t colon = text.find(':');
  const std::string_view name = colon == text.npos ? text : text.substr(colon + 1);
  const FeatureDefinition* const feature = registry.feature(name);
  if (feature == nullptr) return no_such_feature(registry, name, place);
  if (colon == text.npos) return std::pair(feature, default_view(*feature));
  const std::string_view view = text.substr(0, colon);
  if (view != feature->entity && view != feature->source) {
    return not_found(fmt::format("feature '{}' is not of '{}'", name, view))
        .for_key(fmt::format("features[{}]", place))
        .with_mend(fmt::format("write '{}:{}': before the colon stands the feature's entity or "
                               "its source",
                               default_view(*feature), name));
  }
  return std::pair(feature, view);
}

Status check_no_repeats(const std::vector<const FeatureDefinition*>& features) {
  std::vector<const FeatureDefinition*> sorted = features;
  std::ranges::sort(sorted);
  const auto twice = std::ranges::adjacent_find(sorted);
  if (twice == sorted.end()) return {};
  return invalid_input(fmt::format("feature '{}' is asked for twice", (*twice)->name))
      .for_key("features")
      .with_mend("name every feature once");
}

}  // namespace

ServedPlan::ServedPlan(const features::OnlineStore& store, features::RequestPlan request,
                       std::vector<ServedName> names)
    : store_(store), request_(std::move(request)), names_(std::move(names)) {
  auto worker = std::make_unique<PlanWorker>(store_, request_);
  for (const std::string& kind : worker->reader.kinds())
    entities_.push_back(store_.plan().registry().entity(kind));
  idle_.push_back(std::move(worker));
}

bool ServedPlan::has_join_key(std::string_view name) const {
  return std::ranges::any_of(entities_, [&](const features::Entity* entity) {
    return std::ranges::find(entity->join_keys, name) != entity->join_keys.end();
  });
}

std::unique_ptr<PlanWorker> ServedPlan::take() const {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto worker = std::move(idle_.back());
      idle_.pop_back();
      return worker;
    }
  }
  return std::make_unique<PlanWorker>(store_, request_);
}

void ServedPlan::give_back(std::unique_ptr<PlanWorker> worker) const {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(worker));
}

std::shared_ptr<const ServedPlan> PlanCache::find(std::string_view key) const {
  const std::shared_lock lock(mutex_);
  const auto found = plans_.find(key);
  return found == plans_.end() ? nullptr : found->second;
}

Result<std::shared_ptr<const ServedPlan>> PlanCache::make(std::string_view key,
                                                          const Features& features,
                                                          std::vector<ServedName> names) {
  RETURN_IF_ERROR(check_no_repeats(features));
  const auto fitted = [this] {
    const std::shared_lock lock(mutex_);
    return fitted_;
  }();
  ASSIGN_OR_RETURN(features::RequestPlan request,
                   features::RequestPlan::make(store_.plan(), features, *fitted));
  auto plan = std::make_shared<const ServedPlan>(store_, std::move(request), std::move(names));
  const std::unique_lock lock(mutex_);
  // Made of statistics that have been replaced meanwhile, it answers this request and no other.
  if (fitted != fitted_) return plan;
  if (plans_.size() >= kMaxPlans) plans_.clear();
  plans_.insert_or_assign(std::string(key), plan);
  return plan;
}

void PlanCache::set_fitted(features::FittedSet fitted) {
  auto next = std::make_shared<const features::FittedSet>(std::move(fitted));
  const std::unique_lock lock(mutex_);
  fitted_ = std::move(next);
  plans_.clear();
}

Result<std::shared_ptr<const ServedPlan>> PlanCache::service(std::string_view name) {
  thread_local std::string key;
  key.assign("service ").append(name);
  if (auto found = find(key)) return found;
  auto members = features::features_of_service(store_.plan().registry(), name);
  if (!members.ok()) return std::move(members).error().for_key("feature_service");
  std::vector<ServedName> names;
  for (const FeatureDefinition* feature : *members)
    names.push_back(name_of(*feature, default_view(*feature)));
  return make(key, *members, std::move(names));
}

Result<std::shared_ptr<const ServedPlan>> PlanCache::features(
    std::span<const std::string_view> asked) {
  thread_local std::string key;
  key.assign("features");
  for (const std::string_view name : asked) key.append("\n").append(name);
  if (auto found = find(key)) return found;
  Features members;
  std::vector<ServedName> names;
  for (size_t i = 0; i < asked.size(); ++i) {
    ASSIGN_OR_RETURN(const auto found, find_feature(store_.plan().registry(), asked[i], i));
    members.push_back(found.first);
    names.push_back(name_of(*found.first, found.second));
  }
  return make(key, members, std::move(names));
}

Result<std::shared_ptr<const ServedPlan>> PlanCache::entity(const features::Entity& entity) {
  const std::string key = "entity " + entity.name;
  if (auto found = find(key)) return found;
  Features members;
  std::vector<ServedName> names;
  for (const features::CompiledFeature& each : store_.plan().features()) {
    const FeatureDefinition& feature = *each.definition;
    const bool alone = std::ranges::all_of(each.sources, [&](int source) {
      return store_.plan().sources()[static_cast<size_t>(source)].entity == &entity;
    });
    if (feature.entity != entity.name || !feature.online || !alone || !feature.requests.empty())
      continue;
    members.push_back(&feature);
    names.push_back(name_of(feature, feature.entity));
  }
  if (members.empty()) {
    return not_found(fmt::format("no online feature of entity '{}'", entity.name))
        .with_mend("see `coterie features list`");
  }
  return make(key, members, std::move(names));
}

}  // namespace coterie::serving
