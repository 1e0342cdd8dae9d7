#pragma once
// Vectors of trained models, read from their artefacts for the features that are made of them.

#include <functional>
#include <span>
#include <string>

#include "base/result.h"
#include "data/warehouse/snapshot.h"
#include "features/plan/model_vectors.h"
#include "features/registry/registry.h"

namespace coterie::features {

// A finished version of a model.
struct ModelArtefact {
  std::string id;      // "cf/v3"
  std::string folder;  // with model.json, model.safetensors and entities.json
};
// Where a model is: of "cf" the newest version, of "cf/v3" that one. kNotFound if there is none.
using ModelFinder = std::function<Result<ModelArtefact>(const std::string& name)>;

// entities.json of an artefact says what its rows mean, by dictionary: its version and size when
// the model was trained, the tensor of its vectors (float, rows by code × width), and until when
// the model knows what happened.
inline constexpr const char* kEntitiesFile = "entities.json";

// What these features need, each artefact read once. kInvalidInput at the feature's line: no such
// model, no vectors of that entity, an entity whose join key has no dictionary; kCorrupt names the
// artefact's file.
Result<ModelVectorSet> read_model_vectors(const Registry& registry,
                                          std::span<const FeatureDefinition* const> features,
                                          const data::Snapshot& snapshot,
                                          const ModelFinder& find_model);

}  // namespace coterie::features
