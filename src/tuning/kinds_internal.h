#pragma once
// Kinds of recommender_kinds() that stand in files of their own.

#include "tuning/recommender_kinds.h"

namespace coterie::tuning {

RecommenderKind content_kind();
RecommenderKind markov_kind();
RecommenderKind session_knn_kind();
RecommenderKind trending_kind();

}  // namespace coterie::tuning
