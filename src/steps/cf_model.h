#pragma once
// Fitting the recommender that a configuration asks for.

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "math/sparse.h"
#include "models/recommend/item_content.h"
#include "models/recommend/recommender.h"
#include "pipeline/step.h"
#include "steps/model_config.h"

namespace coterie::steps {

// What a model learns from.
struct TrainingData {
  math::Csr matrix;  // customers × articles
  // For kinds that read them.
  std::shared_ptr<const recommend::ContentBlocks> content = {};
  std::optional<recommend::OrderedHistory> order = {};

  const recommend::OrderedHistory* order_or_null() const { return order ? &*order : nullptr; }
};

// What kinds read besides interactions.
bool needs_content(const CfConfig& config);
bool reads_order(const std::string& kind);
// The confidence of a pair from its time_weighted_score, as this kind reads it: content-based
// profiles are means that decay as the score does, others see confidence_sql().
std::string pair_value_sql(const CfConfig& config, const std::string& score);

// Settings that are `auto` become numbers, chosen on a validation part of the data
// (tuning/als_tuning.h, tuning/recommender_kinds.h), with a note of what was chosen. Without
// anything to validate on they are the model's own defaults.
Status choose_settings(CfConfig& config, const TrainingData& data, pipeline::StepContext& context,
                       pipeline::StepReport& report);

// The recommender of config.kind. Settings must be numbers: call choose_settings() first.
Result<std::unique_ptr<recommend::Recommender>> fit_recommender(const CfConfig& config,
                                                                const TrainingData& data,
                                                                const std::string& title,
                                                                pipeline::StepContext& context);

}  // namespace coterie::steps
