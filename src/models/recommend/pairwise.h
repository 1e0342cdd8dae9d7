#pragma once
// What `bpr` and `warp` share: factors of users and items learnt from pairs, by stochastic gradient
// ascent.
//
//   score(u, i) = x_uᵀ y_i + b_i
//
// An epoch takes every interaction (u, i) once. The model's rule draws an item j that u did not
// meet and says how hard the pair pulls (g); the step climbs
//
//   c g (score(u, i) - score(u, j)) - regularisation/2 (‖x_u‖² + ‖y_i‖² + ‖y_j‖² + b_i² + b_j²)
//
// with c the interaction's confidence through `value_power`, and every row's step divided by the
// root of 1 + the mean squares of its slopes so far: Adagrad (Duchi, Hazan, Singer 2011) with one
// denominator a row, as for the embeddings of Kula 2015 ("LightFM") with one a coordinate.
//
// Order, and why the number of threads does not matter. Each epoch deals the items at random into S
// stripes; the users are cut into S ranges of about as many interactions. In round r, range p works
// on stripe (p + shift_r) mod S: S tiles that share no row of factors, as in Gemulla, Nijkamp,
// Haas, Sismanis 2011 ("Large-scale matrix factorization with distributed stochastic gradient
// descent"). A tile shuffles its interactions and draws the items j from its own stripe, all from
// one counter-based stream that belongs to (seed, epoch, p, stripe), and is worked through one
// after the other. S depends on the data alone (at most 16: so many threads are of use), so that
// one thread does exactly the same steps as many, and every step sees all that came before it: no
// loss of convergence to stale gradients. The stripe of factors stays in the cache meanwhile.
//
// Items that nobody met take no part: their factors are zero and their bias is the lowest.
// A row of factors is the embedding of one feature: today each user and each item has one, its
// identity. Rows of features that many share cannot belong to one tile; their slopes would be
// gathered by tile and applied in the order of tiles at the end of a round.
//
// Somebody new is folded in: their own row starts from zero and does the same steps over their
// history, the items held fixed; the answer depends on the history alone.
// O(entries · factors · draws) an epoch. Memory while fitting: 20 bytes an interaction besides the
// input, 4 · factors a user and 8 · factors an item.

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "math/artefact.h"
#include "models/recommend/recommender.h"

namespace coterie::recommend {

struct PairwiseOptions {
  int factors = 64;
  int epochs = 30;
  double learning_rate = 0.05;
  double regularisation = 0.001;
  double value_power = 0;  // confidences: models/recommend/value_scale_internal.h
  uint64_t seed = 1;
};
Status check_options(const PairwiseOptions& options);  // kInvalidInput names the option

class PairwiseRule;
struct PairwiseModel;

class PairwiseRecommender : public Recommender {
 public:
  ~PairwiseRecommender() override;

  Status fit(const math::Csr& interactions, ThreadPool& pool) override;
  Result<TopK> recommend(std::span<const int32_t> users, const math::Csr& history,
                         const RecommendOptions& options, ThreadPool& pool) const override;
  // By cosine of the items' factors, in [-1, 1]. Items that nobody met have no neighbours.
  Result<TopK> similar_items(std::span<const int32_t> items, int k,
                             ThreadPool& pool) const override;

  // Of the fitted model.
  std::span<const float> user_factors() const;  // users × factors
  std::span<const float> item_factors() const;  // items × factors
  std::span<const float> item_biases() const;   // items
  // Factors of a user with this history (items ascending). Zero if no item is known.
  std::vector<float> fold_in(std::span<const int32_t> items,
                             std::span<const float> confidences) const;

 protected:
  PairwiseRecommender(const PairwiseOptions& options, std::unique_ptr<const PairwiseRule> rule);
  math::Artefact to_artefact() const;
  Status read(const math::Artefact& artefact);
  static Result<PairwiseOptions> read_options(const math::Artefact& artefact);

 private:
  PairwiseOptions options_;
  std::unique_ptr<const PairwiseRule> rule_;
  std::unique_ptr<const PairwiseModel> model_;
};

}  // namespace coterie::recommend
