#pragma once
// Arrays that are written before they are read, of any size: not initialised, and large ones in
// large pages where the system has them. (A gigabyte in pages of 4 KiB costs a quarter of a million
// faults, half a second, before its first use ends; scattered reads of it look up a page each.)

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <type_traits>

namespace coterie {

struct FreeMemory {
  void operator()(void* memory) const { std::free(memory); }
};

template <class T>
using LargeArray = std::unique_ptr<T[], FreeMemory>;

// On a cache line; at least 1 byte. Throws std::bad_alloc.
void* allocate_large(size_t bytes);

// `n` values, undefined until written.
template <class T>
LargeArray<T> make_large_array(size_t n) {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
  return LargeArray<T>(static_cast<T*>(allocate_large(n * sizeof(T))));
}

}  // namespace coterie
