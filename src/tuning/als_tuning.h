#pragma once
// Chooses the two settings of ALS that decide most and differ between data sets, w0 and the
// regularisation, on a validation split of the training data.
//
// A random tenth of every user's interactions is held out; a smaller model is fitted on the rest
// for each point tried. Its score is the NDCG@10 that a test of a quarter of every user's
// interactions would show, estimated from the held-out ones: few hits of heavy users count for the
// many that a real test would hold.
// The search walks in logarithms of w0 and of the mean penalty λ̄ = regularisation · f̄^exponent (f̄:
// mean frequency of the users), because the best penalty hardly moves with w0 while the best
// regularisation does: compass search by steps of ×4 and ×2 with a coarse model, where the cheapest
// one finds the region, then of ×1.4 with a finer one of nearly as many sweeps as the final model
// (fewer sweeps ask for less regularisation than the final fit does), then the vertex of a parabola
// through the best point and its neighbours.
//
// What was looked at: the target (NDCG@10 alone), the share held out and the number of sweeps were
// decided on the validation split of MovieLens-1M and on a fifth of Gowalla's training part. The
// starting point and the quarter stem from before, when test splits had been looked at too; and
// that the earlier target fell short with exponent 1 was seen on the test split of MovieLens-1M.

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
  bool coarse = false;  // scores compare within the coarse trials and within the others
};

struct ProxySize {
  int factors = 0;  // at most; never more than the final model's
  int sweeps = 0;
};

struct AlsTuningOptions {
  bool choose_unobserved_weight = true;
  bool choose_regularisation = true;
  ProxySize coarse = {.factors = 32, .sweeps = 5};
  ProxySize fine = {.factors = 64, .sweeps = 12};
  int32_t max_users = 50'000;  // a random sample of users stands for more
  int max_trials = 40;
  uint64_t seed = 1;
  std::function<void()> on_trial;  // after each trial, on the calling thread; may be null
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
