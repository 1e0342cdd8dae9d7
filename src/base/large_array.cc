#include "base/large_array.h"

#include <algorithm>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace coterie {
namespace {

constexpr size_t kCacheLine = 64;
constexpr size_t kLargePage = size_t{2} << 20;

}  // namespace

void* allocate_large(size_t bytes) {
  const size_t alignment = bytes >= kLargePage ? kLargePage : kCacheLine;
  const size_t whole = (std::max<size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, whole);
  if (memory == nullptr) throw std::bad_alloc();
#if defined(__linux__)
  // Advice only: where it is not taken, pages are small.
  if (alignment == kLargePage) (void)madvise(memory, whole, MADV_HUGEPAGE);
#endif
  return memory;
}

}  // namespace coterie
