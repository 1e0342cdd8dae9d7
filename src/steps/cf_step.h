#pragma once
// Collaborative filtering: what each customer may like, from who met what (dataset A).
//
// First an honest figure: a model trained on what was known at a cut predicts what was bought after
// it, beside the popularity baseline on the same customers and candidates (everything they had not
// met before). Then a model is fitted on everything and writes
//   recommendations_cf  customer_id, article_id, rank, score, product_name, source
// for every customer. Customers without history get what is popular (source "popularity").

#include "pipeline/step.h"
#include "steps/model_config.h"

namespace coterie::steps {

inline constexpr const char* kCfModel = "models/cf";  // the artefact that it writes

// `roles`: the tables that the project's sources may fill.
pipeline::Step make_cf_step(const CfConfig& config, const data::Project& project,
                            const std::vector<std::string>& roles);

}  // namespace coterie::steps
