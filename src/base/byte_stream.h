#pragma once
// Numbers as bytes: seven bits a byte, the lowest first, so that small ones are short.

#include <cstdint>
#include <string>
#include <string_view>

namespace coterie {

inline void put_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7F) | 0x80);
  out += static_cast<char>(value);
}
// Small magnitudes of either sign become small numbers.
constexpr uint64_t zigzag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
inline void put_zigzag(std::string& out, int64_t value) { put_varint(out, zigzag(value)); }

// Reads bytes that anyone may have written. After the first mistake ok() is false and every read
// gives 0.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  size_t left() const { return bytes_.size(); }
  void fail() {
    ok_ = false;
    bytes_ = {};
  }

  uint8_t byte() {
    if (bytes_.empty()) {
      fail();
      return 0;
    }
    const auto value = static_cast<uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return value;
  }
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t part = byte();
      // The tenth byte holds one bit.
      if (shift == 63 && part > 1) break;
      value |= static_cast<uint64_t>(part & 0x7F) << shift;
      if (part < 0x80) return value;
    }
    fail();
    return 0;
  }
  int64_t zigzag() {
    const uint64_t value = varint();
    return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  std::string_view text(uint64_t size) {
    if (size > bytes_.size()) {
      fail();
      return {};
    }
    const std::string_view text = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return text;
  }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace coterie
