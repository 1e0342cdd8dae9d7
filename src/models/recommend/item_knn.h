#pragma once
// Item neighbourhoods: what goes with what a user met.
//
//   score(u, i) = Σ_{j in history, i among the `neighbours` items nearest to j} x_uj · sim(j, i)
//
// with x from value_power and sim from models/recommend/similarity.h. Sarwar, Karypis, Konstan,
// Riedl 2001 ("Item-based collaborative filtering recommendation algorithms"); Deshpande, Karypis
// 2004. The similarities of an item are found by walking the users who met it: O(Σ_u n_u²) in all,
// one row at a time, so that memory is that of the data and of items × neighbours results.
//
// Items that no neighbour leads to come last, by popularity, with scores in [-1, 0).

#include <cstdint>
#include <memory>
#include <string>

#include "models/recommend/recommender.h"
#include "models/recommend/similarity.h"

namespace coterie::recommend {

struct ItemKnnOptions {
  SimilarityOptions similarity;
  int neighbours = 200;
};
Status check_options(const ItemKnnOptions& options);  // kInvalidInput

class ItemKnn final : public Recommender {
 public:
  explicit ItemKnn(const ItemKnnOptions& options);
  ~ItemKnn() override;

  std::string name() const override { return "itemknn"; }
  Status fit(const math::Csr& interactions, ThreadPool& pool) override;
  // Every user's list comes from the history given, so that newcomers need no training.
  Result<TopK> recommend(std::span<const int32_t> users, const math::Csr& history,
                         const RecommendOptions& options, ThreadPool& pool) const override;
  // The nearest items with their similarities, at most `neighbours`.
  Result<TopK> similar_items(std::span<const int32_t> items, int k,
                             ThreadPool& pool) const override;
  Status save(const std::string& folder) const override;
  static Result<std::unique_ptr<ItemKnn>> load(const std::string& folder);

  const ItemKnnOptions& options() const { return options_; }

 private:
  struct Model;
  ItemKnnOptions options_;
  std::unique_ptr<const Model> model_;
};

}  // namespace coterie::recommend
