#pragma once
// PureSVD: interactions as they look through their strongest patterns.
//
//   score(u, ·) = x_u D_I^-b V Vᵀ D_I^c
//
// with V the first `factors` right singular vectors of D_U^-a X D_I^-b, D_U and D_I the sums of
// users and items, x from value_power. Cremonesi, Koren, Turrin 2010 ("Performance of recommender
// algorithms on top-n recommendation tasks") without normalisation; Nikolakopoulos et al. 2019
// ("EigenRec") for that of the items. The decomposition is randomised (math/sparse_svd.h):
// O(factors · entries) an iteration.

#include <cstdint>
#include <memory>
#include <string>

#include "models/recommend/recommender.h"

namespace coterie::recommend {

struct PureSvdOptions {
  int factors = 64;
  double user_power = 0.25;  // a: above 0, users with long histories shape the patterns less
  double item_power = 0.25;  // b: above 0, popular items do
  double lift = 0.25;        // c: above 0, popular items are recommended more
  int iterations = 4;
  double value_power = 0;
  uint64_t seed = 1;
};
Status check_options(const PureSvdOptions& options);  // kInvalidInput

class PureSvd final : public Recommender {
 public:
  explicit PureSvd(const PureSvdOptions& options);
  ~PureSvd() override;

  std::string name() const override { return "puresvd"; }
  Status fit(const math::Csr& interactions, ThreadPool& pool) override;
  // Every user's list comes from the history given, so that newcomers need no training.
  Result<TopK> recommend(std::span<const int32_t> users, const math::Csr& history,
                         const RecommendOptions& options, ThreadPool& pool) const override;
  // By cosine of the items' vectors, in [-1, 1].
  Result<TopK> similar_items(std::span<const int32_t> items, int k,
                             ThreadPool& pool) const override;
  Status save(const std::string& folder) const override;
  static Result<std::unique_ptr<PureSvd>> load(const std::string& folder);

  const PureSvdOptions& options() const { return options_; }

 private:
  struct Model;
  PureSvdOptions options_;
  std::unique_ptr<const Model> model_;
};

}  // namespace coterie::recommend
