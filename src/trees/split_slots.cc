#include "trees/split_slots.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace coterie::trees {
namespace {

// The largest float below t: x < t is x <= before(t).
float before(float t) { return std::nextafter(t, -std::numeric_limits<float>::infinity()); }

// One more than the largest category of a set.
int32_t categories_of(const std::vector<uint32_t>& set) {
  for (size_t word = set.size(); word-- > 0;) {
    if (set[word] != 0) return static_cast<int32_t>(word * 32) + std::bit_width(set[word]);
  }
  return 0;
}

}  // namespace

int32_t SplitSlots::add_numeric(int32_t feature, bool flipped) {
  const auto [found, fresh] = known_numeric_.try_emplace({feature, flipped}, count_);
  if (fresh) numeric_.push_back({count_++, feature, flipped ? -1.0F : 1.0F});
  return found->second;
}

int32_t SplitSlots::categorical_of(int32_t feature, int32_t limit) {
  for (size_t i = 0; i < categorical_.size(); ++i) {
    if (categorical_[i].feature != feature) continue;
    categorical_[i].limit = std::max(categorical_[i].limit, limit);
    return static_cast<int32_t>(i);
  }
  categorical_.push_back({feature, limit});
  return static_cast<int32_t>(categorical_.size()) - 1;
}

int32_t SplitSlots::add_membership(int32_t feature, bool missing_left,
                                   const std::vector<uint32_t>& set) {
  const auto [found, fresh] = known_memberships_.try_emplace({feature, missing_left, set}, count_);
  if (!fresh) return found->second;
  const int32_t limit = categories_of(set);
  Membership slot{.slot = count_++, .feature = categorical_of(feature, limit)};
  slot.first_word = std::ssize(sets_);
  slot.words = (limit + 2 + 31) / 32;
  sets_.resize(sets_.size() + static_cast<size_t>(slot.words), 0);
  uint32_t* words = sets_.data() + slot.first_word;
  if (!missing_left) words[0] |= 1;
  for (int32_t c = 0; c < limit; ++c) {
    if ((set[c / 32] >> (c % 32) & 1) != 0) words[(c + 2) / 32] |= uint32_t{1} << ((c + 2) % 32);
  }
  memberships_.push_back(slot);
  return slot.slot;
}

void SplitSlots::finish() {
  known_numeric_.clear();
  known_memberships_.clear();
}

SlotSplit SplitSlots::add(const Tree& tree, const TreeNode& node) {
  const int32_t right = node.left + 1;
  if (node.categories >= 0) {
    const auto& set = tree.category_sets[static_cast<size_t>(node.categories)];
    return {add_membership(node.feature, node.missing_left, set), 0.0F, node.left, right};
  }
  if (!node.missing_left) {
    return {add_numeric(node.feature, false), before(node.value), node.left, right};
  }
  return {add_numeric(node.feature, true), -node.value, right, node.left};
}

int32_t SplitSlots::index_of(const Categorical& feature, float x) {
  if (std::isnan(x)) return 0;
  if (x < 0 || x >= static_cast<float>(feature.limit)) return 1;
  return 2 + static_cast<int32_t>(x);
}

void SplitSlots::fill_row(std::span<const float> row, float* out, Scratch& scratch) const {
  out[0] = 0;
  for (const Numeric& slot : numeric_) out[slot.slot] = slot.factor * row[slot.feature];
  if (memberships_.empty()) return;
  scratch.index.resize(categorical_.size());
  for (size_t i = 0; i < categorical_.size(); ++i) {
    scratch.index[i] = index_of(categorical_[i], row[categorical_[i].feature]);
  }
  for (const Membership& slot : memberships_) {
    const int32_t at = scratch.index[slot.feature];
    const bool inside = at / 32 < slot.words;
    const uint32_t word = inside ? sets_[slot.first_word + at / 32] : 0;
    out[slot.slot] = static_cast<float>(word >> (at % 32) & 1);
  }
}

void SplitSlots::fill_block(const FeatureMatrix& rows, int64_t first, int64_t count, float* block,
                            Scratch& scratch) const {
  const float* values[kBlockRows];
  for (int64_t row = 0; row < kBlockRows; ++row) {
    values[row] = rows.row(first + std::min(row, count - 1)).data();
  }
  std::fill(block, block + kBlockRows, 0.0F);
  for (const Numeric& slot : numeric_) {
    float* out = block + static_cast<int64_t>(slot.slot) * kBlockRows;
    for (int row = 0; row < kBlockRows; ++row) out[row] = slot.factor * values[row][slot.feature];
  }
  if (memberships_.empty()) return;
  scratch.index.resize(categorical_.size() * kBlockRows);
  for (size_t i = 0; i < categorical_.size(); ++i) {
    for (size_t row = 0; row < kBlockRows; ++row) {
      scratch.index[i * kBlockRows + row] =
          index_of(categorical_[i], values[row][categorical_[i].feature]);
    }
  }
  tree_kernels().fill_memberships(memberships_.data(), std::ssize(memberships_), sets_.data(),
                                  scratch.index.data(), block);
}

}  // namespace coterie::trees
