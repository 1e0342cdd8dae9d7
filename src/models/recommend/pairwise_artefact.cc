#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "math/artefact.h"
#include "models/recommend/pairwise.h"
#include "models/recommend/pairwise_model_internal.h"

namespace coterie::recommend {

math::Artefact PairwiseRecommender::to_artefact() const {
  const PairwiseModel& m = *model_;
  math::Artefact artefact;
  artefact.description = {{"kind", name()},
                          {"factors", options_.factors},
                          {"epochs", options_.epochs},
                          {"learning_rate", options_.learning_rate},
                          {"regularisation", options_.regularisation},
                          {"seed", options_.seed}};
  m.scale.describe(artefact);
  const int64_t d = options_.factors;
  artefact.tensors.add("user_factors", {m.users(), d}, user_factors());
  artefact.tensors.add("item_factors", {m.items(), d}, item_factors());
  artefact.tensors.add("item_biases", {m.items()}, item_biases());
  artefact.tensors.add("popularity", {m.items()}, std::span<const float>(m.popularity));
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
  const int64_t d = options_.factors;
  ASSIGN_OR_RETURN(const ValueScale scale, ValueScale::read(artefact));
  ASSIGN_OR_RETURN(std::vector<float> popularity, artefact.floats("popularity", {-1}));
  const auto items = static_cast<int64_t>(popularity.size());
  ASSIGN_OR_RETURN(std::vector<float> users, artefact.floats("user_factors", {-1, d}));
  ASSIGN_OR_RETURN(std::vector<float> factors, artefact.floats("item_factors", {items, d}));
  ASSIGN_OR_RETURN(std::vector<float> biases, artefact.floats("item_biases", {items}));
  PairwiseFactors trained;
  trained.d = options_.factors;
  trained.users.assign(users.begin(), users.end());
  trained.items.assign(factors.begin(), factors.end());
  model_ = std::make_unique<PairwiseModel>(scale, std::move(popularity), std::move(trained),
                                           std::move(biases));
  return {};
}

}  // namespace coterie::recommend
