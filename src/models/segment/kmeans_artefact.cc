#include "math/artefact.h"
#include "models/segment/kmeans.h"

namespace coterie::segment {

Status KMeans::save(const std::string& folder) const {
  math::Artefact artefact;
  artefact.description = {{"kind", "kmeans"},
                          {"clusters", options_.clusters},
                          {"columns", columns_},
                          {"restarts", options_.restarts},
                          {"max_iterations", options_.max_iterations},
                          {"tolerance", options_.tolerance},
                          {"standardise", options_.standardise},
                          {"seed", options_.seed},
                          {"inertia", inertia_},
                          {"iterations", iterations_},
                          {"converged", converged_}};
  artefact.tensors.add("centres", {options_.clusters, columns_}, std::span<const float>(centres_));
  artefact.tensors.add("means", {columns_}, std::span<const double>(means_));
  artefact.tensors.add("scales", {columns_}, std::span<const double>(scales_));
  return artefact.save(folder);
}

Result<std::unique_ptr<KMeans>> KMeans::load(const std::string& folder) {
  ASSIGN_OR_RETURN(const math::Artefact artefact, math::Artefact::load(folder, "kmeans"));
  ASSIGN_OR_RETURN(const int64_t clusters, artefact.integer("clusters"));
  ASSIGN_OR_RETURN(const int64_t columns, artefact.integer("columns"));
  ASSIGN_OR_RETURN(const int64_t restarts, artefact.integer("restarts"));
  ASSIGN_OR_RETURN(const int64_t max_iterations, artefact.integer("max_iterations"));
  ASSIGN_OR_RETURN(const int64_t seed, artefact.integer("seed"));
  ASSIGN_OR_RETURN(const int64_t iterations, artefact.integer("iterations"));
  KMeansOptions options;
  ASSIGN_OR_RETURN(options.tolerance, artefact.real("tolerance"));
  options.clusters = static_cast<int>(clusters);
  options.restarts = static_cast<int>(restarts);
  options.max_iterations = static_cast<int>(max_iterations);
  options.seed = static_cast<uint64_t>(seed);
  ASSIGN_OR_RETURN(options.standardise, artefact.boolean("standardise"));
  if (auto status = check_options(options); !status.ok()) {
    return corrupt(status.error().message).at(folder + "/model.json");
  }
  auto model = std::make_unique<KMeans>(options);
  model->columns_ = static_cast<int>(columns);
  model->iterations_ = static_cast<int>(iterations);
  ASSIGN_OR_RETURN(model->converged_, artefact.boolean("converged"));
  ASSIGN_OR_RETURN(model->inertia_, artefact.real("inertia"));
  ASSIGN_OR_RETURN(model->centres_, artefact.floats("centres", {clusters, columns}));
  ASSIGN_OR_RETURN(model->means_, artefact.tensors.doubles("means", {columns}));
  ASSIGN_OR_RETURN(model->scales_, artefact.tensors.doubles("scales", {columns}));
  return model;
}

}  // namespace coterie::segment
