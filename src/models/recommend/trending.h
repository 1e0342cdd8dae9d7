#pragma once
// Everybody gets what is popular lately, without what they know already.
//
//   score(i) = Σ over events of i with age <= window: 2^(-age / half_life)
//
// with ages as shares of the time that the events cover (OrderedHistory::ages), from the newest
// event on. window 1 and half_life 0 (no decay) is what is popular of all time. Without an order it
// is the sum of confidences, as in models/recommend/popularity.h.

#include <memory>
#include <string>
#include <vector>

#include "models/recommend/recommender.h"

namespace coterie::recommend {

struct TrendingOptions {
  double window = 1;
  double half_life = 0;
};
Status check_options(const TrendingOptions& options);  // kInvalidInput

class Trending final : public Recommender {
 public:
  explicit Trending(const TrendingOptions& options);

  std::string name() const override { return "trending"; }
  Status fit(const math::Csr& interactions, ThreadPool& pool) override;
  // kInvalidInput also for an order without ages.
  Status fit_in_order(const math::Csr& interactions, const OrderedHistory& order,
                      ThreadPool& pool) override;
  Result<TopK> recommend(std::span<const int32_t> users, const math::Csr& history,
                         const RecommendOptions& options, ThreadPool& pool) const override;
  // The other items that trend most.
  Result<TopK> similar_items(std::span<const int32_t> items, int k,
                             ThreadPool& pool) const override;
  Status save(const std::string& folder) const override;
  static Result<std::unique_ptr<Trending>> load(const std::string& folder);

 private:
  TrendingOptions options_;
  std::vector<float> scores_;  // by item
};

}  // namespace coterie::recommend
