#pragma once
// EASE: a linear model of items by items, in closed form.
//
//   min_B ‖X - XB‖² + λ ‖B‖²,  diag B = 0   ⇒   B = I - P diag(P)⁻¹,  P = (XᵀX + λI)⁻¹
//   score(u, ·) = x_u B
//
// Steck 2019, "Embarrassingly shallow autoencoders for sparse data", eq. 8; x from value_power. The
// Gram matrix, its inverse and B take turns in one array of items² floats: 6.3 GiB for 41,000
// items. n³ FLOP for n items besides O(Σ_u n_u²) for the Gram matrix.

#include <cstdint>
#include <memory>
#include <string>

#include "models/recommend/recommender.h"

namespace coterie::recommend {

struct EaseOptions {
  double regularisation = 500;  // λ, in interactions (scaled ones: their mean is 1)
  double value_power = 0;
  // fit() refuses with an estimate (kResourceExhausted) when it would need more.
  int64_t memory_bytes = INT64_MAX;
};
Status check_options(const EaseOptions& options);  // kInvalidInput

// What fit() allocates for so many items, in bytes.
int64_t ease_bytes(int64_t items);

class Ease final : public Recommender {
 public:
  explicit Ease(const EaseOptions& options);
  ~Ease() override;

  std::string name() const override { return "ease"; }
  // Also kInvalidInput when λ is too small for the data: XᵀX + λI is then singular in float32.
  Status fit(const math::Csr& interactions, ThreadPool& pool) override;
  // Every user's list comes from the history given, so that newcomers need no training.
  Result<TopK> recommend(std::span<const int32_t> users, const math::Csr& history,
                         const RecommendOptions& options, ThreadPool& pool) const override;
  // By the weights of B in the item's row: what having met it says about the others.
  Result<TopK> similar_items(std::span<const int32_t> items, int k,
                             ThreadPool& pool) const override;
  Status save(const std::string& folder) const override;
  static Result<std::unique_ptr<Ease>> load(const std::string& folder);

  const EaseOptions& options() const { return options_; }

 private:
  struct Model;
  EaseOptions options_;
  std::unique_ptr<const Model> model_;
};

}  // namespace coterie::recommend
