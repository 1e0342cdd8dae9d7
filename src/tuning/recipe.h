#pragma once
// Any recommender of the program by name, with the settings it is to be made with.

#include <memory>
#include <string>
#include <vector>

#include "models/recommend/als.h"
#include "tuning/recommender_kinds.h"

namespace coterie::tuning {

struct Recipe {
  std::string name;  // als, popularity, or a kind of tuning/recommender_kinds.h
  recommend::AlsOptions als = {};
  bool choose_unobserved_weight = true;  // als: what is still to be chosen
  bool choose_regularisation = true;
  SettingValues settings = {};  // of a kind: those given; all of them once they are chosen
};

// Every name that a recipe may have.
std::vector<std::string> recipe_names();
// Those of models that work from who met what alone, or with what items are like: what sequences
// tell is judged on newest interactions, and lists of the two do not compare.
std::vector<std::string> member_names();

// Whether the model of that name reads what items are like (MakeOptions::content).
bool reads_content(const std::string& name);
// Whether any user has two interactions: else no setting can be judged.
bool anything_to_hold_out(const math::Csr& interactions);

// The recipe with every setting, what it leaves open being chosen on a validation part of the
// interactions (tune_als, tune_kind). Where nothing can be held out they have their initial values.
// Errors: those of fit() and recommend(); kNotFound for a name that there is not.
Result<Recipe> choose_settings(Recipe recipe, const math::Csr& interactions,
                               const KindTuningOptions& options, ThreadPool& pool);

// A recommender to be fitted. Every setting must have been chosen.
std::unique_ptr<recommend::Recommender> make_recommender(const Recipe& recipe,
                                                         const MakeOptions& options);

}  // namespace coterie::tuning
