#pragma once
// Vectors that begin on a cache line. The kernels take any address, but a full AVX-512 vector at an
// address that is no multiple of 64 touches two lines: half the throughput of loads. Memory that
// inner loops read many times, and whose rows are multiples of 16 floats, should be of this type.

#include <cstddef>
#include <new>
#include <vector>

namespace coterie::math {

inline constexpr std::size_t kCacheLine = 64;

template <typename T>
struct CacheLineAllocator {
  using value_type = T;
  CacheLineAllocator() = default;
  template <typename U>
  explicit(false) CacheLineAllocator(const CacheLineAllocator<U>&) {}
  T* allocate(std::size_t n) {
    return static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t{kCacheLine}));
  }
  void deallocate(T* p, std::size_t) { ::operator delete(p, std::align_val_t{kCacheLine}); }
  bool operator==(const CacheLineAllocator&) const = default;
};

template <typename T>
using AlignedVector = std::vector<T, CacheLineAllocator<T>>;

}  // namespace coterie::math
