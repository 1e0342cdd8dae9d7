#pragma once
// Similarity options in a model's description, and what every neighbourhood model checks.

#include "base/result.h"
#include "math/artefact.h"
#include "models/recommend/similarity.h"

namespace coterie::recommend {

void describe(const SimilarityOptions& options, math::Artefact& artefact);
Result<SimilarityOptions> read_similarity(const math::Artefact& artefact);
// kInvalidInput unless 1 <= neighbours <= 1,000,000.
Status check_neighbours(int neighbours);

}  // namespace coterie::recommend
