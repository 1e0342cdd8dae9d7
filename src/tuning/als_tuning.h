#pragma once
// Chooses the two settings of ALS that decide most and differ between data sets, w0 and the
// regularisation, on a validation split of the training data.
//
// A random twentieth of every user's interactions is held out; a model of at most `proxy_factors`
// factors is fitted on the rest for each point tried. Its score is the geometric mean of recall@20
// and of the NDCG@10 that a test of a quarter of every user's interactions would show, estimated
// from the held-out ones.
// The search walks in logarithms of w0 and of the mean penalty λ̄ = regularisation · f̄^exponent (f̄:
// mean frequency of the users), because the best penalty hardly moves with w0 while the best
// regularisation does: compass search from ×4 steps down to ×1.4, then the vertex of a parabola
// through the best point and its neighbours.

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "math/sparse.h"
#include "models/recommend/als.h"

namespace coterie::tuning {

struct AlsTrial {
  double unobserved_weight = 0;
  double regularisation = 0;
  double score = 0;
};

struct AlsTuningOptions {
  bool choose_unobserved_weight = true;
  bool choose_regularisation = true;
  int proxy_factors = 64;
  int proxy_sweeps = 6;
  int32_t max_users = 50'000;  // a random sample of users stands for more
  int max_trials = 40;
  uint64_t seed = 1;
};

struct AlsTuning {
  recommend::AlsOptions options;  // the given ones with the chosen settings
  std::vector<AlsTrial> trials;   // in the order tried
  double score = 0;               // of the chosen settings
};

// Deterministic for any number of threads. Errors: those of Als::fit; kInvalidInput if no user has
// two interactions, so that nothing can be held out.
Result<AlsTuning> tune_als(const math::Csr& interactions, const recommend::AlsOptions& base,
                           const AlsTuningOptions& options, ThreadPool& pool);

}  // namespace coterie::tuning
