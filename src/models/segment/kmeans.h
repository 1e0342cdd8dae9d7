#pragma once
// k-means: k centres that minimise the inertia Σ w ‖x - c(x)‖².
//
// Lloyd's iteration fused with the matrix product: 32 rows at a time are turned into a panel, the
// two nearest centres come from the largest x·c - ‖c‖²/2 while the products are in registers. A row
// whose label cannot have changed since it was last looked at, by the triangle inequality (Hamerly
// 2010), is not even read; rows that change their label move between the sums
// (kmeans_pass_internal.h).
// Seeding: greedy k-means++ (Arthur and Vassilvitskii 2007; 2 + ln k trials a centre) or k-means‖
// (Bahmani et al. 2012) for many centres. A centre that loses all rows moves to the row that is
// farthest from its own centre. Of `restarts` runs the one of least inertia is kept.
// O(n · k · d) an iteration at worst; memory: a centred copy of the data and 12 bytes a row.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/segment/clusterer.h"

namespace coterie::segment {

enum class Seeding { kAuto, kPlusPlus, kParallel };  // kAuto: kParallel beyond 64 clusters

struct KMeansOptions {
  int clusters = 8;
  int restarts = 10;  // n_init
  int max_iterations = 300;
  double tolerance = 1e-4;   // stop when Σ‖centre shift‖² <= tolerance · mean column variance
  bool standardise = false;  // scale columns to unit variance first (constant ones to 0)
  Seeding seeding = Seeding::kAuto;
  uint64_t seed = 1;
};
// kInvalidInput names the first option out of its range.
Status check_options(const KMeansOptions& options);

struct Scaling;    // kmeans_internal.h
struct KMeansRun;  // kmeans_internal.h

class KMeans final : public Clusterer {
 public:
  explicit KMeans(KMeansOptions options) : options_(options) {}

  std::string name() const override { return "kmeans"; }
  Status fit(const Table& table, ThreadPool& pool) override;
  // Lloyd's iterations from these centres (clusters × columns, in the table's units).
  Status fit_from(const Table& table, std::span<const float> centres, ThreadPool& pool);
  int clusters() const override { return options_.clusters; }
  Result<std::vector<int32_t>> predict(const Table& table, ThreadPool& pool) const override;
  // The rows as distances are taken between them: centred, and divided by deviations if
  // standardised. Errors of predict.
  Result<std::vector<float>> scaled(const Table& table, ThreadPool& pool) const;
  Status save(const std::string& folder) const override;
  static Result<std::unique_ptr<KMeans>> load(const std::string& folder);

  const KMeansOptions& options() const { return options_; }
  std::vector<float> centres() const;          // clusters × columns, in the table's units
  double inertia() const { return inertia_; }  // in scaled units if standardised
  int iterations() const { return iterations_; }
  bool converged() const { return converged_; }
  // Wall time of the kept run's mean iteration, without scaling, seeding and the final labels.
  double seconds_per_iteration() const { return seconds_per_iteration_; }
  const std::vector<int32_t>& labels() const { return labels_; }  // of the fitted rows; not saved

 private:
  void keep(const Scaling& scaling, KMeansRun run);

  KMeansOptions options_;
  int columns_ = 0;
  std::vector<double> means_, scales_;  // columns: scaled = (x - mean) / scale
  std::vector<float> centres_;          // clusters × columns, scaled
  double inertia_ = 0;
  int iterations_ = 0;
  bool converged_ = false;
  double seconds_per_iteration_ = 0;
  std::vector<int32_t> labels_;
};

}  // namespace coterie::segment
