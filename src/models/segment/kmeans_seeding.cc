#include <algorithm>
#include <cmath>
#include <limits>

#include "math/kernels.h"
#include "models/segment/kmeans_internal.h"

namespace coterie::segment {
namespace {

constexpr int64_t kRowGrain = 4096;
constexpr int kParallelRounds = 5;
constexpr double kOversampling = 2.0;  // candidates a round, in units of k

// Squared distances to the nearest of the centres chosen so far, and how chosen rows change them.
class Potential {
 public:
  Potential(const ScaledTable& table, ThreadPool& pool)
      : table_(table),
        pool_(pool),
        nearest_(static_cast<size_t>(table.rows), std::numeric_limits<float>::max()) {}

  float nearest(int64_t row) const { return nearest_[row]; }
  double total() const { return total_; }

  // Takes the rows as centres: one pass over the data.
  void add(std::span<const int64_t> rows) {
    const std::vector<float> centres = gather(rows);
    const int64_t chunks = (table_.rows + kRowGrain - 1) / kRowGrain;
    parts_.assign(static_cast<size_t>(chunks), 0.0);
    for_each_panel(rows, centres, [&](int64_t row, int count, const float* distances) {
      for (int i = 0; i < count; ++i) {
        float least = nearest_[row + i];
        for (size_t c = 0; c < rows.size(); ++c) {
          least = std::min(least, distances[c * math::kPanelWidth + i]);
        }
        nearest_[row + i] = least;
        parts_[row / kRowGrain] += table_.weight(row + i) * least;
      }
    });
    total_ = 0;
    for (const double part : parts_) total_ += part;
  }

  // For each candidate row: the total if it alone were added.
  std::vector<double> totals_with(std::span<const int64_t> rows) {
    const std::vector<float> centres = gather(rows);
    const size_t width = rows.size();
    const int64_t chunks = (table_.rows + kRowGrain - 1) / kRowGrain;
    std::vector<double> parts(static_cast<size_t>(chunks) * width, 0.0);
    for_each_panel(rows, centres, [&](int64_t row, int count, const float* distances) {
      double* sums = parts.data() + static_cast<size_t>(row / kRowGrain) * width;
      for (size_t c = 0; c < width; ++c) {
        for (int i = 0; i < count; ++i) {
          const float least = std::min(nearest_[row + i], distances[c * math::kPanelWidth + i]);
          sums[c] += table_.weight(row + i) * least;
        }
      }
    });
    std::vector<double> totals(width, 0.0);
    for (size_t i = 0; i < parts.size(); ++i) totals[i % width] += parts[i];
    return totals;
  }

  // A row with probability proportional to weight times squared distance.
  int64_t draw(math::RandomStream& random) const {
    double rest = random.uniform() * total_;
    size_t chunk = 0;
    while (chunk + 1 < parts_.size() && rest >= parts_[chunk]) rest -= parts_[chunk++];
    const int64_t begin = static_cast<int64_t>(chunk) * kRowGrain;
    const int64_t end = std::min(table_.rows, begin + kRowGrain);
    for (int64_t row = begin; row < end; ++row) {
      rest -= table_.weight(row) * nearest_[row];
      if (rest < 0) return row;
    }
    return end - 1;
  }

 private:
  std::vector<float> gather(std::span<const int64_t> rows) const {
    std::vector<float> centres;
    for (const int64_t row : rows) {
      centres.insert(centres.end(), table_.row(row), table_.row(row) + table_.d);
    }
    return centres;
  }

  // Calls use(row, count, distances) with distances of `count` rows to every centre.
  template <typename Use>
  void for_each_panel(std::span<const int64_t> ids, const std::vector<float>& centres,
                      const Use& use) {
    const math::Kernels& kernel = math::kernels();
    const int d = table_.d;
    const int k = static_cast<int>(ids.size());
    pool_.parallel_for(table_.rows, kRowGrain, [&](int64_t begin, int64_t end) {
      std::vector<float> panel(static_cast<size_t>(d) * math::kPanelWidth);
      std::vector<float> products(static_cast<size_t>(k) * math::kPanelWidth);
      for (int64_t row = begin; row < end; row += math::kPanelWidth) {
        const int count = static_cast<int>(std::min<int64_t>(math::kPanelWidth, end - row));
        kernel.pack_panel(table_.row(row), d, count, d, panel.data());
        kernel.multiply_panel(centres.data(), d, k, d, panel.data(), products.data(),
                              math::kPanelWidth);
        for (int c = 0; c < k; ++c) {
          float* out = products.data() + static_cast<int64_t>(c) * math::kPanelWidth;
          const float norm = table_.norms[ids[c]];
          for (int i = 0; i < count; ++i) {
            out[i] = std::max(0.0F, norm + table_.norms[row + i] - 2 * out[i]);
          }
        }
        use(row, count, products.data());
      }
    });
  }

  const ScaledTable& table_;
  ThreadPool& pool_;
  std::vector<float> nearest_;
  std::vector<double> parts_;  // of total_, by chunk
  double total_ = 0;
};

// A row with probability proportional to its weight.
int64_t draw_first(const ScaledTable& table, math::RandomStream& random) {
  double total = 0;
  for (int64_t row = 0; row < table.rows; ++row) total += table.weight(row);
  double rest = random.uniform() * total;
  for (int64_t row = 0; row + 1 < table.rows; ++row) {
    rest -= table.weight(row);
    if (rest < 0) return row;
  }
  return table.rows - 1;
}

std::vector<int64_t> choose_rows(const ScaledTable& table, int k, math::RandomStream& random,
                                 ThreadPool& pool) {
  Potential potential(table, pool);
  std::vector<int64_t> chosen{draw_first(table, random)};
  potential.add(chosen);
  const int trials = 2 + static_cast<int>(std::log(k));
  while (static_cast<int>(chosen.size()) < k) {
    std::vector<int64_t> candidates;
    for (int t = 0; t < trials; ++t) candidates.push_back(potential.draw(random));
    const std::vector<double> totals = potential.totals_with(candidates);
    const auto best = std::min_element(totals.begin(), totals.end()) - totals.begin();
    chosen.push_back(candidates[best]);
    potential.add({&chosen.back(), 1});
  }
  return chosen;
}

std::vector<float> rows_of(const ScaledTable& table, std::span<const int64_t> rows) {
  std::vector<float> values;
  values.reserve(rows.size() * static_cast<size_t>(table.d));
  for (const int64_t row : rows) {
    values.insert(values.end(), table.row(row), table.row(row) + table.d);
  }
  return values;
}

}  // namespace

std::vector<float> seed_plus_plus(const ScaledTable& table, int k, math::RandomStream& random,
                                  ThreadPool& pool) {
  return rows_of(table, choose_rows(table, k, random, pool));
}

std::vector<float> seed_parallel(const ScaledTable& table, int k, math::RandomStream& random,
                                 ThreadPool& pool) {
  Potential potential(table, pool);
  std::vector<int64_t> candidates{draw_first(table, random)};
  potential.add(candidates);
  for (int round = 0; round < kParallelRounds && potential.total() > 0; ++round) {
    std::vector<int64_t> drawn;
    const double rate = kOversampling * k / potential.total();
    for (int64_t row = 0; row < table.rows; ++row) {
      const double mass = table.weight(row) * potential.nearest(row);
      if (random.chance(std::min(1.0, rate * mass))) drawn.push_back(row);
    }
    if (drawn.empty()) continue;
    potential.add(drawn);
    candidates.insert(candidates.end(), drawn.begin(), drawn.end());
  }
  if (static_cast<int>(candidates.size()) <= k) return seed_plus_plus(table, k, random, pool);
  // Candidates weighted by the rows that are nearest to them, reduced to k.
  const std::vector<float> values = rows_of(table, candidates);
  std::vector<int32_t> labels(static_cast<size_t>(table.rows));
  assign(table.values.data(), table.rows, table.d, values, static_cast<int>(candidates.size()),
         labels.data(), pool);
  std::vector<float> weights(candidates.size(), 0.0F);
  for (int64_t row = 0; row < table.rows; ++row) {
    weights[labels[row]] += static_cast<float>(table.weight(row));
  }
  ScaledTable reduced;
  reduced.values = RowMemory(values.size());
  std::copy(values.begin(), values.end(), reduced.values.data());
  reduced.rows = static_cast<int64_t>(candidates.size());
  reduced.d = table.d;
  reduced.weights = weights;
  for (const int64_t row : candidates) reduced.norms.push_back(table.norms[row]);
  return seed_plus_plus(reduced, k, random, pool);
}

}  // namespace coterie::segment
