#pragma once
// Several recommenders as one (Burke 2002, "Hybrid recommender systems: survey and experiments"):
//   weighted   every user's list is the blend of all members' (models/recommend/blend.h)
//   switching  which member answers depends on how long the user's history is
// Both are one thing here: bands of history lengths, each with weights of its own. A single band is
// a weighted hybrid; bands with one weight each are a switching one. tuning/hybrid_tuning.h chooses
// them from data.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/recommend/recommender.h"

namespace coterie::recommend {

struct HybridBand {
  int64_t from = 0;             // for users with so many interactions and more
  std::vector<double> weights;  // by member, finite, >= 0, one of them > 0
};

struct HybridOptions {
  std::vector<HybridBand> bands;  // ascending by `from`, the first from 0
  int depth = 200;                // candidates of each member, where no more are asked for
};

inline constexpr int kDeepest = 100'000;
Status check_depth(int depth);  // kInvalidInput

class Hybrid final : public Recommender {
 public:
  Hybrid(HybridOptions options, std::vector<std::unique_ptr<Recommender>> members);

  std::string name() const override { return "hybrid"; }
  // Fits every member. kInvalidInput also for bands that do not fit the members.
  Status fit(const math::Csr& interactions, ThreadPool& pool) override;
  // Lists as long as asked for wherever a member's are. Cost: that of the members of the user's
  // band, for lists of max(depth, k).
  Result<TopK> recommend(std::span<const int32_t> users, const math::Csr& history,
                         const RecommendOptions& options, ThreadPool& pool) const override;
  // Blended like the lists of users with the longest histories.
  Result<TopK> similar_items(std::span<const int32_t> items, int k,
                             ThreadPool& pool) const override;
  // The members' artefacts are folders `member-0`, ... in the folder.
  Status save(const std::string& folder) const override;
  static Result<std::unique_ptr<Hybrid>> load(const std::string& folder);

  const HybridOptions& options() const { return options_; }
  const Recommender& member(size_t i) const { return *members_[i]; }
  size_t members() const { return members_.size(); }

 private:
  HybridOptions options_;
  std::vector<std::unique_ptr<Recommender>> members_;
  int32_t items_ = 0;
};

}  // namespace coterie::recommend
