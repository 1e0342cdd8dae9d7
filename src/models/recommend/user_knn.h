#pragma once
// User neighbourhoods: what people like you met.
//
//   score(u, i) = Σ_{v among the `neighbours` users nearest to u} sim(u, v) · x_vi
//
// with x from value_power and sim from models/recommend/similarity.h. Resnick et al. 1994
// ("GroupLens"), without ratings. Nothing is fitted but weights: the neighbours of a user are found
// when asked for, by walking who else met what is in the history given, so that newcomers are
// served like everyone. One user costs O(Σ_{i in history} n_i): this suits up to about 10^5 users.
//
// Items that no neighbour met come last, by popularity, with scores in [-1, 0).

#include <cstdint>
#include <memory>
#include <string>

#include "models/recommend/recommender.h"
#include "models/recommend/similarity.h"

namespace coterie::recommend {

struct UserKnnOptions {
  SimilarityOptions similarity;
  int neighbours = 100;
};
Status check_options(const UserKnnOptions& options);  // kInvalidInput

class UserKnn final : public Recommender {
 public:
  explicit UserKnn(const UserKnnOptions& options);
  ~UserKnn() override;

  std::string name() const override { return "userknn"; }
  Status fit(const math::Csr& interactions, ThreadPool& pool) override;
  Result<TopK> recommend(std::span<const int32_t> users, const math::Csr& history,
                         const RecommendOptions& options, ThreadPool& pool) const override;
  // By the cosine of who met them.
  Result<TopK> similar_items(std::span<const int32_t> items, int k,
                             ThreadPool& pool) const override;
  Status save(const std::string& folder) const override;
  static Result<std::unique_ptr<UserKnn>> load(const std::string& folder);

  const UserKnnOptions& options() const { return options_; }

 private:
  struct Model;
  UserKnnOptions options_;
  std::unique_ptr<const Model> model_;
};

}  // namespace coterie::recommend
