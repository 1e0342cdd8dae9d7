#pragma once
// Weighted approximate-rank pairwise loss: what a user met should rank at the top, so that a pair
// counts the more the further down it shows the item to be. Weston, Bengio, Usunier 2011 ("WSABIE:
// scaling up to large vocabulary image annotation"), section 4, in the form of Kula 2015
// ("LightFM").
//
// The rule: items are drawn until one that the user did not meet scores above score(u, i) - 1, at
// most `max_sampled` times (then the pair is well ordered and there is no step); found at draw n,
// g = log(max(1, ⌊(items - 1) / n⌋)), at most 10. Model, steps and order:
// models/recommend/pairwise.h.

#include <memory>
#include <string>

#include "models/recommend/pairwise.h"

namespace coterie::recommend {

struct WarpOptions {
  PairwiseOptions pairwise;
  int max_sampled = 10;
};
Status check_options(const WarpOptions& options);  // kInvalidInput

class Warp final : public PairwiseRecommender {
 public:
  explicit Warp(const WarpOptions& options);

  std::string name() const override { return "warp"; }
  Status fit(const math::Csr& interactions, ThreadPool& pool) override;
  Status save(const std::string& folder) const override;
  static Result<std::unique_ptr<Warp>> load(const std::string& folder);

 private:
  WarpOptions options_;
};

}  // namespace coterie::recommend
