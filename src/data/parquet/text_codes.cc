#include "data/parquet/text_codes.h"

#include <algorithm>
#include <numeric>

namespace coterie::parquet {
namespace {

constexpr uint64_t kHashBits = 0xFFFFFFFF00000000ULL;
constexpr size_t kFirstSlots = 64;
constexpr size_t kTogether = 64;

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

uint32_t TextCodes::look_up(std::string_view text, uint64_t hash) {
  if (slots_.size() < 2 * (size_t{texts_.size()} + 1)) reserve(2 * size_t{texts_.size()});
  const size_t at = slot_of(text, hash);
  if (slots_[at] != 0) return code_in(slots_[at]);
  const uint32_t code = texts_.add(text);
  slots_[at] = (hash & kHashBits) | (uint64_t{code} + 1);
  return code;
}

// Calls use(i, hash) for each text in its order, a few at a time: slots, places and bytes of all of
// them are asked for before the first is compared.
template <class Use>
void TextCodes::for_each_text(std::span<const std::string_view> texts, const Use& use) const {
  std::array<uint64_t, kTogether> hashes;
  for (size_t first = 0; first < texts.size(); first += kTogether) {
    const size_t count = std::min(kTogether, texts.size() - first);
    for (size_t i = 0; i < count; ++i) hashes[i] = hash64(texts[first + i]);
    if (!slots_.empty()) prefetch(std::span(hashes).first(count));
    for (size_t i = 0; i < count; ++i) use(first + i, hashes[i]);
  }
}

void TextCodes::prefetch(std::span<const uint64_t> hashes) const {
  const size_t last = slots_.size() - 1;
  const auto with_code = [&](const auto& use) {
    for (const uint64_t hash : hashes) {
      const uint64_t slot = slots_[hash & last];
      if (slot != 0) use(code_in(slot));
    }
  };
  for (const uint64_t hash : hashes) __builtin_prefetch(&slots_[hash & last]);
  with_code([&](uint32_t code) { texts_.prefetch_place(code); });
  with_code([&](uint32_t code) { texts_.prefetch_text(code); });
}

void TextCodes::encode(std::span<const std::string_view> texts, std::span<uint32_t> codes) {
  for_each_text(texts, [&](size_t i, uint64_t hash) { codes[i] = look_up(texts[i], hash); });
}

void TextCodes::find(std::span<const std::string_view> texts, std::span<uint32_t> codes) const {
  for_each_text(texts, [&](size_t i, uint64_t hash) {
    const uint64_t slot = slots_.empty() ? 0 : slots_[slot_of(texts[i], hash)];
    codes[i] = slot == 0 ? kNoCode : code_in(slot);
  });
}

void TextCodes::reserve(size_t texts) {
  size_t slots = std::max(kFirstSlots, slots_.size());
  while (slots < 2 * (texts + 1)) slots *= 2;
  if (slots == slots_.size()) return;
  // Not from the old slots, whose texts lie scattered: in the order in which the texts lie.
  slots_.assign(slots, 0);
  const size_t last = slots - 1;
  for (uint32_t code = 0; code < texts_.size(); ++code) {
    const uint64_t hash = hash64(texts_.at(code));
    size_t at = hash & last;
    while (slots_[at] != 0) at = (at + 1) & last;
    slots_[at] = (hash & kHashBits) | (uint64_t{code} + 1);
  }
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
