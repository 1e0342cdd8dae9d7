#pragma once
// A trained forest as an artefact: a folder with
//   model.ubj   as XGBoost saves it; Python opens it: xgboost.Booster().load_model("model.ubj")
//   model.json  what it is: format, kind "trees", objective, outputs, rounds, features (name,
//               categorical), the version of XGBoost, bytes and SHA-256 of model.ubj, and `notes`,
//               whatever the owner wants to keep with it (what categories mean, say).
// Both files are canonical: equal models, equal bytes.

#include <string>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "trees/forest.h"
#include "trees/train.h"

namespace coterie::trees {

struct ForestModel {
  std::string bytes;  // model.ubj
  Forest forest;      // what they say
  nlohmann::json notes = nlohmann::json::object();

  // kCorrupt if the bytes are no model (forest.h) or it does not name its features.
  static Result<ForestModel> from_training(TrainedTrees trained);

  // Creates `folder`; model.json last, so that a folder with it is complete.
  Status save(const std::string& folder) const;
  // kNotFound without model.json; kCorrupt for damage: unreadable, another kind or format, bytes
  // that are not those that were saved, features that the two files name differently.
  static Result<ForestModel> load(const std::string& folder);
};

}  // namespace coterie::trees
