#include <fmt/format.h>

#include "models/recommend/similarity_artefact_internal.h"

namespace coterie::recommend {

void describe(const SimilarityOptions& options, math::Artefact& artefact) {
  artefact.description["similarity"] = similarity_name(options.similarity);
  artefact.description["shrinkage"] = options.shrinkage;
  artefact.description["damping"] = options.damping;
  artefact.description["asymmetry"] = options.asymmetry;
  artefact.description["k1"] = options.k1;
  artefact.description["b"] = options.b;
}

Result<SimilarityOptions> read_similarity(const math::Artefact& artefact) {
  SimilarityOptions options;
  ASSIGN_OR_RETURN(const std::string name, artefact.text("similarity"));
  ASSIGN_OR_RETURN(options.shrinkage, artefact.real("shrinkage"));
  ASSIGN_OR_RETURN(options.damping, artefact.real("damping"));
  ASSIGN_OR_RETURN(options.asymmetry, artefact.real("asymmetry"));
  ASSIGN_OR_RETURN(options.k1, artefact.real("k1"));
  ASSIGN_OR_RETURN(options.b, artefact.real("b"));
  ASSIGN_OR_RETURN(options.value_power, artefact.real("value_power"));
  const auto similarity = similarity_of_name(name);
  if (!similarity.ok()) return corrupt(similarity.error().message);
  options.similarity = *similarity;
  if (auto status = check_options(options); !status.ok()) return corrupt(status.error().message);
  return options;
}

Status check_neighbours(int neighbours) {
  if (neighbours >= 1 && neighbours <= 1'000'000) return {};
  return invalid_input(fmt::format("neighbours = {} is out of range", neighbours))
      .for_key("neighbours")
      .with_mend("use a value from 1 to 1000000");
}

}  // namespace coterie::recommend
