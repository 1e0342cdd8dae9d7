#include "trees/model_folder.h"

#include <fmt/format.h>

#include "base/atomic_file.h"
#include "base/hash.h"
#include "base/json.h"

namespace coterie::trees {
namespace {

using nlohmann::json;

constexpr int kFormat = 1;
constexpr int64_t kMostBytes = int64_t{1} << 32;

json features_of(const Forest& forest) {
  json features = json::array();
  for (const FeatureColumn& column : forest.columns) {
    features.push_back({{"name", column.name}, {"categorical", column.categorical}});
  }
  return features;
}

json describe(const ForestModel& model) {
  const Forest& forest = model.forest;
  return {{"kind", "trees"},
          {"format", kFormat},
          {"objective", forest.objective},
          {"outputs", forest.outputs},
          {"rounds", std::ssize(forest.trees) / forest.outputs},
          {"features", features_of(forest)},
          {"xgboost_version", xgboost_version()},
          {"model_bytes", model.bytes.size()},
          {"model_sha256", sha256_hex(model.bytes)},
          {"notes", model.notes}};
}

Status check_kind(const json& description, const std::string& file) {
  if (!description.is_object() || description.value("kind", json()) != "trees") {
    return corrupt("does not describe a model of trees").at(file);
  }
  if (description.value("format", json()) != kFormat) {
    return corrupt(fmt::format("format {} is not {}",
                               dump_json(description.value("format", json())), kFormat))
        .at(file)
        .with_mend("train the model again with this version of the program");
  }
  return {};
}

Result<json> read_description(const std::string& file) {
  auto description = load_json(file);
  if (description.ok()) return description;
  Error error = std::move(description).error();
  // The user did not write this file: what is wrong with it is damage, not input.
  if (error.code == ErrorCode::kInvalidInput) error.code = ErrorCode::kCorrupt;
  return error;
}

}  // namespace

Result<ForestModel> ForestModel::from_training(TrainedTrees trained) {
  ForestModel model;
  model.bytes = std::move(trained.model);
  ASSIGN_OR_RETURN(model.forest, parse_forest(model.bytes, "model.ubj"));
  if (model.forest.columns.size() != static_cast<size_t>(model.forest.features)) {
    return corrupt("the model does not name its features").at("model.ubj");
  }
  return model;
}

Status ForestModel::save(const std::string& folder) const {
  RETURN_IF_ERROR(make_folders(folder));
  RETURN_IF_ERROR(write_file_atomic(folder + "/model.ubj", bytes));
  return write_file_atomic(folder + "/model.json", dump_json(describe(*this), 2) + "\n");
}

Result<ForestModel> ForestModel::load(const std::string& folder) {
  const std::string description_file = folder + "/model.json";
  const std::string model_file = folder + "/model.ubj";
  ASSIGN_OR_RETURN(const json description, read_description(description_file));
  RETURN_IF_ERROR(check_kind(description, description_file));
  ForestModel model;
  ASSIGN_OR_RETURN(model.bytes, read_file(model_file, kMostBytes));
  if (description.value("model_sha256", json()) != sha256_hex(model.bytes)) {
    return corrupt("is not the file that model.json was written with: its SHA-256 differs")
        .at(model_file)
        .with_mend("restore both files from one backup, or train the model again");
  }
  ASSIGN_OR_RETURN(model.forest, parse_forest(model.bytes, model_file));
  if (description.value("features", json()) != features_of(model.forest)) {
    return corrupt("names other features than model.ubj").at(description_file);
  }
  model.notes = description.value("notes", json::object());
  return model;
}

}  // namespace coterie::trees
