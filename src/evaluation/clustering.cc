#include "evaluation/clustering.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "math/random.h"

namespace coterie::evaluation {
namespace {

constexpr uint32_t kSamplePurpose = 22;

double pairs(int64_t n) { return 0.5 * static_cast<double>(n) * static_cast<double>(n - 1); }

Status check_labels(std::span<const int32_t> labels) {
  for (const int32_t label : labels) {
    if (label < 0) return invalid_input(fmt::format("label {} is negative", label));
  }
  return {};
}

// Rows of the sample, ascending.
std::vector<int64_t> sample_rows(int64_t rows, const SilhouetteOptions& options) {
  std::vector<int64_t> all(static_cast<size_t>(rows));
  std::iota(all.begin(), all.end(), 0);
  if (rows <= options.sample) return all;
  math::RandomStream random(options.seed, kSamplePurpose, 0);
  for (int64_t i = 0; i < options.sample; ++i) {
    const int64_t left = rows - i;
    const auto step = static_cast<int64_t>(random.uniform() * static_cast<double>(left));
    std::swap(all[i], all[i + std::min(step, left - 1)]);
  }
  all.resize(static_cast<size_t>(options.sample));
  std::sort(all.begin(), all.end());
  return all;
}

double distance(const float* a, const float* b, int columns) {
  double sum = 0;
  for (int j = 0; j < columns; ++j) {
    const double difference = double{a[j]} - b[j];
    sum += difference * difference;
  }
  return std::sqrt(sum);
}

// Silhouette of one row from its summed distances to every cluster.
double silhouette_of(int32_t own, const std::vector<double>& sums,
                     const std::vector<int64_t>& sizes) {
  if (sizes[own] < 2) return 0;
  const double inside = sums[own] / static_cast<double>(sizes[own] - 1);
  double outside = std::numeric_limits<double>::infinity();
  for (size_t c = 0; c < sizes.size(); ++c) {
    if (static_cast<int32_t>(c) == own || sizes[c] == 0) continue;
    outside = std::min(outside, sums[c] / static_cast<double>(sizes[c]));
  }
  const double larger = std::max(inside, outside);
  return larger > 0 ? (outside - inside) / larger : 0;
}

}  // namespace

Result<double> adjusted_rand(std::span<const int32_t> a, std::span<const int32_t> b) {
  if (a.size() != b.size() || a.empty()) {
    return invalid_input(fmt::format("{} labels cannot be compared with {}", a.size(), b.size()));
  }
  RETURN_IF_ERROR(check_labels(a));
  RETURN_IF_ERROR(check_labels(b));
  std::map<std::pair<int32_t, int32_t>, int64_t> both;
  std::map<int32_t, int64_t> first, second;
  for (size_t i = 0; i < a.size(); ++i) {
    ++both[{a[i], b[i]}];
    ++first[a[i]];
    ++second[b[i]];
  }
  double together = 0;
  for (const auto& [labels, count] : both) together += pairs(count);
  double in_first = 0;
  for (const auto& [label, count] : first) in_first += pairs(count);
  double in_second = 0;
  for (const auto& [label, count] : second) in_second += pairs(count);
  const double all = pairs(static_cast<int64_t>(a.size()));
  const double expected = all > 0 ? in_first * in_second / all : 0;
  const double most = 0.5 * (in_first + in_second);
  return most == expected ? 1.0 : (together - expected) / (most - expected);
}

Result<double> silhouette(std::span<const float> values, int64_t rows, int columns,
                          std::span<const int32_t> labels, const SilhouetteOptions& options,
                          ThreadPool& pool) {
  if (static_cast<int64_t>(values.size()) != rows * columns ||
      static_cast<int64_t>(labels.size()) != rows) {
    return invalid_input(fmt::format("{} values and {} labels are not {} rows of {} columns",
                                     values.size(), labels.size(), rows, columns));
  }
  RETURN_IF_ERROR(check_labels(labels));
  const std::vector<int64_t> sample = sample_rows(rows, options);
  int32_t clusters = 0;
  for (const int64_t row : sample) clusters = std::max(clusters, labels[row] + 1);
  std::vector<int64_t> sizes(static_cast<size_t>(clusters), 0);
  for (const int64_t row : sample) ++sizes[labels[row]];
  if (std::count_if(sizes.begin(), sizes.end(), [](int64_t n) { return n > 0; }) < 2) {
    return invalid_input("a silhouette needs at least two clusters among the sampled rows");
  }
  const auto n = static_cast<int64_t>(sample.size());
  const double sum = pool.parallel_reduce(
      n, 16, 0.0,
      [&](int64_t begin, int64_t end) {
        double part = 0;
        for (int64_t i = begin; i < end; ++i) {
          std::vector<double> sums(sizes.size(), 0.0);
          for (int64_t j = 0; j < n; ++j) {
            sums[labels[sample[j]]] += distance(values.data() + sample[i] * columns,
                                                values.data() + sample[j] * columns, columns);
          }
          part += silhouette_of(labels[sample[i]], sums, sizes);
        }
        return part;
      },
      [](double x, double y) { return x + y; });
  return sum / static_cast<double>(n);
}

}  // namespace coterie::evaluation
