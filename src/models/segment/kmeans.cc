#include "models/segment/kmeans.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "math/artefact.h"
#include "models/segment/kmeans_internal.h"
#include "models/segment/kmeans_kernels_internal.h"
#include "models/segment/kmeans_pass_internal.h"

namespace coterie::segment {
namespace {

enum RandomPurpose : uint32_t { kSeeding = 31 };
constexpr int kManyClusters = 64;

Error option_error(std::string_view name, double value, std::string_view range) {
  return invalid_input(fmt::format("{} = {} is out of range", name, value))
      .for_key(std::string(name))
      .with_mend(fmt::format("use a value {}", range));
}

// Gives every centre without rows the row farthest from its own centre (ties: the lowest row), one
// row each, taken out of the cluster that had it.
void repair_empty(const ScaledTable& table, std::span<const float> centres, LloydPasses& passes) {
  const std::vector<double>& weights = passes.sums().weights;
  std::vector<int32_t> empty;
  for (size_t c = 0; c < weights.size(); ++c) {
    if (weights[c] <= 0) empty.push_back(static_cast<int32_t>(c));
  }
  if (empty.empty()) return;
  std::vector<std::pair<double, int64_t>> far;  // (-distance, row)
  for (int64_t row = 0; row < table.rows; ++row) {
    if (table.weight(row) <= 0) continue;
    const float* centre = centres.data() + int64_t{passes.labels()[row]} * table.d;
    far.emplace_back(-pass_kernels().squared_distance(table.row(row), centre, table.d), row);
  }
  const size_t count = std::min(far.size(), empty.size());
  std::partial_sort(far.begin(), far.begin() + static_cast<int64_t>(count), far.end());
  for (size_t i = 0; i < count && far[i].first < 0; ++i) {
    const int64_t row = far[i].second;
    if (weights[passes.labels()[row]] <= table.weight(row)) continue;  // its cluster's last row
    passes.move(row, empty[i]);
  }
}

// Centres become the means of their rows; returns Σ‖shift‖².
double move_centres(const ClusterSums& pass, int d, std::vector<float>& centres) {
  double shift = 0;
  for (size_t c = 0; c < pass.weights.size(); ++c) {
    if (pass.weights[c] <= 0) continue;
    for (int j = 0; j < d; ++j) {
      const size_t at = c * static_cast<size_t>(d) + static_cast<size_t>(j);
      const double mean = pass.sums[at] / pass.weights[c];
      shift += (mean - centres[at]) * (mean - centres[at]);
      centres[at] = static_cast<float>(mean);
    }
  }
  return shift;
}

Result<KMeansRun> lloyd(const ScaledTable& table, std::vector<float> centres,
                        const KMeansOptions& options, ThreadPool& pool) {
  KMeansRun run;
  run.centres = std::move(centres);
  LloydPasses passes(table, options.clusters);
  const Stopwatch watch;
  for (; run.iterations < options.max_iterations && !run.converged; ++run.iterations) {
    RETURN_IF_ERROR(check_cancelled());
    passes.run(run.centres, pool);
    repair_empty(table, run.centres, passes);
    const double shift = move_centres(passes.sums(), table.d, run.centres);
    run.converged = !passes.changed() || shift <= options.tolerance * table.mean_variance;
  }
  run.seconds = watch.seconds();
  run.labels = passes.labels();
  assign(table.values.data(), table.rows, table.d, run.centres, options.clusters, run.labels.data(),
         pool);
  run.inertia = exact_inertia(table, run.centres, run.labels, pool);
  return run;
}

}  // namespace

Status check_options(const KMeansOptions& o) {
  if (o.clusters < 1 || o.clusters > 1'000'000) {
    return option_error("k", o.clusters, "from 1 to 1000000");
  }
  if (o.restarts < 1 || o.restarts > 1000) {
    return option_error("restarts", o.restarts, "from 1 to 1000");
  }
  if (o.max_iterations < 1) return option_error("iterations", o.max_iterations, "of at least 1");
  if (!(o.tolerance >= 0 && o.tolerance < 1)) {
    return option_error("tolerance", o.tolerance, "from 0 to below 1");
  }
  return {};
}

Status KMeans::fit(const Table& table, ThreadPool& pool) {
  RETURN_IF_ERROR(check_options(options_));
  RETURN_IF_ERROR(check_table(table));
  if (table.rows < options_.clusters) {
    return invalid_input(fmt::format("k = {} clusters need at least as many rows, there are {}",
                                     options_.clusters, table.rows))
        .with_mend("ask for fewer");
  }
  const Scaling scaling = column_scaling(table, options_.standardise, pool);
  const ScaledTable scaled = scale_table(table, scaling, pool);
  const bool many = options_.clusters > kManyClusters;
  const bool parallel =
      options_.seeding == Seeding::kParallel || (options_.seeding == Seeding::kAuto && many);
  KMeansRun best;
  for (int restart = 0; restart < options_.restarts; ++restart) {
    math::RandomStream random(options_.seed, kSeeding, static_cast<uint64_t>(restart));
    std::vector<float> start = parallel ? seed_parallel(scaled, options_.clusters, random, pool)
                                        : seed_plus_plus(scaled, options_.clusters, random, pool);
    ASSIGN_OR_RETURN(KMeansRun run, lloyd(scaled, std::move(start), options_, pool));
    if (run.inertia < best.inertia) best = std::move(run);
  }
  keep(scaling, std::move(best));
  return {};
}

Status KMeans::fit_from(const Table& table, std::span<const float> centres, ThreadPool& pool) {
  RETURN_IF_ERROR(check_options(options_));
  RETURN_IF_ERROR(check_table(table));
  if (static_cast<int64_t>(centres.size()) != int64_t{options_.clusters} * table.columns) {
    return invalid_input(fmt::format("{} values are not {} centres of {} columns", centres.size(),
                                     options_.clusters, table.columns));
  }
  const Scaling scaling = column_scaling(table, options_.standardise, pool);
  const ScaledTable scaled = scale_table(table, scaling, pool);
  std::vector<float> start(centres.size());
  for (size_t i = 0; i < centres.size(); ++i) {
    const size_t j = i % static_cast<size_t>(table.columns);
    start[i] = static_cast<float>((centres[i] - scaling.means[j]) / scaling.scales[j]);
  }
  ASSIGN_OR_RETURN(KMeansRun run, lloyd(scaled, std::move(start), options_, pool));
  keep(scaling, std::move(run));
  return {};
}

void KMeans::keep(const Scaling& scaling, KMeansRun run) {
  columns_ = static_cast<int>(scaling.means.size());
  means_ = scaling.means;
  scales_ = scaling.scales;
  centres_ = std::move(run.centres);
  labels_ = std::move(run.labels);
  inertia_ = run.inertia;
  iterations_ = run.iterations;
  converged_ = run.converged;
  seconds_per_iteration_ = run.seconds / run.iterations;
}

Result<std::vector<float>> KMeans::scaled(const Table& table, ThreadPool& pool) const {
  RETURN_IF_ERROR(check_table(table));
  if (table.columns != columns_) {
    return invalid_input(
        fmt::format("the table has {} columns, the model {}", table.columns, columns_));
  }
  const ScaledTable rows = scale_table(table, {means_, scales_}, pool);
  return std::vector<float>(rows.values.data(), rows.values.data() + rows.values.size());
}

Result<std::vector<int32_t>> KMeans::predict(const Table& table, ThreadPool& pool) const {
  ASSIGN_OR_RETURN(const std::vector<float> values, scaled(table, pool));
  std::vector<int32_t> labels(static_cast<size_t>(table.rows));
  assign(values.data(), table.rows, columns_, centres_, options_.clusters, labels.data(), pool);
  return labels;
}

std::vector<float> KMeans::centres() const {
  std::vector<float> centres(centres_.size());
  for (size_t i = 0; i < centres.size(); ++i) {
    const size_t j = i % static_cast<size_t>(columns_);
    centres[i] = static_cast<float>(centres_[i] * scales_[j] + means_[j]);
  }
  return centres;
}

}  // namespace coterie::segment
