#include "base/large_array.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <new>

#include <sys/mman.h>

namespace coterie {
namespace {

constexpr size_t kCacheLine = 64;
constexpr size_t kLargePage = size_t{2} << 20;

size_t rounded_up(size_t bytes, size_t to) { return (bytes + to - 1) / to * to; }

// On a large page: a mapping that is longer by one, without what stands out at both ends.
void* map_large(size_t bytes) {
  const size_t mapped = bytes + kLargePage;
  void* memory = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  auto* begin = static_cast<std::byte*>(memory);
  const size_t before = rounded_up(reinterpret_cast<uintptr_t>(begin), kLargePage) -
                        reinterpret_cast<uintptr_t>(begin);
  if (before > 0) (void)munmap(begin, before);
  (void)munmap(begin + before + bytes, kLargePage - before);
  // Advice only: where it is not taken, pages are small.
  (void)madvise(begin + before, bytes, MADV_HUGEPAGE);
  return begin + before;
}

}  // namespace

void FreeLarge::operator()(void* memory) const {
  if (bytes < kLargePage) {
    std::free(memory);
  } else {
    (void)munmap(memory, bytes);
  }
}

std::unique_ptr<void, FreeLarge> allocate_large(size_t bytes) {
  if (bytes >= kLargePage) {
    const size_t whole = rounded_up(bytes, kLargePage);
    return {map_large(whole), FreeLarge{whole}};
  }
  void* memory = std::aligned_alloc(kCacheLine, rounded_up(std::max<size_t>(bytes, 1), kCacheLine));
  if (memory == nullptr) throw std::bad_alloc();
  return {memory, FreeLarge{}};
}

}  // namespace coterie
