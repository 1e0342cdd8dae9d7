#include "models/recommend/als.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "math/gemm.h"
#include "math/kernels.h"
#include "math/random_distributions.h"
#include "models/recommend/als_solver_internal.h"
#include "models/recommend/history_internal.h"

namespace coterie::recommend {
namespace {

enum RandomPurpose : uint32_t { kStartItems = 1 };

// Rows [begin, end) of the random start.
void start_rows(const AlsOptions& options, int64_t begin, int64_t end, std::vector<float>& out) {
  const double scale = options.initial_scale / std::sqrt(static_cast<double>(options.factors));
  out.resize(static_cast<size_t>(end) * options.factors);
  for (int64_t row = begin; row < end; ++row) {
    math::RandomStream random(options.seed, kStartItems, static_cast<uint64_t>(row));
    for (int j = 0; j < options.factors; ++j) {
      out[row * options.factors + j] = static_cast<float>(scale * math::normal(random));
    }
  }
}

using Solve = Status (*)(const HalfSweep&, std::span<float>, ThreadPool&);

Solve solve_with(AlsSolver solver) {
  switch (solver) {
    case AlsSolver::kExact:
      return solve_exact;
    case AlsSolver::kBlock:
      return solve_blocks;
    case AlsSolver::kConjugateGradient:
      break;
  }
  return solve_conjugate;
}

Error option_error(std::string_view name, double value, std::string_view range) {
  return invalid_input(fmt::format("{} = {} is out of range", name, value))
      .for_key(std::string(name))
      .with_mend(fmt::format("use a value {}", range));
}

double squared_error_of_row(const math::Csr& matrix, int32_t row, const float* x,
                            std::span<const float> columns, int d) {
  const auto ids = matrix.row_indices(row);
  const auto confidences = matrix.row_values(row);
  double sum = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    const double error =
        1.0 - math::kernels().dot(x, columns.data() + static_cast<int64_t>(ids[i]) * d, d);
    sum += confidences[i] * error * error;
  }
  return sum;
}

double penalty_of_row(const math::Csr& matrix, int32_t row, const float* x,
                      const AlsOptions& options) {
  double confidence = 0;
  for (const float c : matrix.row_values(row)) confidence += c;
  return row_penalty(options, confidence, matrix.cols) * math::kernels().dot(x, x, options.factors);
}

}  // namespace

const std::vector<std::string>& solver_names() {
  static const std::vector<std::string> names{"cg", "exact", "block"};
  return names;
}

const std::string& solver_name(AlsSolver solver) {
  return solver_names()[static_cast<size_t>(solver)];
}

AlsSolver solver_of_name(const std::string& name) {
  const auto found = std::find(solver_names().begin(), solver_names().end(), name);
  return found == solver_names().end() ? AlsSolver::kConjugateGradient
                                       : static_cast<AlsSolver>(found - solver_names().begin());
}

Status check_options(const AlsOptions& o) {
  if (o.factors < 1 || o.factors > 4096) {
    return option_error("factors", o.factors, "from 1 to 4096");
  }
  if (!(o.unobserved_weight >= 0 && o.unobserved_weight <= 1e6)) {
    return option_error("w0", o.unobserved_weight, "from 0 to 1e6");
  }
  if (!(o.regularisation > 0 && o.regularisation <= 1e6)) {
    return option_error("regularisation", o.regularisation, "greater than 0, up to 1e6");
  }
  if (!(o.frequency_exponent >= 0 && o.frequency_exponent <= 2)) {
    return option_error("frequency_exponent", o.frequency_exponent, "from 0 to 2");
  }
  if (o.sweeps < 1 || o.sweeps > 10000) return option_error("sweeps", o.sweeps, "from 1 to 10000");
  if (o.cg_steps < 1 || o.cg_steps > 1000) {
    return option_error("cg_steps", o.cg_steps, "from 1 to 1000");
  }
  if (o.block < 1 || o.block > 4096) return option_error("block", o.block, "from 1 to 4096");
  if (!(o.initial_scale > 0 && o.initial_scale <= 100)) {
    return option_error("initial_scale", o.initial_scale, "greater than 0, up to 100");
  }
  return {};
}

Status Als::fit(const math::Csr& interactions, ThreadPool& pool) {
  RETURN_IF_ERROR(check_options(options_));
  RETURN_IF_ERROR(check_interactions(interactions));
  start_rows(options_, 0, interactions.cols, item_factors_);
  user_factors_.assign(static_cast<size_t>(interactions.rows) * options_.factors, 0.0F);
  return sweep_all(interactions, options_.sweeps, pool);
}

Status Als::refit(const math::Csr& interactions, int sweeps, ThreadPool& pool) {
  RETURN_IF_ERROR(check_interactions(interactions));
  if (interactions.rows < users_ || interactions.cols < items_) {
    return invalid_input(fmt::format("{} x {} interactions cannot continue a model of {} x {}",
                                     interactions.rows, interactions.cols, users_, items_));
  }
  if (sweeps < 1) return option_error("sweeps", sweeps, "of at least 1");
  start_rows(options_, items_, interactions.cols, item_factors_);
  user_factors_.resize(static_cast<size_t>(interactions.rows) * options_.factors, 0.0F);
  return sweep_all(interactions, sweeps, pool);
}

Status Als::sweep_all(const math::Csr& interactions, int sweeps, ThreadPool& pool) {
  const math::Csr by_item = math::transpose(interactions, pool);
  const auto solve = solve_with(options_.solver);
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    RETURN_IF_ERROR(solve({interactions, item_factors_, options_}, user_factors_, pool));
    RETURN_IF_ERROR(solve({by_item, user_factors_, options_}, item_factors_, pool));
    if (progress_ != nullptr) progress_->advance(1);
  }
  for (const auto* factors : {&user_factors_, &item_factors_}) {
    for (const float value : *factors) {
      if (!std::isfinite(value)) {
        return invalid_input("confidences are too large for single precision");
      }
    }
  }
  finish(interactions, pool);
  return {};
}

void Als::finish(const math::Csr& interactions, ThreadPool& pool) {
  users_ = interactions.rows;
  items_ = interactions.cols;
  item_gram_ = math::gram_matrix(item_factors_, items_, options_.factors, pool);
  popularity_ = item_popularity(interactions);
}

double Als::loss(const math::Csr& interactions, ThreadPool& pool) const {
  const int d = options_.factors;
  const auto add = [](double a, double b) { return a + b; };
  const double users = pool.parallel_reduce(
      interactions.rows, 1024, 0.0,
      [&](int64_t begin, int64_t end) {
        double sum = 0;
        for (auto user = static_cast<int32_t>(begin); user < end; ++user) {
          const float* x = user_factors_.data() + int64_t{user} * d;
          sum += squared_error_of_row(interactions, user, x, item_factors_, d);
          sum += penalty_of_row(interactions, user, x, options_);
        }
        return sum;
      },
      add);
  const math::Csr by_item = math::transpose(interactions, pool);
  double items = 0;
  for (int32_t item = 0; item < by_item.rows; ++item) {
    items += penalty_of_row(by_item, item, item_factors_.data() + int64_t{item} * d, options_);
  }
  const auto gram = math::gram_matrix(user_factors_, interactions.rows, d, pool);
  double unobserved = 0;
  for (size_t i = 0; i < gram.size(); ++i) unobserved += double{gram[i]} * item_gram_[i];
  return (users + items + options_.unobserved_weight * unobserved) /
         static_cast<double>(interactions.entries());
}

}  // namespace coterie::recommend
