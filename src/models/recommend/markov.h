#pragma once
// What comes next: a chain of transitions between items, of first order and with skips.
//
//   T(a, b)     = Σ over a met before b by one user, d events apart, d <= window: decay^(d-1)
//                 across^(sessions begun between them)
//   score(u, b) = Σ_{r = 1, 2, ...} memory^(r-1) P(b | a_r) / n_b^damping,  P = T(a, b) / Σ_b T(a,
//   b)
//
// with a_r the r-th newest item of the user (and across once more for every session since) and n_b
// the sum of P(b | a) over all a. Of every item its `neighbours` strongest transitions are kept.
// (Rendle, Freudenthaler, Schmidt-Thieme 2010, "Factorizing personalized Markov chains", section
// 4.1, for the chain; skips as in Shani, Heckerman, Brafman 2005, "An MDP-based recommender
// system".) Where no order is given, nothing is before anything else: every two items of a user
// are a transition of weight 1 in both directions, and all of a history counts alike.
//
// Cost of the fit: events × window; memory: the events and items × neighbours.

#include <cstdint>
#include <memory>
#include <string>

#include "models/recommend/recommender.h"

namespace coterie::recommend {

struct MarkovOptions {
  int window = 5;
  double decay = 0.8;
  double across = 1;
  double memory = 0.8;
  double damping = 0;
  int neighbours = 500;
};
Status check_options(const MarkovOptions& options);  // kInvalidInput

class Markov final : public Recommender {
 public:
  explicit Markov(const MarkovOptions& options);
  ~Markov() override;

  std::string name() const override { return "markov"; }
  Status fit(const math::Csr& interactions, ThreadPool& pool) override;
  Status fit_in_order(const math::Csr& interactions, const OrderedHistory& order,
                      ThreadPool& pool) override;
  // Every user's list comes from the history given.
  Result<TopK> recommend(std::span<const int32_t> users, const math::Csr& history,
                         const RecommendOptions& options, ThreadPool& pool) const override;
  // What follows an item most often, by P.
  Result<TopK> similar_items(std::span<const int32_t> items, int k,
                             ThreadPool& pool) const override;
  Status save(const std::string& folder) const override;
  static Result<std::unique_ptr<Markov>> load(const std::string& folder);

  const MarkovOptions& options() const { return options_; }

 private:
  struct Model;
  Status fit_sequences(const math::Csr& interactions, const OrderedHistory& order, bool ordered,
                       ThreadPool& pool);
  MarkovOptions options_;
  std::unique_ptr<const Model> model_;
};

}  // namespace coterie::recommend
