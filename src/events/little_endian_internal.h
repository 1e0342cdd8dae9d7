#pragma once
// Little-endian integers in byte strings, whatever the machine's order.

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace coterie::events {

template <class T>
void put_le(std::string& out, T value) {
  using Unsigned = std::make_unsigned_t<T>;
  for (size_t i = 0; i < sizeof(T); ++i) {
    out += static_cast<char>((static_cast<Unsigned>(value) >> (8 * i)) & 0xFF);
  }
}

// `bytes` holds at least `at` + sizeof(T).
template <class T>
T get_le(std::string_view bytes, size_t at) {
  using Unsigned = std::make_unsigned_t<T>;
  Unsigned value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[at + i]);
    value = static_cast<Unsigned>(value | (static_cast<Unsigned>(byte) << (8 * i)));
  }
  return static_cast<T>(value);
}

}  // namespace coterie::events
