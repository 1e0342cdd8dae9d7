#include "trees/shap.h"

#include <algorithm>
#include <cmath>

#include "math/aligned.h"
#include "trees/shap_compile_internal.h"

namespace coterie::trees {
namespace {

constexpr int64_t kRowsAtOnce = 256;
constexpr int64_t kFewRows = 2;        // cheaper one by one than as a vector
constexpr int64_t kGroupsAThread = 4;  // whose sums are kept at a time

}  // namespace

// Rows at work: one, with its slots side by side, or up to kBlockRows, slot by slot.
struct Shap::Strip {
  const float* slots = nullptr;
  int64_t stride = 1;  // 1 or kBlockRows
  int count = 1;
};

// Sums: output · features + feature, of the strip's stride each.
struct Shap::Memory {
  math::AlignedVector<float> block;
  math::AlignedVector<float> sums;
  math::AlignedVector<float> part;
  math::AlignedVector<float> scratch;
  SplitSlots::Scratch fill;
};

ShapTree Shap::view(const PlannedTree& planned) const {
  const Points& points = points_[static_cast<size_t>(planned.points)];
  return {.splits = splits_.data() + planned.first_split,
          .count = planned.count,
          .points = planned.points,
          .stride = static_cast<int>(points.at.size()),
          .at = points.at.data(),
          .rest = points.rest.data(),
          .weights = points.weights.data(),
          .repeats = repeats_.data() + planned.first_repeat,
          .turns = turns_.data() + planned.first_turn};
}

void Shap::group_sums(int64_t group, const Strip& strip, Memory& memory) const {
  const TreeKernels& kernels = tree_kernels();
  const int64_t width = features_ * strip.stride;
  memory.part.resize(static_cast<size_t>(outputs_ * width));
  memory.scratch.resize(most_scratch_);
  for (const int32_t output : group_outputs_[group]) {
    std::fill_n(memory.part.begin() + output * width, width, 0.0F);
  }
  const int64_t end = std::min((group + 1) * kTreesAtOnce, std::ssize(trees_));
  for (int64_t t = group * kTreesAtOnce; t < end; ++t) {
    if (trees_[t].count == 0) continue;
    float* sums = memory.part.data() + trees_[t].output * width;
    if (strip.stride == 1) {
      kernels.add_shap_row(view(trees_[t]), strip.slots, sums, memory.scratch.data());
    } else {
      kernels.add_shap(view(trees_[t]), strip.slots, strip.count, sums, memory.scratch.data());
    }
  }
}

void Shap::add_group(int64_t group, const Strip& strip, const float* part, float* sums) const {
  const int64_t width = features_ * strip.stride;
  for (const int32_t output : group_outputs_[group]) {
    for (int64_t i = output * width; i < (output + 1) * width; ++i) sums[i] += part[i];
  }
}

// So few rows that the trees are divided between threads.
void Shap::sums_by_threads(const Strip& strip, float* sums, ThreadPool& pool) const {
  const int64_t wave = pool.threads() > 1 ? kGroupsAThread * pool.threads() : 1;
  std::vector<Memory> memory(static_cast<size_t>(wave));
  for (int64_t first = 0; first < std::ssize(group_outputs_); first += wave) {
    const int64_t groups = std::min(wave, std::ssize(group_outputs_) - first);
    pool.parallel_for(groups, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) group_sums(first + i, strip, memory[i]);
    });
    for (int64_t i = 0; i < groups; ++i) {
      add_group(first + i, strip, memory[i].part.data(), sums);
    }
  }
}

void Shap::few_rows(const FeatureMatrix& rows, float* out, ThreadPool& pool) const {
  const bool one_by_one = rows.rows <= kFewRows;
  const int64_t stride = one_by_one ? 1 : kBlockRows;
  math::AlignedVector<float> slots(slots_.size() * static_cast<size_t>(stride));
  math::AlignedVector<float> sums(static_cast<size_t>(stride) * outputs_ * features_);
  SplitSlots::Scratch fill;
  const int64_t step = one_by_one ? 1 : rows.rows;
  for (int64_t first = 0; first < rows.rows; first += step) {
    const Strip strip{slots.data(), stride, static_cast<int>(step)};
    if (one_by_one) {
      slots_.fill_row(rows.row(first), slots.data(), fill);
    } else {
      slots_.fill_block(rows, first, step, slots.data(), fill);
    }
    std::fill(sums.begin(), sums.end(), 0.0F);
    sums_by_threads(strip, sums.data(), pool);
    write_rows(first, strip, sums.data(), out);
  }
}

void Shap::one_block(const FeatureMatrix& rows, int64_t first, Memory& memory, float* out) const {
  const int64_t count = std::min<int64_t>(kBlockRows, rows.rows - first);
  memory.block.resize(slots_.size() * kBlockRows);
  memory.sums.assign(static_cast<size_t>(outputs_) * features_ * kBlockRows, 0.0F);
  slots_.fill_block(rows, first, count, memory.block.data(), memory.fill);
  const Strip strip{memory.block.data(), kBlockRows, static_cast<int>(count)};
  for (int64_t group = 0; group < std::ssize(group_outputs_); ++group) {
    group_sums(group, strip, memory);
    add_group(group, strip, memory.part.data(), memory.sums.data());
  }
  write_rows(first, strip, memory.sums.data(), out);
}

void Shap::write_rows(int64_t first, const Strip& strip, const float* sums, float* out) const {
  for (int64_t row = 0; row < strip.count; ++row) {
    float* to = out + (first + row) * static_cast<int64_t>(width());
    const float* from = sums + row;
    for (int output = 0; output < outputs_; ++output) {
      for (int feature = 0; feature < features_; ++feature, from += strip.stride) *to++ = *from;
      *to++ = expected_[output];
    }
  }
}

void Shap::contributions(const FeatureMatrix& rows, std::span<float> out, ThreadPool& pool) const {
  CHECK(rows.columns == features_ && out.size() == static_cast<size_t>(rows.rows) * width());
  if (rows.rows <= kBlockRows) return few_rows(rows, out.data(), pool);
  std::vector<Memory> memory(static_cast<size_t>(pool.threads()));
  pool.parallel_for_worker(rows.rows, kRowsAtOnce, [&](int64_t begin, int64_t end, int worker) {
    for (int64_t first = begin; first < end; first += kBlockRows) {
      one_block(rows, first, memory[worker], out.data());
    }
  });
}

std::vector<Contribution> top_contributions(std::span<const float> contributions,
                                            std::span<const float> row,
                                            const std::vector<FeatureColumn>& columns, int k) {
  CHECK(contributions.size() == row.size() + 1);
  std::vector<int32_t> order;
  for (size_t i = 0; i < row.size(); ++i) {
    if (contributions[i] != 0) order.push_back(static_cast<int32_t>(i));
  }
  const auto kept = std::min(order.size(), static_cast<size_t>(std::max(k, 0)));
  std::partial_sort(order.begin(), order.begin() + static_cast<int64_t>(kept), order.end(),
                    [&](int32_t a, int32_t b) {
                      const float x = std::abs(contributions[a]);
                      const float y = std::abs(contributions[b]);
                      return x != y ? x > y : a < b;
                    });
  std::vector<Contribution> top;
  for (size_t i = 0; i < kept; ++i) {
    const int32_t feature = order[i];
    top.push_back({feature, columns.empty() ? "f" + std::to_string(feature) : columns[feature].name,
                   row[feature], contributions[feature]});
  }
  return top;
}

}  // namespace coterie::trees
