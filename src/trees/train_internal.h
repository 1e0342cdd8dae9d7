#pragma once
// What training's files share.

#include <string>
#include <utility>
#include <vector>

#include "trees/train.h"

namespace coterie::trees {

inline constexpr int kMaxTreeDepth = 16;

Status check_options(const TreeOptions& options, const std::vector<FeatureColumn>& columns);

// XGBoost's parameters; `base`: base_score().
std::vector<std::pair<std::string, std::string>> booster_settings(const TreeOptions& options,
                                                                  float base, int threads);

}  // namespace coterie::trees
