#include "features/offline/model_artefacts.h"

#include <filesystem>

#include <fmt/format.h>

#include "base/atomic_file.h"
#include "base/json.h"
#include "features/offline/source_schemas.h"
#include "math/artefact.h"

namespace coterie::features {
namespace {

Error at_model(const FeatureDefinition& feature, std::string message, std::string mend) {
  const auto node = feature.node.find("model");
  return (node ? *node : feature.node).error(std::move(message), std::move(mend));
}

// What entities.json says of one dictionary.
struct EntityRows {
  std::string tensor;
  Micros trained_until = 0;
};

Result<EntityRows> read_entity(const ModelArtefact& model, const std::string& dictionary,
                               const FeatureDefinition& feature) {
  const std::string path = model.folder + "/" + kEntitiesFile;
  if (!std::filesystem::exists(path)) {
    return at_model(feature, fmt::format("model {} does not say whose vectors it has", model.id),
                    "train it again: coterie run --select models --force");
  }
  ASSIGN_OR_RETURN(const std::string text, read_file(path));
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return corrupt("this is no JSON object").at(path);
  const auto entity = json.find(dictionary);
  if (entity == json.end() || !entity->is_object() || !entity->contains("vectors")) {
    return at_model(feature,
                    fmt::format("model {} has no vectors of entity '{}'", model.id, feature.entity),
                    "name a model that learns a vector for each, such as one of kind als");
  }
  const auto& tensor = (*entity)["vectors"];
  const auto until = entity->find("trained_until");
  if (!tensor.is_string() || until == entity->end() || !until->is_string())
    return corrupt(fmt::format("'{}' lacks a tensor's name or a time", dictionary)).at(path);
  EntityRows rows{.tensor = tensor.get<std::string>()};
  const auto moment = parse_utc(until->get<std::string>());
  if (!moment.ok()) return corrupt("trained_until is no time").at(path);
  rows.trained_until = *moment;
  return rows;
}

class VectorReader {
 public:
  VectorReader(const Registry& registry, const data::Snapshot& snapshot, const ModelFinder& finder)
      : registry_(registry), snapshot_(snapshot), find_model_(finder) {}

  Status add(const FeatureDefinition& feature) {
    if (feature.kind != FeatureKind::kModel) return {};
    if (vectors_.contains(std::pair(feature.model, feature.entity))) return {};
    ASSIGN_OR_RETURN(auto vectors, read(feature));
    vectors_.emplace(std::pair(feature.model, feature.entity), std::move(vectors));
    return {};
  }
  ModelVectorSet take() { return std::move(vectors_); }

 private:
  Result<std::shared_ptr<const ModelVectors>> read(const FeatureDefinition& feature);

  const Registry& registry_;
  const data::Snapshot& snapshot_;
  const ModelFinder& find_model_;
  ModelVectorSet vectors_;
};

Result<std::shared_ptr<const ModelVectors>> VectorReader::read(const FeatureDefinition& feature) {
  const Entity& entity = *registry_.entity(feature.entity);
  const std::string dictionary =
      entity.join_keys.size() == 1 ? dictionary_of_column(snapshot_, entity.join_keys[0]) : "";
  if (dictionary.empty()) {
    return at_model(feature,
                    fmt::format("models have no vectors of entity '{}': its join key is no id that "
                                "the warehouse codes",
                                entity.name),
                    "models learn vectors of customers and articles");
  }
  const auto model =
      find_model_ ? find_model_(feature.model) : Result<ModelArtefact>(not_found("no models here"));
  if (!model.ok()) {
    const Error& error = model.error();
    if (error.code != ErrorCode::kNotFound) return error;
    return at_model(feature, error.message, error.mend);
  }
  ASSIGN_OR_RETURN(const EntityRows rows, read_entity(*model, dictionary, feature));
  ASSIGN_OR_RETURN(const math::Artefact artefact, math::Artefact::load(model->folder, ""));
  const auto& tensors = artefact.tensors.tensors();
  const auto tensor = tensors.find(rows.tensor);
  if (tensor == tensors.end() || tensor->second.shape.size() != 2)
    return corrupt(fmt::format("no matrix '{}'", rows.tensor)).at(model->folder);
  ModelVectors vectors{.id = model->id,
                       .dictionary = dictionary,
                       .trained_until = rows.trained_until,
                       .width = static_cast<int>(tensor->second.shape[1]),
                       .values = {}};
  ASSIGN_OR_RETURN(vectors.values, artefact.floats(rows.tensor, {-1, vectors.width}));
  return std::make_shared<const ModelVectors>(std::move(vectors));
}

}  // namespace

Result<ModelVectorSet> read_model_vectors(const Registry& registry,
                                          std::span<const FeatureDefinition* const> features,
                                          const data::Snapshot& snapshot,
                                          const ModelFinder& find_model) {
  VectorReader reader(registry, snapshot, find_model);
  for (const FeatureDefinition* feature : features) {
    for (const FeatureDefinition* input : registry.inputs_of(*feature))
      RETURN_IF_ERROR(reader.add(*input));
    RETURN_IF_ERROR(reader.add(*feature));
  }
  return reader.take();
}

}  // namespace coterie::features
