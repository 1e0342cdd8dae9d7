#pragma once
// Arrays that are written before they are read, of any size: not initialised, and large ones in
// large pages where the system has them. (A gigabyte in pages of 4 KiB costs a quarter of a million
// faults, half a second, before its first use ends; scattered reads of it look up a page each.)

#include <cstddef>
#include <memory>
#include <type_traits>

namespace coterie {

// Large memory goes back to the system at once, not to the allocator, which would keep it.
struct FreeLarge {
  size_t bytes = 0;
  void operator()(void* memory) const;
};

template <class T>
using LargeArray = std::unique_ptr<T[], FreeLarge>;

// On a cache line; at least 1 byte. Throws std::bad_alloc.
std::unique_ptr<void, FreeLarge> allocate_large(size_t bytes);

// `n` values, undefined until written.
template <class T>
LargeArray<T> make_large_array(size_t n) {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
  auto memory = allocate_large(n * sizeof(T));
  const FreeLarge owner = memory.get_deleter();
  return LargeArray<T>(static_cast<T*>(memory.release()), owner);
}

}  // namespace coterie
