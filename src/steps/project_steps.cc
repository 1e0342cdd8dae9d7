#include "steps/project_steps.h"

#include <algorithm>

#include "steps/cf_step.h"
#include "steps/check_step.h"
#include "steps/content_step.h"
#include "steps/dataset_steps.h"
#include "steps/feature_steps.h"
#include "steps/ingest_step.h"
#include "steps/model_config.h"
#include "steps/publish_step.h"
#include "steps/segments_step.h"

namespace coterie::steps {

Result<std::vector<pipeline::Step>> project_steps(const data::Project& project) {
  ASSIGN_OR_RETURN(const ModelsConfig models, read_models(project));
  const std::vector<std::string> roles = project.roles();
  std::vector<pipeline::Step> steps = {make_ingest_step(project), make_check_step(project, roles)};
  for (pipeline::Step& step : make_dataset_steps(project, roles)) steps.push_back(std::move(step));
  ASSIGN_OR_RETURN(auto features, make_feature_steps(project));
  for (pipeline::Step& step : features) steps.push_back(std::move(step));
  if (models.cf) steps.push_back(make_cf_step(*models.cf, project, roles));
  const bool items = std::ranges::find(roles, "items") != roles.end();
  if (models.content && items) steps.push_back(make_content_step(*models.content));
  if (models.segments) steps.push_back(make_segments_step(*models.segments, roles));
  if (!project.publish_url.empty()) steps.push_back(make_publish_step(project, steps, roles));
  return steps;
}

}  // namespace coterie::steps
