#pragma once
// Memory for the rows of a table: one block of floats, on a cache line, not initialised. Large
// blocks ask the system for large pages, because passes of k-means read scattered rows, each of
// which would cost a look-up of its page.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace coterie::segment {

// Movable; a moved-from one is empty. Values are undefined until written.
class RowMemory {
 public:
  RowMemory() = default;
  explicit RowMemory(size_t floats) : size_(floats) {
    if (floats == 0) return;
    const size_t bytes = floats * sizeof(float);
    const size_t alignment = bytes >= 2 * kLargePage ? kLargePage : kCacheLine;
    const size_t whole = (bytes + alignment - 1) / alignment * alignment;
    floats_.reset(static_cast<float*>(std::aligned_alloc(alignment, whole)));
    if (floats_ == nullptr) throw std::bad_alloc();
#if defined(__linux__)
    // Advice only: where it is not taken, pages are small.
    if (alignment == kLargePage) (void)madvise(floats_.get(), whole, MADV_HUGEPAGE);
#endif
  }

  size_t size() const { return size_; }
  float* data() { return floats_.get(); }
  const float* data() const { return floats_.get(); }
  float& operator[](size_t i) { return floats_.get()[i]; }
  float operator[](size_t i) const { return floats_.get()[i]; }
  std::span<const float> span() const { return {data(), size_}; }

 private:
  static constexpr size_t kCacheLine = 64;
  static constexpr size_t kLargePage = size_t{2} << 20;
  struct Free {
    void operator()(float* floats) const { std::free(floats); }
  };
  size_t size_ = 0;
  std::unique_ptr<float, Free> floats_;
};

}  // namespace coterie::segment
