#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "math/aligned.h"
#include "math/kernels.h"
#include "models/segment/kmeans_kernels_internal.h"
#include "models/segment/kmeans_pass_internal.h"

namespace coterie::segment {
namespace {

constexpr int64_t kRowGrain = 4096;
constexpr int64_t kBlock = 512;  // rows of which the loose ones are found at a time
constexpr int64_t kMaxParts = 64;
constexpr int64_t kMinParts = 4;
constexpr int64_t kPartBytes = int64_t{256} << 20;  // of all partial sums
constexpr int kWidth = math::kPanelWidth;
constexpr int kAhead = 48;  // loose rows between prefetching one and looking at it
constexpr int64_t kLineBytes = 64;
constexpr int64_t kPrefetchBytes = 512;

// Rows of a part: they depend on the problem alone.
int64_t rows_of_part(int64_t rows, int k, int d) {
  const int64_t fitting = kPartBytes / (int64_t{k} * (d + 1) * 8);
  const int64_t parts = std::clamp(fitting, kMinParts, kMaxParts);
  const int64_t each = (rows + parts - 1) / parts;
  return (each + kBlock - 1) / kBlock * kBlock;
}

std::vector<float> half_norms(std::span<const float> centres, int k, int d) {
  std::vector<float> half(static_cast<size_t>(k));
  for (int c = 0; c < k; ++c) {
    const float* centre = centres.data() + static_cast<int64_t>(c) * d;
    half[c] = math::kernels().dot(centre, centre, d) / 2;
  }
  return half;
}

// u · (4d + 32) with u = 2⁻²⁴: d products and sums of a dot product and of each norm err by at most
// (d + 1) u ‖x‖‖c‖ and d u ‖·‖², the square roots by 2 u; together below u (3d + 12).
// With very many columns that says nothing any more; gaps are then no numbers, and every row is
// looked at in every pass.
float error_scale(int d) {
  const float scale = static_cast<float>(4 * d + 32) * 0x1.0p-24F;
  return scale <= 0.01F ? scale : std::numeric_limits<float>::infinity();
}

// Above `reach` by more than the roundings of a threshold and of a slack take away.
float threshold_of(double reach) { return static_cast<float>(reach * (1 + 0x1.0p-20) + 1e-37); }

// A row's first cache lines; the processor finds the rest by itself.
void prefetch(const ScaledTable& table, int64_t row) {
  const auto* at = reinterpret_cast<const char*>(table.row(row));
  const int64_t bytes = std::min<int64_t>(int64_t{table.d} * 4, kPrefetchBytes);
  for (int64_t line = 0; line < bytes; line += kLineBytes) __builtin_prefetch(at + line);
}

}  // namespace

struct LloydPasses::Part {
  Part(const LloydPasses& owner, int64_t first, int64_t last)
      : begin(first),
        end(last),
        sums(owner.sums_.sums.size(), 0.0),
        weights(owner.sums_.weights.size(), 0.0),
        touched(weights.size(), 0),
        rows(static_cast<size_t>(kWidth) * owner.table_.d),
        panel(rows.size()) {}

  void run(LloydPasses& owner);
  void look_at_waiting(LloydPasses& owner);
  const float* gather(const ScaledTable& table);
  void relabel(LloydPasses& owner, int64_t row, int32_t label);
  void add(const ScaledTable& table, int64_t row, int32_t label, double weight);
  void add_weighted(const LloydPasses& owner);

  int64_t begin, end;
  std::vector<double> sums;      // k × d: to be added to the whole's
  std::vector<double> weights;   // k
  std::vector<uint8_t> touched;  // k: sums or weights are not 0
  bool changed = false;
  int64_t looked_at = 0;

  int64_t waiting[kWidth];  // rows to look at, until there is a panel of them
  int waiting_count = 0;
  math::AlignedVector<float> rows, panel;  // scratch: kWidth × d
  const math::Kernels& math_kernels = math::kernels();
  const PassKernels& kernels = pass_kernels();
};

void LloydPasses::Part::run(LloydPasses& owner) {
  changed = false;
  looked_at = 0;
  int32_t loose[kBlock + kLooseRoom];
  for (int64_t first = begin; first < end; first += kBlock) {
    const auto count = static_cast<int>(std::min(kBlock, end - first));
    int found = count;
    if (!owner.first_) {
      found = kernels.find_loose({owner.slacks_.data() + first, owner.labels_.data() + first,
                                  owner.thresholds_.data(), owner.k_, count},
                                 loose);
    }
    if (owner.first_) std::iota(loose, loose + count, 0);
    for (int i = 0; i < found; ++i) {
      if (i + kAhead < found) prefetch(owner.table_, first + loose[i + kAhead]);
      waiting[waiting_count++] = first + loose[i];
      if (waiting_count == kWidth) look_at_waiting(owner);
    }
  }
  if (waiting_count > 0) look_at_waiting(owner);
  if (!owner.table_.weights.empty()) add_weighted(owner);
}

// The waiting rows next to each other: where they stand if they do so, else copied.
const float* LloydPasses::Part::gather(const ScaledTable& table) {
  if (waiting[waiting_count - 1] - waiting[0] == waiting_count - 1) return table.row(waiting[0]);
  for (int i = 0; i < waiting_count; ++i) {
    std::copy_n(table.row(waiting[i]), table.d, rows.data() + static_cast<int64_t>(i) * table.d);
  }
  return rows.data();
}

void LloydPasses::Part::look_at_waiting(LloydPasses& owner) {
  const ScaledTable& table = owner.table_;
  math_kernels.pack_panel(gather(table), table.d, waiting_count, table.d, panel.data());
  int32_t labels[kWidth];
  float gaps[kWidth];
  kernels.nearest_two({.tiles = owner.tiles_.data(),
                       .half_norms = owner.half_norms_.data(),
                       .count = owner.k_,
                       .d = table.d,
                       .panel = panel.data(),
                       .error_scale = error_scale(table.d),
                       .labels = labels,
                       .gaps = gaps});
  for (int i = 0; i < waiting_count; ++i) {
    const int64_t row = waiting[i];
    owner.slacks_[row] = gaps[i] + owner.reach_now_[labels[i]];
    if (owner.labels_[row] != labels[i]) relabel(owner, row, labels[i]);
  }
  looked_at += waiting_count;
  waiting_count = 0;
}

void LloydPasses::Part::relabel(LloydPasses& owner, int64_t row, int32_t label) {
  changed = true;
  int32_t& now = owner.labels_[row];
  if (owner.table_.weights.empty()) {
    if (now >= 0) add(owner.table_, row, now, -1.0);
    add(owner.table_, row, label, 1.0);
  }
  now = label;
}

void LloydPasses::Part::add(const ScaledTable& table, int64_t row, int32_t label, double weight) {
  touched[label] = 1;
  weights[label] += weight;
  kernels.add_row(table.row(row), table.d, weight,
                  sums.data() + static_cast<int64_t>(label) * table.d);
}

void LloydPasses::Part::add_weighted(const LloydPasses& owner) {
  for (int64_t row = begin; row < end; ++row) {
    add(owner.table_, row, owner.labels_[row], owner.table_.weight(row));
  }
}

LloydPasses::LloydPasses(const ScaledTable& table, int k)
    : table_(table),
      k_(k),
      labels_(static_cast<size_t>(table.rows), -1),
      slacks_(static_cast<size_t>(table.rows), 0.0F),
      reach_(static_cast<size_t>(k), 0.0),
      reach_now_(static_cast<size_t>(k), 0.0F),
      thresholds_(static_cast<size_t>(std::max(k, kLooseRoom)), 0.0F) {
  sums_.sums.assign(static_cast<size_t>(k) * table.d, 0.0);
  sums_.weights.assign(static_cast<size_t>(k), 0.0);
  part_rows_ = rows_of_part(table.rows, k, table.d);
  for (int64_t begin = 0; begin < table.rows; begin += part_rows_) {
    parts_.push_back(
        std::make_unique<Part>(*this, begin, std::min(table.rows, begin + part_rows_)));
  }
}

LloydPasses::~LloydPasses() = default;

void LloydPasses::run(std::span<const float> centres, ThreadPool& pool) {
  widen_reach(centres);
  pack_centres(centres);
  if (!table_.weights.empty()) {
    std::fill(sums_.sums.begin(), sums_.sums.end(), 0.0);
    std::fill(sums_.weights.begin(), sums_.weights.end(), 0.0);
  }
  pool.parallel_for(std::ssize(parts_), 1,
                    [&](int64_t begin, int64_t) { parts_[begin]->run(*this); });
  fold_parts();
  first_ = false;
}

// Adds to every label's reach how far its own centre and the fastest other one have moved.
void LloydPasses::widen_reach(std::span<const float> centres) {
  if (first_) return;
  std::vector<double> moved(static_cast<size_t>(k_));
  for (int c = 0; c < k_; ++c) {
    const int64_t at = static_cast<int64_t>(c) * table_.d;
    moved[c] = std::sqrt(
        pass_kernels().squared_distance(centres.data() + at, centres_.data() + at, table_.d));
  }
  const auto fastest = std::max_element(moved.begin(), moved.end()) - moved.begin();
  double next = 0;
  for (int c = 0; c < k_; ++c) {
    if (c != fastest) next = std::max(next, moved[c]);
  }
  for (int c = 0; c < k_; ++c) {
    reach_[c] += moved[c] + (c == fastest ? next : moved[fastest]);
    reach_now_[c] = static_cast<float>(reach_[c]);
    thresholds_[c] = threshold_of(reach_[c]);
  }
}

void LloydPasses::pack_centres(std::span<const float> centres) {
  centres_.assign(centres.begin(), centres.end());
  half_norms_ = half_norms(centres, k_, table_.d);
  tiles_.resize(centres.size());
  const int tiles = tile_count(k_, pass_kernels().tile_rows);
  for (int t = 0; t < tiles; ++t) {
    const int first = tile_start(k_, tiles, t);
    const int rows = tile_start(k_, tiles, t + 1) - first;
    float* out = tiles_.data() + static_cast<int64_t>(first) * table_.d;
    for (int j = 0; j < table_.d; ++j) {
      for (int r = 0; r < rows; ++r) {
        *out++ = centres[static_cast<size_t>(first + r) * table_.d + j];
      }
    }
  }
}

// In the order of the parts, whoever made them.
void LloydPasses::fold_parts() {
  changed_ = false;
  looked_at_ = 0;
  for (const auto& part : parts_) {
    changed_ |= part->changed;
    looked_at_ += part->looked_at;
    for (int c = 0; c < k_; ++c) {
      if (part->touched[c] == 0) continue;
      part->touched[c] = 0;
      sums_.weights[c] += part->weights[c];
      part->weights[c] = 0;
      const int64_t first = static_cast<int64_t>(c) * table_.d;
      for (int64_t i = first; i < first + table_.d; ++i) {
        sums_.sums[i] += part->sums[i];
        part->sums[i] = 0;
      }
    }
  }
}

void LloydPasses::move(int64_t row, int32_t to) {
  const int32_t from = labels_[row];
  const double weight = table_.weight(row);
  for (int j = 0; j < table_.d; ++j) {
    const double value = weight * table_.row(row)[j];
    sums_.sums[int64_t{from} * table_.d + j] -= value;
    sums_.sums[int64_t{to} * table_.d + j] = value;
  }
  sums_.weights[from] -= weight;
  sums_.weights[to] = weight;
  labels_[row] = to;
  slacks_[row] = -std::numeric_limits<float>::infinity();
  changed_ = true;
}

void assign(const float* values, int64_t rows, int d, std::span<const float> centres, int k,
            int32_t* labels, ThreadPool& pool) {
  const std::vector<float> half = half_norms(centres, k, d);
  pool.parallel_for(rows, kRowGrain, [&](int64_t begin, int64_t end) {
    const math::Kernels& kernels = math::kernels();
    std::vector<float> panel(static_cast<size_t>(d) * kWidth);
    int32_t found[kWidth];
    float gains[kWidth];
    for (int64_t row = begin; row < end; row += kWidth) {
      const int count = static_cast<int>(std::min<int64_t>(kWidth, end - row));
      kernels.pack_panel(values + row * d, d, count, d, panel.data());
      kernels.nearest_in_panel({centres.data(), half.data(), k, d, panel.data(), found, gains});
      std::copy_n(found, count, labels + row);
    }
  });
}

double exact_inertia(const ScaledTable& table, std::span<const float> centres,
                     std::span<const int32_t> labels, ThreadPool& pool) {
  return pool.parallel_reduce(
      table.rows, kRowGrain, 0.0,
      [&](int64_t begin, int64_t end) {
        const PassKernels& kernels = pass_kernels();
        double sum = 0;
        for (int64_t row = begin; row < end; ++row) {
          const float* centre = centres.data() + static_cast<int64_t>(labels[row]) * table.d;
          sum += table.weight(row) * kernels.squared_distance(table.row(row), centre, table.d);
        }
        return sum;
      },
      [](double a, double b) { return a + b; });
}

}  // namespace coterie::segment
