#include "math/artefact.h"
#include "models/recommend/als.h"

namespace coterie::recommend {

Status Als::save(const std::string& folder) const {
  math::Artefact artefact;
  artefact.description = {{"kind", "als"},
                          {"users", users_},
                          {"items", items_},
                          {"factors", options_.factors},
                          {"w0", options_.unobserved_weight},
                          {"regularisation", options_.regularisation},
                          {"frequency_exponent", options_.frequency_exponent},
                          {"sweeps", options_.sweeps},
                          {"solver", solver_name(options_.solver)},
                          {"cg_steps", options_.cg_steps},
                          {"block", options_.block},
                          {"initial_scale", options_.initial_scale},
                          {"seed", options_.seed}};
  const int64_t d = options_.factors;
  artefact.tensors.add("user_factors", {users_, d}, std::span<const float>(user_factors_));
  artefact.tensors.add("item_factors", {items_, d}, std::span<const float>(item_factors_));
  artefact.tensors.add("item_gram", {d, d}, std::span<const float>(item_gram_));
  artefact.tensors.add("popularity", {items_}, std::span<const float>(popularity_));
  return artefact.save(folder);
}

Result<std::unique_ptr<Als>> Als::load(const std::string& folder) {
  ASSIGN_OR_RETURN(const math::Artefact artefact, math::Artefact::load(folder, "als"));
  AlsOptions options;
  ASSIGN_OR_RETURN(const int64_t factors, artefact.integer("factors"));
  ASSIGN_OR_RETURN(const int64_t sweeps, artefact.integer("sweeps"));
  ASSIGN_OR_RETURN(const int64_t cg_steps, artefact.integer("cg_steps"));
  ASSIGN_OR_RETURN(const int64_t block, artefact.integer("block"));
  ASSIGN_OR_RETURN(const std::string solver, artefact.text("solver"));
  ASSIGN_OR_RETURN(options.unobserved_weight, artefact.real("w0"));
  ASSIGN_OR_RETURN(options.regularisation, artefact.real("regularisation"));
  ASSIGN_OR_RETURN(options.frequency_exponent, artefact.real("frequency_exponent"));
  ASSIGN_OR_RETURN(options.initial_scale, artefact.real("initial_scale"));
  ASSIGN_OR_RETURN(const int64_t seed, artefact.integer("seed"));
  options.factors = static_cast<int>(factors);
  options.sweeps = static_cast<int>(sweeps);
  options.cg_steps = static_cast<int>(cg_steps);
  options.block = static_cast<int>(block);
  options.seed = static_cast<uint64_t>(seed);
  options.solver = solver_of_name(solver);
  if (auto status = check_options(options); !status.ok()) {
    return corrupt(status.error().message).at(folder + "/model.json");
  }
  auto model = std::make_unique<Als>(options);
  ASSIGN_OR_RETURN(model->user_factors_, artefact.floats("user_factors", {-1, factors}));
  ASSIGN_OR_RETURN(model->item_factors_, artefact.floats("item_factors", {-1, factors}));
  ASSIGN_OR_RETURN(model->item_gram_, artefact.floats("item_gram", {factors, factors}));
  model->users_ = static_cast<int32_t>(model->user_factors_.size() / options.factors);
  model->items_ = static_cast<int32_t>(model->item_factors_.size() / options.factors);
  ASSIGN_OR_RETURN(model->popularity_, artefact.floats("popularity", {model->items_}));
  return model;
}

}  // namespace coterie::recommend
