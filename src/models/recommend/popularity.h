#pragma once
// Everybody gets what is most popular (sum of confidences), without what they know already: the
// baseline that every other recommender must beat.

#include <memory>
#include <string>
#include <vector>

#include "models/recommend/recommender.h"

namespace coterie::recommend {

class Popularity final : public Recommender {
 public:
  std::string name() const override { return "popularity"; }
  Status fit(const math::Csr& interactions, ThreadPool& pool) override;
  Result<TopK> recommend(std::span<const int32_t> users, const math::Csr& history,
                         const RecommendOptions& options, ThreadPool& pool) const override;
  // The most popular other items.
  Result<TopK> similar_items(std::span<const int32_t> items, int k,
                             ThreadPool& pool) const override;
  Status save(const std::string& folder) const override;
  static Result<std::unique_ptr<Popularity>> load(const std::string& folder);

 private:
  std::vector<float> popularity_;  // by item
};

}  // namespace coterie::recommend
