#pragma once
// Bayesian personalised ranking: what a user met should score above what they did not, by the
// logistic likelihood of each such pair. Rendle, Freudenthaler, Gantner, Schmidt-Thieme 2009 ("BPR:
// Bayesian personalized ranking from implicit feedback"), equations 4 and 5 and matrix
// factorisation.
//
// The rule: j is uniform over what the user did not meet, g = 1 / (1 + exp(score(u, i) - score(u,
// j))). Model, steps and order: models/recommend/pairwise.h.

#include <memory>
#include <string>

#include "models/recommend/pairwise.h"

namespace coterie::recommend {

using BprOptions = PairwiseOptions;

class Bpr final : public PairwiseRecommender {
 public:
  explicit Bpr(const BprOptions& options);

  std::string name() const override { return "bpr"; }
  Status save(const std::string& folder) const override;
  static Result<std::unique_ptr<Bpr>> load(const std::string& folder);
};

}  // namespace coterie::recommend
