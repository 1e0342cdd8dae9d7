#include "trees/split_slots.h"

#include <algorithm>
#include <cmath>

namespace coterie::trees {
namespace {

// The largest float below t: x < t is x <= before(t).
float before(float t) { return std::nextafter(t, -std::numeric_limits<float>::infinity()); }

}  // namespace

int32_t SplitSlots::slot_of(int32_t feature, bool flipped, const std::vector<uint32_t>& set) {
  const auto [found, fresh] =
      known_.try_emplace({feature, flipped, set}, static_cast<int32_t>(slots_.size()));
  if (!fresh) return found->second;
  Slot slot{.feature = feature};
  if (set.empty()) {
    slot.factor = flipped ? -1.0F : 1.0F;
  } else {
    slot.set = static_cast<int32_t>(sets_.size());
    slot.missing_left = flipped;
    sets_.push_back(set);
  }
  slots_.push_back(slot);
  return found->second;
}

SlotSplit SplitSlots::add(const Tree& tree, const TreeNode& node) {
  const int32_t right = node.left + 1;
  if (node.categories >= 0) {
    const auto& set = tree.category_sets[static_cast<size_t>(node.categories)];
    return {slot_of(node.feature, node.missing_left, set), 0.0F, node.left, right};
  }
  if (!node.missing_left) {
    return {slot_of(node.feature, false, {}), before(node.value), node.left, right};
  }
  return {slot_of(node.feature, true, {}), -node.value, right, node.left};
}

float SplitSlots::category_value(const Slot& slot, float x) const {
  if (std::isnan(x)) return slot.missing_left ? 0.0F : 1.0F;
  const auto& set = sets_[static_cast<size_t>(slot.set)];
  if (x < 0 || x >= static_cast<float>(set.size() * 32)) return 0.0F;
  const auto category = static_cast<uint32_t>(x);
  return (set[category / 32] >> (category % 32) & 1) != 0 ? 1.0F : 0.0F;
}

void SplitSlots::fill_row(std::span<const float> row, float* out) const {
  out[0] = 0;
  for (size_t s = 1; s < slots_.size(); ++s) {
    const Slot& slot = slots_[s];
    const float x = row[slot.feature];
    out[s] = slot.set < 0 ? slot.factor * x : category_value(slot, x);
  }
}

void SplitSlots::fill_block(const FeatureMatrix& rows, int64_t first, int64_t count,
                            float* block) const {
  const float* values[kBlockRows];
  for (int64_t row = 0; row < kBlockRows; ++row) {
    values[row] = rows.row(first + std::min(row, count - 1)).data();
  }
  std::fill(block, block + kBlockRows, 0.0F);
  for (size_t s = 1; s < slots_.size(); ++s) {
    const Slot& slot = slots_[s];
    float* out = block + s * kBlockRows;
    if (slot.set < 0) {
      for (int row = 0; row < kBlockRows; ++row) out[row] = slot.factor * values[row][slot.feature];
    } else {
      for (int row = 0; row < kBlockRows; ++row) {
        out[row] = category_value(slot, values[row][slot.feature]);
      }
    }
  }
}

}  // namespace coterie::trees
