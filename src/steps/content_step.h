#pragma once
// Articles that are alike, by what dataset B says about them; who met them says only which columns
// count how much. Writes
//   recommendations_cb  article_id, similar_article_id, rank, similarity_score, product_name,
//                       similar_product_name
// for every article that has content. Cosines are exact (models/recommend/content.h).

#include "pipeline/step.h"
#include "steps/model_config.h"

namespace coterie::steps {

pipeline::Step make_content_step(const ContentConfig& config);

}  // namespace coterie::steps
