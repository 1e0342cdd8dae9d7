#pragma once
// The parts of k-means: scaling, one pass of Lloyd's iteration, seeding.

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "base/threads.h"
#include "math/random.h"
#include "models/segment/clusterer.h"
#include "models/segment/kmeans.h"
#include "models/segment/row_memory_internal.h"

namespace coterie::segment {

struct Scaling {
  std::vector<double> means, scales;  // one a column
};
// Weighted means; scales are standard deviations (1 where constant) or 1.
Scaling column_scaling(const Table& table, bool standardise, ThreadPool& pool);

// The data in scaled units.
struct ScaledTable {
  RowMemory values;          // n × d
  std::vector<float> norms;  // n: ‖x‖²
  std::span<const float> weights;
  int64_t rows = 0;
  int d = 0;
  double mean_variance = 0;  // of columns, in scaled units
  double weight(int64_t row) const { return weights.empty() ? 1.0 : weights[row]; }
  const float* row(int64_t i) const { return values.data() + i * d; }
};
ScaledTable scale_table(const Table& table, const Scaling& scaling, ThreadPool& pool);

// What one run of Lloyd's iteration ends with; everything in scaled units.
struct KMeansRun {
  std::vector<float> centres;   // k × d
  std::vector<int32_t> labels;  // rows
  double inertia = std::numeric_limits<double>::infinity();
  int iterations = 0;
  bool converged = false;
  double seconds = 0;  // wall time of all iterations
};

// Σ w x and Σ w by label.
struct ClusterSums {
  std::vector<double> sums;     // k × d
  std::vector<double> weights;  // k
};

// A nearest centre (k × d) for every row.
void assign(const float* values, int64_t rows, int d, std::span<const float> centres, int k,
            int32_t* labels, ThreadPool& pool);
// Σ w ‖x - c‖² by differences, in double.
double exact_inertia(const ScaledTable& table, std::span<const float> centres,
                     std::span<const int32_t> labels, ThreadPool& pool);

// k centres chosen among the rows (k × d).
std::vector<float> seed_plus_plus(const ScaledTable& table, int k, math::RandomStream& random,
                                  ThreadPool& pool);
std::vector<float> seed_parallel(const ScaledTable& table, int k, math::RandomStream& random,
                                 ThreadPool& pool);

}  // namespace coterie::segment
