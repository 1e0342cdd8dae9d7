#pragma once
// The recommenders of the laboratory: their settings, read before any file is, and their fit.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/progress.h"
#include "base/result.h"
#include "base/threads.h"
#include "lab/settings.h"
#include "math/sparse.h"
#include "models/recommend/als.h"
#include "models/recommend/recommender.h"
#include "tuning/als_tuning.h"
#include "tuning/hybrid_tuning.h"
#include "tuning/recommender_kinds.h"

namespace coterie::lab {

struct FitRequest {
  std::string model;  // als, popularity, hybrid, or a kind of tuning/recommender_kinds.h
  recommend::AlsOptions als;
  tuning::AlsTuningOptions tuning;                // chooses what was not set
  const tuning::RecommenderKind* kind = nullptr;  // where the model is one
  tuning::SettingValues given;                    // of the kind's settings
  tuning::KindTuningOptions kind_tuning;
  std::optional<tuning::HybridRecipe> hybrid;

  bool needs_content() const;  // the model, or a member of a hybrid
};

// Every model by name.
std::vector<std::string> recommender_names();

// Errors kInvalidInput: a model that is unknown, a setting that the model does not have or that is
// out of its range.
Result<FitRequest> read_fit_request(const std::string& model, Settings& settings);

struct Fitted {
  std::unique_ptr<recommend::Recommender> model;
  nlohmann::ordered_json chosen = nlohmann::ordered_json::object();  // every setting
  double tune_seconds = 0;
  double fit_seconds = 0;
};

// Chooses what is to be chosen on a validation split of `train`, says so, and fits on all of it.
Result<Fitted> fit_recommender(const FitRequest& request, const math::Csr& train,
                               Progress& progress, ThreadPool& pool);

}  // namespace coterie::lab
