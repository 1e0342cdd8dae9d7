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
//
// Features. Where users (items) have features, x_u (y_i and b_i) is the sum of a row of its own and
// one of each of its features, times the feature's value, as in Kula 2015; rows of features start
// from zero. A row that many share belongs to no tile: a round is cut into 4 batches, during which
// the shared rows stand still while own rows move; what pulls at a shared row in a batch is summed
// up in the order of its holders and makes one step of Adagrad, whose denominator counts it before
// the step. The decay of a shared row is that of its holders' steps divided by the number of its
// holders: as much as one of them alone is pulled back. What remains of a row of its own is thereby
// how a user differs from others like them.
//
// Somebody new is folded in: their own row starts from zero and does the same steps over their
// history, the items (and their features) held fixed; the answer depends on history and features
// alone. Without a history their features answer, without either popularity does.
// O(entries · factors · draws) an epoch. Memory while fitting: 20 bytes an interaction besides the
// input, 4 · factors a user and 8 · factors an item; with features 8 · factors more.

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "math/artefact.h"
#include "models/recommend/feature_matrices.h"
#include "models/recommend/recommender.h"

namespace coterie::recommend {

struct PairwiseOptions {
  int factors = 64;
  int epochs = 30;
  double learning_rate = 0.05;
  double regularisation = 0.001;
  double value_power = 0;  // confidences: models/recommend/value_scale_internal.h
  uint64_t seed = 1;
  // Of users and items, and of newcomers among them; null: none.
  std::shared_ptr<const FeatureMatrices> features = nullptr;
};
Status check_options(const PairwiseOptions& options);  // kInvalidInput names the option

class PairwiseRule;
class PairwiseModel;

class PairwiseRecommender : public Recommender {
 public:
  ~PairwiseRecommender() override;

  Status fit(const math::Csr& interactions, ThreadPool& pool) override;
  Result<TopK> recommend(std::span<const int32_t> users, const math::Csr& history,
                         const RecommendOptions& options, ThreadPool& pool) const override;
  // By cosine of the items' factors, in [-1, 1]. Items that nobody met have no neighbours unless
  // they have features.
  Result<TopK> similar_items(std::span<const int32_t> items, int k,
                             ThreadPool& pool) const override;

  // Of a fitted model, without training anew: what is known of users and items now. Trained ones
  // keep their rows, newcomers follow them; the columns are those of the matrices before. Not to be
  // called while others ask for lists. kInvalidInput for other columns or too few rows.
  Status describe(std::shared_ptr<const FeatureMatrices> features);

  // Of the fitted model, features included.
  std::span<const float> user_factors() const;  // users, then newcomers with features; × factors
  std::span<const float> item_factors() const;  // items × factors
  std::span<const float> item_biases() const;   // items
  // Factors of a user with this history (items ascending), who starts from `features` (factors;
  // empty: zeros). Zero if neither says anything.
  std::vector<float> fold_in(std::span<const int32_t> items, std::span<const float> confidences,
                             std::span<const float> features = {}) const;

 protected:
  PairwiseRecommender(const PairwiseOptions& options, std::unique_ptr<const PairwiseRule> rule);
  math::Artefact to_artefact() const;
  Status read(const math::Artefact& artefact);
  static Result<PairwiseOptions> read_options(const math::Artefact& artefact);

 private:
  PairwiseOptions options_;
  std::unique_ptr<const PairwiseRule> rule_;
  std::unique_ptr<PairwiseModel> model_;
};

}  // namespace coterie::recommend
