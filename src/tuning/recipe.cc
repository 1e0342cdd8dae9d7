#include "tuning/recipe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/check.h"
#include "models/recommend/popularity.h"
#include "tuning/als_tuning.h"

namespace coterie::tuning {
namespace {

Result<Recipe> choose_als(Recipe recipe, const math::Csr& interactions,
                          const KindTuningOptions& options, ThreadPool& pool) {
  const bool chosen = !recipe.choose_unobserved_weight && !recipe.choose_regularisation;
  if (!chosen && anything_to_hold_out(interactions)) {
    ASSIGN_OR_RETURN(const AlsTuning tuned,
                     tune_als(interactions, recipe.als,
                              {.choose_unobserved_weight = recipe.choose_unobserved_weight,
                               .choose_regularisation = recipe.choose_regularisation,
                               .max_users = options.max_users,
                               .seed = options.seed,
                               .on_trial = options.on_trial},
                              pool));
    recipe.als = tuned.options;
  }
  recipe.choose_unobserved_weight = recipe.choose_regularisation = false;
  return recipe;
}

}  // namespace

std::vector<std::string> recipe_names() {
  std::vector<std::string> names = {"als", "popularity"};
  for (const RecommenderKind& kind : recommender_kinds()) names.push_back(kind.name);
  return names;
}

std::vector<std::string> member_names() {
  std::vector<std::string> names = recipe_names();
  std::erase_if(names, [](const std::string& name) {
    const RecommenderKind* kind = find_kind(name);
    return kind != nullptr && kind->reads_order;
  });
  return names;
}

bool reads_content(const std::string& name) {
  const RecommenderKind* kind = find_kind(name);
  return kind != nullptr && kind->needs_content;
}

bool anything_to_hold_out(const math::Csr& interactions) {
  for (int32_t row = 0; row < interactions.rows; ++row) {
    if (interactions.row_indices(row).size() > 1) return true;
  }
  return false;
}

Result<Recipe> choose_settings(Recipe recipe, const math::Csr& interactions,
                               const KindTuningOptions& options, ThreadPool& pool) {
  if (recipe.name == "als") return choose_als(std::move(recipe), interactions, options, pool);
  if (recipe.name == "popularity") return recipe;
  const RecommenderKind* kind = find_kind(recipe.name);
  if (kind == nullptr) {
    return not_found(fmt::format("there is no model '{}'", recipe.name))
        .with_mend(fmt::format("use one of {}", fmt::join(recipe_names(), ", ")));
  }
  ASSIGN_OR_RETURN(const KindTuning tuned,
                   tune_kind(*kind, recipe.settings, interactions, options, pool));
  recipe.settings = tuned.values;
  return recipe;
}

std::unique_ptr<recommend::Recommender> make_recommender(const Recipe& recipe,
                                                         const MakeOptions& options) {
  if (recipe.name == "als") return std::make_unique<recommend::Als>(recipe.als);
  if (recipe.name == "popularity") return std::make_unique<recommend::Popularity>();
  const RecommenderKind* kind = find_kind(recipe.name);
  CHECK(kind != nullptr);
  return kind->make(recipe.settings, options);
}

}  // namespace coterie::tuning
