#pragma once
// Session neighbourhoods: what else was met in the sessions that are most like what the user met
// lately.
//
//   q           = weights of the user's items: memory^r for the r-th newest (from 0), times across
//                 for every session since
//   sim(s)      = Σ_{i in s} q_i / (‖q‖ √|s|)
//   score(u, i) = Σ_{s among the `neighbours` most like q, i in s} sim(s) / n_i^damping
//
// with n_i the sessions that hold i (Jannach, Ludewig 2017, "When recurrent neural networks meet
// the neighborhood for session-based recommendation"; the weights of VSKNN in Ludewig, Jannach
// 2018, "Evaluation of session-based recommendation algorithms"). Without an order everything that
// a user met is one session, and all of it counts alike.
//
// Memory: the sessions twice. A list costs the sessions of the user's items.

#include <cstdint>
#include <memory>
#include <string>

#include "models/recommend/recommender.h"

namespace coterie::recommend {

struct SessionKnnOptions {
  int neighbours = 200;
  double memory = 0.8;
  double across = 0.5;
  double damping = 0.25;
};
Status check_options(const SessionKnnOptions& options);  // kInvalidInput

class SessionKnn final : public Recommender {
 public:
  explicit SessionKnn(const SessionKnnOptions& options);
  ~SessionKnn() override;

  std::string name() const override { return "sessionknn"; }
  Status fit(const math::Csr& interactions, ThreadPool& pool) override;
  Status fit_in_order(const math::Csr& interactions, const OrderedHistory& order,
                      ThreadPool& pool) override;
  // Every user's list comes from the history given.
  Result<TopK> recommend(std::span<const int32_t> users, const math::Csr& history,
                         const RecommendOptions& options, ThreadPool& pool) const override;
  // By cosine of the sessions that hold them; items that share none follow, the most popular first.
  Result<TopK> similar_items(std::span<const int32_t> items, int k,
                             ThreadPool& pool) const override;
  Status save(const std::string& folder) const override;
  static Result<std::unique_ptr<SessionKnn>> load(const std::string& folder);

  const SessionKnnOptions& options() const { return options_; }

 private:
  struct Model;
  SessionKnnOptions options_;
  std::unique_ptr<const Model> model_;
};

}  // namespace coterie::recommend
