#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "math/kernels.h"
#include "models/segment/kmeans_internal.h"

namespace coterie::segment {
namespace {

constexpr int64_t kRowGrain = 8192;

std::vector<double> add_vectors(std::vector<double> a, const std::vector<double>& b) {
  for (size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

// Σ w f(x) per column, then Σ w behind them.
template <typename Function>
std::vector<double> column_sums(const Table& table, ThreadPool& pool, const Function& f) {
  const size_t width = static_cast<size_t>(table.columns) + 1;
  return pool.parallel_reduce(
      table.rows, kRowGrain, std::vector<double>(width, 0.0),
      [&](int64_t begin, int64_t end) {
        std::vector<double> sums(width, 0.0);
        for (int64_t row = begin; row < end; ++row) {
          const double w = table.weights.empty() ? 1.0 : table.weights[row];
          const float* x = table.values.data() + row * table.columns;
          for (int j = 0; j < table.columns; ++j) sums[j] += w * f(x[j], j);
          sums[width - 1] += w;
        }
        return sums;
      },
      add_vectors);
}

}  // namespace

Status check_table(const Table& table) {
  if (table.rows < 1 || table.columns < 1) return invalid_input("there are no rows to segment");
  if (static_cast<int64_t>(table.values.size()) != table.rows * table.columns) {
    return invalid_input(fmt::format("{} values are not {} rows of {} columns", table.values.size(),
                                     table.rows, table.columns));
  }
  for (int64_t i = 0; i < table.rows * table.columns; ++i) {
    // Squares of larger values leave the range of single precision.
    if (!(std::abs(table.values[i]) <= 1e17F)) {
      return invalid_input(fmt::format("row {}, column {} is {}: not a finite number up to 1e17",
                                       i / table.columns, i % table.columns, table.values[i]));
    }
  }
  if (table.weights.empty()) return {};
  if (static_cast<int64_t>(table.weights.size()) != table.rows) {
    return invalid_input(fmt::format("{} weights for {} rows", table.weights.size(), table.rows));
  }
  double total = 0;
  for (int64_t i = 0; i < table.rows; ++i) {
    if (!(table.weights[i] >= 0) || !std::isfinite(table.weights[i])) {
      return invalid_input(fmt::format("weight of row {} is {}, it must be finite and not negative",
                                       i, table.weights[i]));
    }
    total += table.weights[i];
  }
  if (!(total > 0)) return invalid_input("all weights are 0");
  return {};
}

Scaling column_scaling(const Table& table, bool standardise, ThreadPool& pool) {
  Scaling scaling;
  scaling.means = column_sums(table, pool, [](float x, int) { return double{x}; });
  const double total = scaling.means.back();
  scaling.means.pop_back();
  for (double& mean : scaling.means) mean /= total;
  scaling.scales.assign(scaling.means.size(), 1.0);
  if (!standardise) return scaling;
  const auto squares = column_sums(table, pool, [&](float x, int j) {
    const double difference = x - scaling.means[j];
    return difference * difference;
  });
  for (size_t j = 0; j < scaling.scales.size(); ++j) {
    const double deviation = std::sqrt(squares[j] / total);
    if (deviation > 1e-12 * std::abs(scaling.means[j])) scaling.scales[j] = deviation;
  }
  return scaling;
}

ScaledTable scale_table(const Table& table, const Scaling& scaling, ThreadPool& pool) {
  ScaledTable scaled;
  scaled.rows = table.rows;
  scaled.d = table.columns;
  scaled.weights = table.weights;
  scaled.values.resize(table.values.size());
  scaled.norms.resize(static_cast<size_t>(table.rows));
  const math::Kernels& kernel = math::kernels();
  pool.parallel_for(table.rows, kRowGrain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float* from = table.values.data() + row * table.columns;
      float* to = scaled.values.data() + row * table.columns;
      for (int j = 0; j < table.columns; ++j) {
        to[j] = static_cast<float>((from[j] - scaling.means[j]) / scaling.scales[j]);
      }
      scaled.norms[row] = kernel.dot(to, to, table.columns);
    }
  });
  double squares = 0;
  double total = 0;
  for (int64_t row = 0; row < table.rows; ++row) {
    squares += scaled.weight(row) * scaled.norms[row];
    total += scaled.weight(row);
  }
  scaled.mean_variance = squares / total / table.columns;
  return scaled;
}

}  // namespace coterie::segment
