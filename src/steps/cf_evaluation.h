#pragma once
// How well recommendations predict what customers buy next, against what is popular.

#include <memory>

#include "base/result.h"
#include "models/recommend/item_content.h"
#include "pipeline/step.h"
#include "steps/interactions.h"
#include "steps/model_config.h"

namespace coterie::steps {

// Fits on what was known at the cut, ranks everything that a customer had not met, and adds
// "als.ndcg@10", "popularity.ndcg@10", … to the report's metrics, with notes on whom they hold for.
// Settings of `config` that are `auto` are chosen on what was known at the cut, so that the figures
// are honest about them too. A project with nothing to test on gets a note instead. `content`: for
// kinds that need it.
Status evaluate_cf(pipeline::StepContext& context, data::Connection& connection, CfConfig& config,
                   const std::shared_ptr<const recommend::ContentBlocks>& content,
                   MatrixShape shape, pipeline::StepReport& report);

}  // namespace coterie::steps
