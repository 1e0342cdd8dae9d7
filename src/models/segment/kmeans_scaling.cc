#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "models/segment/kmeans_internal.h"
#include "models/segment/kmeans_kernels_internal.h"

namespace coterie::segment {
namespace {

constexpr int64_t kRowGrain = 8192;
constexpr float kLargestValue =
    1e17F;  // squares of larger ones leave the range of single precision

std::vector<double> add_vectors(std::vector<double> a, const std::vector<double>& b) {
  for (size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

// Σ w x or Σ w (x - mean)² per column, then Σ w behind them. `take` adds one row to such sums.
template <typename Take>
std::vector<double> column_sums(const Table& table, ThreadPool& pool, const Take& take) {
  const size_t width = static_cast<size_t>(table.columns) + 1;
  return pool.parallel_reduce(
      table.rows, kRowGrain, std::vector<double>(width, 0.0),
      [&](int64_t begin, int64_t end) {
        std::vector<double> sums(width, 0.0);
        for (int64_t row = begin; row < end; ++row) {
          const double w = table.weights.empty() ? 1.0 : table.weights[row];
          take(table.values.data() + row * table.columns, w, sums.data());
          sums[width - 1] += w;
        }
        return sums;
      },
      add_vectors);
}

// The first value that is not, for the error.
Status name_bad_value(const Table& table) {
  for (int64_t i = 0; i < table.rows * table.columns; ++i) {
    if (std::abs(table.values[i]) <= kLargestValue) continue;
    return invalid_input(fmt::format("row {}, column {} is {}: not a finite number up to 1e17",
                                     i / table.columns, i % table.columns, table.values[i]));
  }
  return {};
}

}  // namespace

Status check_table(const Table& table) {
  if (table.rows < 1 || table.columns < 1) return invalid_input("there are no rows to segment");
  if (static_cast<int64_t>(table.values.size()) != table.rows * table.columns) {
    return invalid_input(fmt::format("{} values are not {} rows of {} columns", table.values.size(),
                                     table.rows, table.columns));
  }
  if (!pass_kernels().all_within(table.values.data(), table.rows * table.columns, kLargestValue)) {
    return name_bad_value(table);
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
  scaling.means = column_sums(table, pool, [&](const float* x, double w, double* sums) {
    pass_kernels().add_row(x, table.columns, w, sums);
  });
  const double total = scaling.means.back();
  scaling.means.pop_back();
  for (double& mean : scaling.means) mean /= total;
  scaling.scales.assign(scaling.means.size(), 1.0);
  if (!standardise) return scaling;
  const auto squares = column_sums(table, pool, [&](const float* x, double w, double* sums) {
    for (int j = 0; j < table.columns; ++j) {
      const double difference = x[j] - scaling.means[j];
      sums[j] += w * difference * difference;
    }
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
  scaled.values = RowMemory(table.values.size());
  scaled.norms.resize(static_cast<size_t>(table.rows));
  std::vector<double> factors;
  for (const double scale : scaling.scales) factors.push_back(1 / scale);
  const PassKernels& kernels = pass_kernels();
  pool.parallel_for(table.rows, kRowGrain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t at = row * table.columns;
      scaled.norms[row] = static_cast<float>(
          kernels.scale_row(table.values.data() + at, scaling.means.data(), factors.data(),
                            table.columns, scaled.values.data() + at));
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
