#include "features/window/text_pool.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <limits>
#include <vector>

#include "base/check.h"
#include "base/hash.h"

namespace coterie::features {
namespace {

struct Entry {
  const char* bytes = nullptr;
  size_t size = 0;
  uint64_t hash = 0;
  std::string_view text() const { return {bytes, size}; }
};

// Entries live in chunks, each twice the one before, that are found by a shift: nothing moves when
// the pool grows, so readers need no lock.
constexpr int kFirstChunkBits = 8;
constexpr int kChunks = 32 - kFirstChunkBits;
constexpr size_t kArenaBytes = size_t{64} << 10;
constexpr uint64_t kHashBits = 0xFFFFFFFF00000000ULL;

struct Place {
  int chunk;
  uint32_t offset;
};

Place place_of(int32_t code) {
  const uint32_t shifted = static_cast<uint32_t>(code) + (1U << kFirstChunkBits);
  const int chunk = std::bit_width(shifted) - 1 - kFirstChunkBits;
  return {chunk, shifted - (1U << (chunk + kFirstChunkBits))};
}

}  // namespace

struct TextPool::Impl {
  std::array<std::unique_ptr<Entry[]>, kChunks> chunks;
  std::atomic<int32_t> size{0};
  std::vector<std::unique_ptr<char[]>> arenas;
  char* free_bytes = nullptr;
  size_t free_size = 0;
  // Open addressing: the hash's upper half and the code + 1; 0 = free.
  std::vector<uint64_t> slots = std::vector<uint64_t>(64);

  const Entry& entry(int32_t code) const {
    CHECK(code >= 0 && code < size.load(std::memory_order_acquire));
    const Place place = place_of(code);
    return chunks[place.chunk][place.offset];
  }

  // Of the text, or of the free slot where it belongs.
  size_t slot_of(std::string_view text, uint64_t hash) const {
    const size_t last = slots.size() - 1;
    size_t at = hash & last;
    while (slots[at] != 0) {
      if ((slots[at] & kHashBits) == (hash & kHashBits) &&
          entry(static_cast<int32_t>((slots[at] & ~kHashBits) - 1)).text() == text) {
        break;
      }
      at = (at + 1) & last;
    }
    return at;
  }

  const char* keep(std::string_view text) {
    if (text.empty()) return "";
    if (text.size() > free_size) {
      free_size = std::max(kArenaBytes, text.size());
      arenas.push_back(std::make_unique_for_overwrite<char[]>(free_size));
      free_bytes = arenas.back().get();
    }
    char* kept = free_bytes;
    std::memcpy(kept, text.data(), text.size());
    free_bytes += text.size();
    free_size -= text.size();
    return kept;
  }

  void grow() {
    std::vector<uint64_t> wider(2 * slots.size());
    const size_t last = wider.size() - 1;
    for (const uint64_t slot : slots) {
      if (slot == 0) continue;
      size_t at = entry(static_cast<int32_t>((slot & ~kHashBits) - 1)).hash & last;
      while (wider[at] != 0) at = (at + 1) & last;
      wider[at] = slot;
    }
    slots = std::move(wider);
  }

  int32_t append(std::string_view text, uint64_t hash) {
    const int32_t code = size.load(std::memory_order_relaxed);
    CHECK(code < std::numeric_limits<int32_t>::max() - (1 << kFirstChunkBits));
    const Place place = place_of(code);
    auto& chunk = chunks[place.chunk];
    if (chunk == nullptr) chunk = std::make_unique<Entry[]>(1U << (place.chunk + kFirstChunkBits));
    chunk[place.offset] = {keep(text), text.size(), hash};
    size.store(code + 1, std::memory_order_release);
    return code;
  }
};

TextPool::TextPool() : impl_(std::make_unique<Impl>()) {}
TextPool::TextPool(TextPool&&) noexcept = default;
TextPool& TextPool::operator=(TextPool&&) noexcept = default;
TextPool::~TextPool() = default;

int32_t TextPool::add(std::string_view text) {
  const uint64_t hash = hash64(text);
  const size_t at = impl_->slot_of(text, hash);
  const uint64_t found = impl_->slots[at];
  if (found != 0) return static_cast<int32_t>((found & ~kHashBits) - 1);
  const int32_t code = impl_->append(text, hash);
  impl_->slots[at] = (hash & kHashBits) | (static_cast<uint64_t>(code) + 1);
  if (2 * static_cast<size_t>(size()) > impl_->slots.size()) impl_->grow();
  return code;
}

std::optional<int32_t> TextPool::find(std::string_view text) const {
  const uint64_t found = impl_->slots[impl_->slot_of(text, hash64(text))];
  if (found == 0) return std::nullopt;
  return static_cast<int32_t>((found & ~kHashBits) - 1);
}

void TextPool::prefetch(uint64_t text_hash, Fetch step) const {
  const auto& slots = impl_->slots;
  const uint64_t& slot = slots[text_hash & (slots.size() - 1)];
  if (step == Fetch::kSlot) return __builtin_prefetch(&slot);
  if ((slot & kHashBits) != (text_hash & kHashBits)) return;  // new, or not in its first place
  const auto code = static_cast<int32_t>((slot & ~kHashBits) - 1);
  if (code < 0) return;
  const Entry& entry = impl_->entry(code);
  __builtin_prefetch(step == Fetch::kEntry ? static_cast<const void*>(&entry) : entry.bytes);
}

std::string_view TextPool::at(int32_t code) const { return impl_->entry(code).text(); }
uint64_t TextPool::hash(int32_t code) const { return impl_->entry(code).hash; }
int32_t TextPool::size() const { return impl_->size.load(std::memory_order_acquire); }

}  // namespace coterie::features
