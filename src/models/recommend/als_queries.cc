// What a fitted model answers.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "math/cholesky.h"
#include "math/kernels.h"
#include "models/recommend/als.h"
#include "models/recommend/als_solver_internal.h"
#include "models/recommend/factor_neighbours_internal.h"
#include "models/recommend/history_internal.h"

namespace coterie::recommend {
namespace {

// The entries of a history that the model knows.
struct Known {
  std::vector<int32_t> items;
  std::vector<float> confidences;
  double confidence_sum = 0;
};

Known known_items(std::span<const int32_t> items, std::span<const float> confidences,
                  int32_t item_count) {
  Known known;
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i] < 0 || items[i] >= item_count) continue;
    known.items.push_back(items[i]);
    known.confidences.push_back(confidences[i]);
    known.confidence_sum += confidences[i];
  }
  return known;
}

// Factored system A = w0 G + Σ c yyᵀ + λI of one user, and the right-hand side Σ c y.
Result<std::vector<float>> factor_user(const Known& known, std::span<const float> gram,
                                       std::span<const float> factors, const AlsOptions& options,
                                       int64_t item_count, math::SpdSolver& solver) {
  const int d = options.factors;
  solver.reset(d);
  const int stride = solver.stride();
  const double penalty = row_penalty(options, known.confidence_sum, item_count);
  for (int i = 0; i < d; ++i) {
    for (int j = i; j < d; ++j) {
      solver.data()[i * stride + j] =
          static_cast<float>(options.unobserved_weight) * gram[static_cast<size_t>(i) * d + j];
    }
    solver.data()[i * stride + i] += static_cast<float>(penalty);
  }
  std::vector<float> right(static_cast<size_t>(d), 0.0F);
  std::vector<float> row(static_cast<size_t>(stride), 0.0F);
  for (size_t i = 0; i < known.items.size(); ++i) {
    const float root = std::sqrt(known.confidences[i]);
    const float* item = factors.data() + static_cast<int64_t>(known.items[i]) * d;
    for (int j = 0; j < d; ++j) row[j] = root * item[j];
    math::kernels().axpy(root, row.data(), right.data(), d);
    solver.add_gram(row.data(), 1);
  }
  if (!solver.factor()) return invalid_input("confidences are too large for single precision");
  return right;
}

Status check_history(std::span<const int32_t> items, std::span<const float> confidences) {
  if (items.size() != confidences.size()) {
    return invalid_input(
        fmt::format("{} items with {} confidences", items.size(), confidences.size()));
  }
  for (const float c : confidences) {
    if (!(c > 0) || !std::isfinite(c)) {
      return invalid_input(fmt::format("confidence {} must be finite and greater than 0", c));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<float>> Als::fold_in(std::span<const int32_t> items,
                                        std::span<const float> confidences) const {
  RETURN_IF_ERROR(check_history(items, confidences));
  const Known known = known_items(items, confidences, items_);
  if (known.items.empty()) return std::vector<float>(static_cast<size_t>(options_.factors), 0.0F);
  math::SpdSolver solver;
  ASSIGN_OR_RETURN(std::vector<float> x,
                   factor_user(known, item_gram_, item_factors_, options_, items_, solver));
  solver.solve(x.data());
  return x;
}

Result<std::vector<Contribution>> Als::explain(int32_t item, std::span<const int32_t> items,
                                               std::span<const float> confidences) const {
  RETURN_IF_ERROR(check_history(items, confidences));
  if (item < 0 || item >= items_) {
    return invalid_input(fmt::format("item {} is outside of the model's {}", item, items_));
  }
  const int d = options_.factors;
  const Known known = known_items(items, confidences, items_);
  if (known.items.empty()) return std::vector<Contribution>{};
  math::SpdSolver solver;
  ASSIGN_OR_RETURN(const std::vector<float> right,
                   factor_user(known, item_gram_, item_factors_, options_, items_, solver));
  // score = yᵀ A⁻¹ Σ c_j y_j: the share of j is c_j (A⁻¹y)ᵀ y_j.
  const float* y = item_factors_.data() + static_cast<int64_t>(item) * d;
  std::vector<float> weights(y, y + d);
  solver.solve(weights.data());
  std::vector<Contribution> shares;
  for (size_t i = 0; i < known.items.size(); ++i) {
    const float* other = item_factors_.data() + static_cast<int64_t>(known.items[i]) * d;
    shares.push_back(
        {known.items[i], known.confidences[i] * math::kernels().dot(weights.data(), other, d)});
  }
  std::sort(shares.begin(), shares.end(), [](const Contribution& a, const Contribution& b) {
    return a.share != b.share ? a.share > b.share : a.item < b.item;
  });
  return shares;
}

// One row of factors a user; `unknown` marks those whose history says nothing.
Result<std::vector<float>> Als::query_factors(std::span<const int32_t> users,
                                              const math::Csr& history,
                                              std::vector<uint8_t>& unknown) const {
  const int d = options_.factors;
  std::vector<float> queries(users.size() * static_cast<size_t>(d));
  unknown.assign(users.size(), 0);
  for (size_t i = 0; i < users.size(); ++i) {
    float* out = queries.data() + i * static_cast<size_t>(d);
    if (users[i] < users_) {
      std::copy_n(user_factors_.data() + static_cast<int64_t>(users[i]) * d, d, out);
    } else {
      ASSIGN_OR_RETURN(const std::vector<float> folded,
                       fold_in(history.row_indices(users[i]), history.row_values(users[i])));
      std::copy(folded.begin(), folded.end(), out);
    }
    unknown[i] = std::all_of(out, out + d, [](float value) { return value == 0; });
  }
  return queries;
}

Result<TopK> Als::recommend(std::span<const int32_t> users, const math::Csr& history,
                            const RecommendOptions& options, ThreadPool& pool) const {
  RETURN_IF_ERROR(check_request(users, history, items_, options));
  std::vector<uint8_t> unknown;
  ASSIGN_OR_RETURN(const std::vector<float> queries, query_factors(users, history, unknown));
  const math::ScoredColumns columns(item_factors_, items_, options_.factors, options.allowed_items);
  math::ScoredColumns::Excluded seen;
  if (options.filter_seen) {
    seen = [&](int64_t i) { return history.row_indices(users[static_cast<size_t>(i)]); };
  }
  ASSIGN_OR_RETURN(
      TopK top, columns.top_k(queries, static_cast<int64_t>(users.size()), options.k, seen, pool));
  if (std::find(unknown.begin(), unknown.end(), 1) != unknown.end()) {
    popularity_lists(popularity_, users, unknown, history, options, pool, top);
  }
  return top;
}

Result<TopK> Als::similar_items(std::span<const int32_t> items, int k, ThreadPool& pool) const {
  return factor_neighbours(item_factors_, items_, options_.factors, items, k, pool);
}

}  // namespace coterie::recommend
