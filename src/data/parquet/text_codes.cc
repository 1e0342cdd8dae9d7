#include "data/parquet/text_codes.h"

#include <algorithm>
#include <numeric>

#include "base/hash.h"

namespace coterie::parquet {
namespace {

constexpr uint64_t kHashBits = 0xFFFFFFFF00000000ULL;
constexpr size_t kFirstSlots = 64;

uint32_t code_in(uint64_t slot) { return static_cast<uint32_t>(slot & ~kHashBits) - 1; }

}  // namespace

size_t TextCodes::slot_of(std::string_view text, uint64_t hash) const {
  const size_t last = slots_.size() - 1;
  size_t at = hash & last;
  for (; slots_[at] != 0; at = (at + 1) & last) {
    const bool same_hash = (slots_[at] & kHashBits) == (hash & kHashBits);
    if (same_hash && texts_.at(code_in(slots_[at])) == text) break;
  }
  return at;
}

std::optional<uint32_t> TextCodes::find(std::string_view text) const {
  if (slots_.empty()) return std::nullopt;
  const uint64_t slot = slots_[slot_of(text, hash64(text))];
  if (slot == 0) return std::nullopt;
  return code_in(slot);
}

uint32_t TextCodes::look_up(std::string_view text) {
  if (slots_.size() < 2 * (size_t{texts_.size()} + 1)) grow();
  const uint64_t hash = hash64(text);
  const size_t at = slot_of(text, hash);
  if (slots_[at] != 0) return code_in(slots_[at]);
  const uint32_t code = texts_.add(text);
  slots_[at] = (hash & kHashBits) | (uint64_t{code} + 1);
  return code;
}

void TextCodes::grow() {
  std::vector<uint64_t> wider(std::max(kFirstSlots, 2 * slots_.size()));
  const size_t last = wider.size() - 1;
  for (const uint64_t slot : slots_) {
    if (slot == 0) continue;
    size_t at = hash64(texts_.at(code_in(slot))) & last;
    while (wider[at] != 0) at = (at + 1) & last;
    wider[at] = slot;
  }
  slots_ = std::move(wider);
}

std::vector<uint32_t> TextCodes::ranks() const {
  std::vector<uint32_t> order(texts_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, {}, [this](uint32_t code) { return texts_.at(code); });
  std::vector<uint32_t> ranks(order.size());
  for (uint32_t place = 0; place < order.size(); ++place) ranks[order[place]] = place + 1;
  return ranks;
}

}  // namespace coterie::parquet
