#include "trees/evaluator.h"

#include <algorithm>
#include <cmath>

#include "trees/evaluator_compile_internal.h"

namespace coterie::trees {
namespace {

constexpr int64_t kFewRows = 6;  // of which a block would be mostly empty
constexpr int kTreesAtOnce = 8;
constexpr int64_t kRowsAtOnce = 128;

// As XGBoost has it, with its guards.
float logistic(float margin) {
  const float x = std::min(-margin, 88.7F);
  return 1.0F / (std::exp(x) + 1.0F + 1e-16F);
}

void softmax(float* values, int count) {
  const float top = *std::max_element(values, values + count);
  double sum = 0;
  for (int i = 0; i < count; ++i) {
    values[i] = std::exp(values[i] - top);
    sum += values[i];
  }
  for (int i = 0; i < count; ++i) values[i] /= static_cast<float>(sum);
}

}  // namespace

Evaluator::Evaluator(const Forest& forest)
    : link_(forest.link),
      features_(forest.features),
      outputs_(forest.outputs),
      base_margin_(forest.base_margin) {
  Compiler compiler{*this};
  for (const Tree& tree : forest.trees) compiler.add(tree);
  slots_.finish();
}

void Evaluator::add_trees(const float* block, float* sums) const {
  const TreeKernels& kernels = tree_kernels();
  const CompleteTrees forest{thresholds_.data(), offsets_.data(), leaves_.data()};
  const auto complete = [&](size_t t) {
    return complete_[t].depth >= 0 && complete_[t].depth <= kernels.deepest_complete;
  };
  for (size_t t = 0; t < walks_.size();) {
    size_t end = t;
    while (end < walks_.size() && complete(end)) ++end;
    if (end > t) {
      kernels.add_complete(forest, &complete_[t], static_cast<int>(end - t), block, sums);
      t = end;
      continue;
    }
    const WalkTree& walk = walks_[t++];
    kernels.add_walked(nodes_.data(), values_.data(), walk.root, walk.depth, block,
                       sums + static_cast<int64_t>(walk.output) * kBlockRows);
  }
}

struct Evaluator::Memory {
  math::AlignedVector<float> block;
  math::AlignedVector<float> sums;
  SplitSlots::Scratch fill;
};

void Evaluator::block_margins(const FeatureMatrix& rows, int64_t first, int64_t count,
                              Memory& memory, float* out) const {
  memory.block.resize(slots_.size() * kBlockRows);
  memory.sums.assign(static_cast<size_t>(outputs_) * kBlockRows, base_margin_);
  slots_.fill_block(rows, first, count, memory.block.data(), memory.fill);
  add_trees(memory.block.data(), memory.sums.data());
  for (int64_t row = 0; row < count; ++row) {
    for (int output = 0; output < outputs_; ++output) {
      out[(first + row) * outputs_ + output] = memory.sums[int64_t{output} * kBlockRows + row];
    }
  }
}

void Evaluator::margins(const FeatureMatrix& rows, std::span<float> out, ThreadPool& pool) const {
  CHECK(rows.columns == features_ && std::ssize(out) == rows.rows * outputs_);
  if (rows.rows <= kFewRows) {
    Scratch scratch;
    for (int64_t row = 0; row < rows.rows; ++row) {
      margin(rows.row(row), out.subspan(static_cast<size_t>(row) * outputs_, outputs_), scratch);
    }
    return;
  }
  std::vector<Memory> memory(static_cast<size_t>(pool.threads()));
  pool.parallel_for_worker(rows.rows, kRowsAtOnce, [&](int64_t begin, int64_t end, int worker) {
    for (int64_t first = begin; first < end; first += kBlockRows) {
      block_margins(rows, first, std::min<int64_t>(kBlockRows, end - first), memory[worker],
                    out.data());
    }
  });
}

void Evaluator::margin(std::span<const float> row, std::span<float> out, Scratch& scratch) const {
  CHECK(std::ssize(row) == features_ && std::ssize(out) == outputs_);
  scratch.slots.resize(slots_.size());
  slots_.fill_row(row, scratch.slots.data(), scratch.fill);
  std::fill(out.begin(), out.end(), base_margin_);
  const float* slots = scratch.slots.data();
  for (size_t first = 0; first < walks_.size(); first += kTreesAtOnce) {
    const int count = static_cast<int>(std::min<size_t>(kTreesAtOnce, walks_.size() - first));
    int32_t at[kTreesAtOnce];
    int depth = 0;
    for (int t = 0; t < kTreesAtOnce; ++t) {
      const WalkTree& walk = walks_[first + static_cast<size_t>(std::min(t, count - 1))];
      at[t] = walk.root;
      depth = std::max(depth, walk.depth);
    }
    for (int step = 0; step < depth; ++step) {
      for (int32_t& place : at) {
        const WalkNode& node = nodes_[place];
        place = node.child + (slots[node.slot] <= node.threshold ? 0 : 1);
      }
    }
    for (int t = 0; t < count; ++t) out[walks_[first + t].output] += values_[at[t]];
  }
}

void Evaluator::apply_link(float* values) const {
  if (link_ == Link::kLogistic) {
    for (int output = 0; output < outputs_; ++output) values[output] = logistic(values[output]);
  }
  if (link_ == Link::kSoftmax) softmax(values, outputs_);
}

void Evaluator::predictions(const FeatureMatrix& rows, std::span<float> out,
                            ThreadPool& pool) const {
  margins(rows, out, pool);
  if (link_ == Link::kIdentity) return;
  pool.parallel_for(rows.rows, kRowsAtOnce, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) apply_link(out.data() + row * outputs_);
  });
}

void Evaluator::prediction(std::span<const float> row, std::span<float> out,
                           Scratch& scratch) const {
  margin(row, out, scratch);
  apply_link(out.data());
}

}  // namespace coterie::trees
