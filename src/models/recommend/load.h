#pragma once
// Loads whichever recommender a folder holds, by the kind in its model.json.

#include <memory>
#include <string>

#include "base/result.h"
#include "models/recommend/recommender.h"

namespace coterie::recommend {

// Errors: kNotFound without model.json, kCorrupt for what is not a recommender of ours.
Result<std::unique_ptr<Recommender>> load_recommender(const std::string& folder);

}  // namespace coterie::recommend
