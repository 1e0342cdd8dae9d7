#include "trees/shap.h"

#include <algorithm>
#include <cmath>

#include "math/aligned.h"

namespace coterie::trees {
namespace {

constexpr int64_t kRowsAtOnce = 256;
constexpr int64_t kTreesAtOnce = 16;

void add_to(float* sums, const float* part, int64_t count) {
  for (int64_t i = 0; i < count; ++i) sums[i] += part[i];
}

}  // namespace

struct Shap::Memory {
  math::AlignedVector<float> block;
  // output · features + feature, of kBlockRows rows each; of all trees and of some.
  math::AlignedVector<float> sums;
  math::AlignedVector<float> part;
  math::AlignedVector<float> scratch;
};

void Shap::make_room(Memory& memory) const {
  memory.block.resize(slots_.size() * kBlockRows);
  memory.sums.resize(static_cast<size_t>(outputs_) * features_ * kBlockRows);
  memory.part.resize(memory.sums.size());
  memory.scratch.resize(most_scratch_);
}

// The sums of kTreesAtOnce trees from `first_tree`, into memory.part: always the same trees
// together, so that sums do not depend on how work is divided.
void Shap::group_sums(int64_t first_tree, int64_t count, const float* block, Memory& memory) const {
  const TreeKernels& kernels = tree_kernels();
  std::fill(memory.part.begin(), memory.part.end(), 0.0F);
  const int64_t end = std::min(first_tree + kTreesAtOnce, std::ssize(trees_));
  for (int64_t t = first_tree; t < end; ++t) {
    const PlannedTree& planned = trees_[t];
    if (planned.count == 0) continue;
    const ShapTree tree{.splits = splits_.data() + planned.first_split,
                        .count = planned.count,
                        .points = planned.points,
                        .at = points_[planned.points].data(),
                        .weights = weights_[planned.points].data(),
                        .repeats = repeats_.data() + planned.first_repeat,
                        .turns = turns_.data() + planned.first_turn};
    float* sums =
        memory.part.data() + static_cast<int64_t>(planned.output) * features_ * kBlockRows;
    kernels.add_shap(tree, block, static_cast<int>(count), sums, memory.scratch.data());
  }
}

void Shap::write_rows(int64_t first, int64_t count, const float* sums, float* out) const {
  for (int64_t row = 0; row < count; ++row) {
    float* to = out + (first + row) * static_cast<int64_t>(width());
    const float* from = sums + row;
    for (int output = 0; output < outputs_; ++output) {
      for (int feature = 0; feature < features_; ++feature, from += kBlockRows) *to++ = *from;
      *to++ = expected_[output];
    }
  }
}

// So few rows that the trees are divided between threads instead.
void Shap::one_block(const FeatureMatrix& rows, float* out, ThreadPool& pool) const {
  math::AlignedVector<float> block(slots_.size() * kBlockRows);
  slots_.fill_block(rows, 0, rows.rows, block.data());
  const int64_t groups = (std::ssize(trees_) + kTreesAtOnce - 1) / kTreesAtOnce;
  std::vector<Memory> memory(static_cast<size_t>(pool.threads()));
  std::vector<math::AlignedVector<float>> parts(static_cast<size_t>(groups));
  pool.parallel_for_worker(groups, 1, [&](int64_t begin, int64_t end, int worker) {
    for (int64_t group = begin; group < end; ++group) {
      make_room(memory[worker]);
      group_sums(group * kTreesAtOnce, rows.rows, block.data(), memory[worker]);
      parts[group] = memory[worker].part;
    }
  });
  std::vector<float> sums(static_cast<size_t>(outputs_) * features_ * kBlockRows, 0.0F);
  for (const auto& part : parts) add_to(sums.data(), part.data(), std::ssize(part));
  write_rows(0, rows.rows, sums.data(), out);
}

void Shap::contributions(const FeatureMatrix& rows, std::span<float> out, ThreadPool& pool) const {
  CHECK(rows.columns == features_ && out.size() == static_cast<size_t>(rows.rows) * width());
  if (rows.rows == 0) return;
  if (rows.rows <= kBlockRows) return one_block(rows, out.data(), pool);
  std::vector<Memory> memory(static_cast<size_t>(pool.threads()));
  pool.parallel_for_worker(rows.rows, kRowsAtOnce, [&](int64_t begin, int64_t end, int worker) {
    Memory& mine = memory[worker];
    make_room(mine);
    for (int64_t first = begin; first < end; first += kBlockRows) {
      const int64_t count = std::min<int64_t>(kBlockRows, end - first);
      slots_.fill_block(rows, first, count, mine.block.data());
      std::fill(mine.sums.begin(), mine.sums.end(), 0.0F);
      for (int64_t tree = 0; tree < std::ssize(trees_); tree += kTreesAtOnce) {
        group_sums(tree, count, mine.block.data(), mine);
        add_to(mine.sums.data(), mine.part.data(), std::ssize(mine.sums));
      }
      write_rows(first, count, mine.sums.data(), out.data());
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
