#include "steps/model_finder.h"

#include <utility>

#include "pipeline/model_store.h"

namespace coterie::steps {

features::ModelFinder model_finder(std::string project_folder, const data::Snapshot& snapshot) {
  return [folder = std::move(project_folder),
          &snapshot](const std::string& name) -> Result<features::ModelArtefact> {
    ASSIGN_OR_RETURN(const auto models, pipeline::list_models(folder, snapshot));
    ASSIGN_OR_RETURN(const pipeline::ModelVersion model, pipeline::find_model(models, name));
    if (!model.finished) {
      return not_found("model " + model.id() + " is unfinished")
          .with_mend("name another version, see coterie models");
    }
    return features::ModelArtefact{.id = model.id(), .folder = model.folder};
  };
}

}  // namespace coterie::steps
