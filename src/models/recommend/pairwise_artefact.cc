#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "math/artefact.h"
#include "models/recommend/pairwise.h"
#include "models/recommend/pairwise_model_internal.h"

namespace coterie::recommend {
namespace {

void write_shared(const SharedRows& shared, const std::string& side, math::Artefact& artefact) {
  const auto count = static_cast<int64_t>(shared.biases.size());
  artefact.tensors.add(side + "_feature_factors", {count, shared.d},
                       std::span<const float>(shared.rows));
  artefact.tensors.add(side + "_feature_biases", {count}, std::span<const float>(shared.biases));
}

Result<SharedRows> read_shared(const math::Artefact& artefact, const std::string& side, int d,
                               int32_t features) {
  SharedRows shared;
  shared.d = d;
  if (features == 0) return shared;
  ASSIGN_OR_RETURN(shared.rows, artefact.floats(side + "_feature_factors", {features, d}));
  ASSIGN_OR_RETURN(shared.biases, artefact.floats(side + "_feature_biases", {features}));
  return shared;
}

}  // namespace

math::Artefact PairwiseRecommender::to_artefact() const {
  const PairwiseModel& m = *model_;
  math::Artefact artefact;
  artefact.description = {{"kind", name()},
                          {"factors", options_.factors},
                          {"epochs", options_.epochs},
                          {"learning_rate", options_.learning_rate},
                          {"regularisation", options_.regularisation},
                          {"seed", options_.seed}};
  m.scale().describe(artefact);
  const int64_t d = options_.factors;
  const PairwiseTrained& trained = m.trained();
  artefact.tensors.add("user_factors", {m.trained_users(), d}, m.own_users());
  artefact.tensors.add("item_factors", {m.trained_items(), d}, m.own_items());
  artefact.tensors.add("item_biases", {m.trained_items()}, std::span<const float>(trained.biases));
  artefact.tensors.add("popularity", {m.trained_items()},
                       std::span<const float>(trained.popularity));
  if (m.features == nullptr) return artefact;
  write_features(*m.features, artefact);
  if (m.features->has_users()) write_shared(trained.shared_users, "user", artefact);
  if (m.features->has_items()) write_shared(trained.shared_items, "item", artefact);
  return artefact;
}

Result<PairwiseOptions> PairwiseRecommender::read_options(const math::Artefact& artefact) {
  PairwiseOptions options;
  ASSIGN_OR_RETURN(const int64_t factors, artefact.integer("factors"));
  ASSIGN_OR_RETURN(const int64_t epochs, artefact.integer("epochs"));
  ASSIGN_OR_RETURN(const int64_t seed, artefact.integer("seed"));
  ASSIGN_OR_RETURN(options.learning_rate, artefact.real("learning_rate"));
  ASSIGN_OR_RETURN(options.regularisation, artefact.real("regularisation"));
  ASSIGN_OR_RETURN(const ValueScale scale, ValueScale::read(artefact));
  options.factors = static_cast<int>(factors);
  options.epochs = static_cast<int>(epochs);
  options.seed = static_cast<uint64_t>(seed);
  options.value_power = scale.power();
  if (auto status = check_options(options); !status.ok()) return corrupt(status.error().message);
  return options;
}

Status PairwiseRecommender::read(const math::Artefact& artefact) {
  const int d = options_.factors;
  PairwiseTrained trained;
  ASSIGN_OR_RETURN(trained.scale, ValueScale::read(artefact));
  ASSIGN_OR_RETURN(trained.popularity, artefact.floats("popularity", {-1}));
  const auto items = static_cast<int64_t>(trained.popularity.size());
  ASSIGN_OR_RETURN(const std::vector<float> users, artefact.floats("user_factors", {-1, d}));
  ASSIGN_OR_RETURN(const std::vector<float> rows, artefact.floats("item_factors", {items, d}));
  ASSIGN_OR_RETURN(trained.biases, artefact.floats("item_biases", {items}));
  trained.users.assign(users.begin(), users.end());
  trained.items.assign(rows.begin(), rows.end());
  ASSIGN_OR_RETURN(FeatureMatrices matrices, read_features(artefact));
  const auto status =
      check_features(matrices, static_cast<int32_t>(users.size() / static_cast<size_t>(d)),
                     static_cast<int32_t>(items));
  if (!status.ok()) return corrupt(status.error().message);
  ASSIGN_OR_RETURN(trained.shared_users, read_shared(artefact, "user", d, matrices.users.cols));
  ASSIGN_OR_RETURN(trained.shared_items, read_shared(artefact, "item", d, matrices.items.cols));
  std::shared_ptr<const FeatureMatrices> features;
  if (matrices.has_users() || matrices.has_items()) {
    features = std::make_shared<const FeatureMatrices>(std::move(matrices));
  }
  model_ = std::make_unique<PairwiseModel>(std::move(trained), d, std::move(features));
  return {};
}

}  // namespace coterie::recommend
