#pragma once
// GF-CF: two filters of signals on the graph of items, without training.
//
//   score(u, ·) = x_u (R̃ᵀR̃ + α D_I^-½ V Vᵀ D_I^½),   R̃ = D_U^-½ X D_I^-½
//
// with V the first `factors` right singular vectors of R̃ (an ideal low-pass filter beside the
// linear one), D_U and D_I the sums of users and items, x from value_power. Shen et al. 2021 ("How
// powerful is graph convolution for recommendation?"), eq. 8. Of each row of R̃ᵀR̃ the `neighbours`
// largest are kept: memory stays bounded, and with a thousand hardly a list changes. V is found by
// randomised iteration (math/sparse_svd.h).

#include <cstdint>
#include <memory>
#include <string>

#include "models/recommend/recommender.h"

namespace coterie::recommend {

struct GfCfOptions {
  double alpha = 0.3;  // weight of the low-rank filter; 0 leaves it out
  // Above 0, rare items of the history say more and popular items are recommended more.
  double asymmetry = 0;
  int factors = 256;
  int neighbours = 1'000;
  int iterations = 3;
  double value_power = 0;
  uint64_t seed = 1;
};
Status check_options(const GfCfOptions& options);  // kInvalidInput

class GfCf final : public Recommender {
 public:
  explicit GfCf(const GfCfOptions& options);
  ~GfCf() override;

  std::string name() const override { return "gfcf"; }
  Status fit(const math::Csr& interactions, ThreadPool& pool) override;
  // Every user's list comes from the history given, so that newcomers need no training.
  Result<TopK> recommend(std::span<const int32_t> users, const math::Csr& history,
                         const RecommendOptions& options, ThreadPool& pool) const override;
  // By both filters: the scores of a user who met the item alone.
  Result<TopK> similar_items(std::span<const int32_t> items, int k,
                             ThreadPool& pool) const override;
  Status save(const std::string& folder) const override;
  static Result<std::unique_ptr<GfCf>> load(const std::string& folder);

  const GfCfOptions& options() const { return options_; }

 private:
  struct Model;
  GfCfOptions options_;
  std::unique_ptr<const Model> model_;
};

}  // namespace coterie::recommend
