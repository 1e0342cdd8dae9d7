#pragma once
// Content-based recommendations: what is like that which a user met, by what items are like
// (models/recommend/item_content.h), whoever met them. New items are recommended from the day on
// which they are described, and one interaction makes a profile.
//
//   x_i       = the blocks' vectors side by side, block b times √w_b, divided by its norm: a cosine
//               is the mean of the blocks' cosines, weighted by w
//   score(u, i) = cosine of x_i and Σ_{j in history} c_uj x_j, with c from value_power
//
// (Pazzani, Billsus 2007, "Content-based recommendation systems".) A weight belongs to a kind of
// block; blocks of one kind share it evenly. With confidences that decay, as dataset A's
// time_weighted_score does, a profile is the decayed mean of what the user touched. Cosines are
// exact: elements that many items have are multiplied as dense tiles, all others walk the lists of
// their items. O(history) vectors a user, and per list the entries of its elements.

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "models/recommend/item_content.h"
#include "models/recommend/recommender.h"

namespace coterie::recommend {

inline constexpr int kContentKinds = 8;

struct ContentOptions {
  // By ContentKind; only their proportions count.
  std::array<double, kContentKinds> weights = {1, 1, 1, 1, 0.5, 0.5, 0.25, 1};
  double value_power = 1;
};
Status check_options(const ContentOptions& options);  // kInvalidInput

class Content final : public Recommender {
 public:
  // `blocks` describes every column of the interactions that fit() is given.
  Content(const ContentOptions& options, std::shared_ptr<const ContentBlocks> blocks);
  ~Content() override;

  std::string name() const override { return "content"; }
  // kInvalidInput also where `blocks` is of another number of items or no weighted block is left.
  Status fit(const math::Csr& interactions, ThreadPool& pool) override;
  // Without any interaction: similar_items() alone is of use then.
  Status fit_catalogue(ThreadPool& pool);
  // Every user's list comes from the history given. Who has none of described items gets the
  // popularity order.
  Result<TopK> recommend(std::span<const int32_t> users, const math::Csr& history,
                         const RecommendOptions& options, ThreadPool& pool) const override;
  // By cosine; an item without content has no neighbours and is none.
  Result<TopK> similar_items(std::span<const int32_t> items, int k,
                             ThreadPool& pool) const override;
  Status save(const std::string& folder) const override;
  static Result<std::unique_ptr<Content>> load(const std::string& folder);

  const ContentOptions& options() const { return options_; }

 private:
  struct Model;
  ContentOptions options_;
  std::shared_ptr<const ContentBlocks> blocks_;
  std::unique_ptr<const Model> model_;
};

}  // namespace coterie::recommend
