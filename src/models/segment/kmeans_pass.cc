#include <algorithm>
#include <cmath>

#include "math/kernels.h"
#include "models/segment/kmeans_internal.h"

namespace coterie::segment {
namespace {

constexpr int64_t kMinGrain = 4096;  // rows; sums in single precision span no more than this
constexpr int64_t kMaxParts = 256;   // partial sums kept at once

int64_t grain_of(int64_t rows) {
  const int64_t parts = (rows + kMaxParts - 1) / kMaxParts;
  return std::max(kMinGrain, (parts + kMinGrain - 1) / kMinGrain * kMinGrain);
}

std::vector<float> half_norms(std::span<const float> centres, int k, int d) {
  std::vector<float> half(static_cast<size_t>(k));
  for (int c = 0; c < k; ++c) {
    const float* centre = centres.data() + static_cast<int64_t>(c) * d;
    half[c] = math::kernels().dot(centre, centre, d) / 2;
  }
  return half;
}

// The nearest centres of up to kPanelWidth rows.
class PanelAssigner {
 public:
  PanelAssigner(std::span<const float> centres, std::span<const float> half, int k, int d)
      : panel_(static_cast<size_t>(d) * math::kPanelWidth),
        job_{centres.data(), half.data(), k, d, panel_.data(), labels_, gains_} {}

  void run(const float* rows, int count) {
    kernel_.pack_panel(rows, job_.d, count, job_.d, panel_.data());
    kernel_.nearest_in_panel(job_);
  }
  const int32_t* labels() const { return labels_; }
  const float* gains() const { return gains_; }

 private:
  const math::Kernels& kernel_ = math::kernels();
  std::vector<float> panel_;
  int32_t labels_[math::kPanelWidth];
  float gains_[math::kPanelWidth];
  math::NearestPanel job_;
};

// One chunk of rows: its share of the pass.
class ChunkPass {
 public:
  ChunkPass(const ScaledTable& table, std::span<const float> centres, std::span<const float> half,
            int k)
      : table_(table),
        assigner_(centres, half, k, table.d),
        sums_(static_cast<size_t>(k) * table.d, 0.0F) {
    pass_.sums.assign(sums_.size(), 0.0);
    pass_.weights.assign(static_cast<size_t>(k), 0.0);
  }

  Pass run(int64_t begin, int64_t end, std::vector<int32_t>& labels) {
    for (int64_t first = begin; first < end; first += kMinGrain) {
      const int64_t last = std::min(end, first + kMinGrain);
      for (int64_t row = first; row < last; row += math::kPanelWidth) {
        panel(row, static_cast<int>(std::min<int64_t>(math::kPanelWidth, last - row)), labels);
      }
      for (size_t i = 0; i < sums_.size(); ++i) {
        pass_.sums[i] += sums_[i];
        sums_[i] = 0;
      }
    }
    return std::move(pass_);
  }

 private:
  void panel(int64_t row, int count, std::vector<int32_t>& labels) {
    assigner_.run(table_.row(row), count);
    const int32_t* found = assigner_.labels();
    const float* weights = table_.weights.empty() ? nullptr : table_.weights.data() + row;
    for (int i = 0; i < count; ++i) {
      const double w = weights == nullptr ? 1.0 : weights[i];
      pass_.gain += w * assigner_.gains()[i];
      pass_.weights[found[i]] += w;
      pass_.changed |= labels[row + i] != found[i];
      labels[row + i] = found[i];
    }
    kernel_.add_rows(table_.row(row), count, table_.d, found, weights, sums_.data());
  }

  const ScaledTable& table_;
  const math::Kernels& kernel_ = math::kernels();
  PanelAssigner assigner_;
  std::vector<float> sums_;
  Pass pass_;
};

}  // namespace

Pass assign_and_sum(const ScaledTable& table, std::span<const float> centres, int k,
                    std::vector<int32_t>& labels, ThreadPool& pool) {
  const std::vector<float> half = half_norms(centres, k, table.d);
  const int64_t grain = grain_of(table.rows);
  std::vector<Pass> parts(static_cast<size_t>((table.rows + grain - 1) / grain));
  pool.parallel_for(table.rows, grain, [&](int64_t begin, int64_t end) {
    parts[begin / grain] = ChunkPass(table, centres, half, k).run(begin, end, labels);
  });
  Pass total = std::move(parts.front());
  for (size_t p = 1; p < parts.size(); ++p) {
    for (size_t i = 0; i < total.sums.size(); ++i) total.sums[i] += parts[p].sums[i];
    for (size_t i = 0; i < total.weights.size(); ++i) total.weights[i] += parts[p].weights[i];
    total.gain += parts[p].gain;
    total.changed |= parts[p].changed;
  }
  return total;
}

void assign(const float* values, int64_t rows, int d, std::span<const float> centres, int k,
            int32_t* labels, ThreadPool& pool) {
  const std::vector<float> half = half_norms(centres, k, d);
  pool.parallel_for(rows, kMinGrain, [&](int64_t begin, int64_t end) {
    PanelAssigner assigner(centres, half, k, d);
    for (int64_t row = begin; row < end; row += math::kPanelWidth) {
      const int count = static_cast<int>(std::min<int64_t>(math::kPanelWidth, end - row));
      assigner.run(values + row * d, count);
      std::copy_n(assigner.labels(), count, labels + row);
    }
  });
}

double exact_inertia(const ScaledTable& table, std::span<const float> centres,
                     std::span<const int32_t> labels, ThreadPool& pool) {
  return pool.parallel_reduce(
      table.rows, kMinGrain, 0.0,
      [&](int64_t begin, int64_t end) {
        double sum = 0;
        for (int64_t row = begin; row < end; ++row) {
          const float* x = table.row(row);
          const float* c = centres.data() + static_cast<int64_t>(labels[row]) * table.d;
          double distance = 0;
          for (int j = 0; j < table.d; ++j) {
            const double difference = double{x[j]} - c[j];
            distance += difference * difference;
          }
          sum += table.weight(row) * distance;
        }
        return sum;
      },
      [](double a, double b) { return a + b; });
}

}  // namespace coterie::segment
