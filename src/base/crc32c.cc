#include <array>
#include <bit>
#include <cstring>

#include "base/crc32c_internal.h"
#include "base/hash.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__)
#include <arm_acle.h>
#include <sys/auxv.h>
#endif

namespace coterie {
namespace internal {
namespace {

using Tables = std::array<std::array<uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78U : 0U);
    tables[0][byte] = crc;
  }
  for (size_t slice = 1; slice < 8; ++slice) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t previous = tables[slice - 1][byte];
      tables[slice][byte] = (previous >> 8) ^ tables[0][previous & 0xFF];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

uint64_t load_little_endian(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

}  // namespace

uint32_t crc32c_portable(std::string_view bytes, uint32_t seed) {
  uint32_t crc = ~seed;
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    const uint64_t word = load_little_endian(at) ^ crc;
    crc = 0;
    for (size_t i = 0; i < 8; ++i) crc ^= kTables[7 - i][(word >> (8 * i)) & 0xFF];
  }
  for (; left > 0; ++at, --left) {
    crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<uint8_t>(*at)) & 0xFF];
  }
  return ~crc;
}

#if defined(__x86_64__)

bool crc32c_has_instruction() { return __builtin_cpu_supports("sse4.2") != 0; }

__attribute__((target("sse4.2"))) uint32_t crc32c_instruction(std::string_view bytes,
                                                              uint32_t seed) {
  uint64_t crc = ~seed;
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) crc = _mm_crc32_u64(crc, load_little_endian(at));
  uint32_t tail = static_cast<uint32_t>(crc);
  for (; left > 0; ++at, --left) tail = _mm_crc32_u8(tail, static_cast<uint8_t>(*at));
  return ~tail;
}

#elif defined(__aarch64__)

bool crc32c_has_instruction() {
  constexpr unsigned long kHwcapCrc32 = 1UL << 7;
  return (getauxval(AT_HWCAP) & kHwcapCrc32) != 0;
}

__attribute__((target("+crc"))) uint32_t crc32c_instruction(std::string_view bytes, uint32_t seed) {
  uint32_t crc = ~seed;
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) crc = __crc32cd(crc, load_little_endian(at));
  for (; left > 0; ++at, --left) crc = __crc32cb(crc, static_cast<uint8_t>(*at));
  return ~crc;
}

#else

bool crc32c_has_instruction() { return false; }
uint32_t crc32c_instruction(std::string_view bytes, uint32_t seed) {
  return crc32c_portable(bytes, seed);
}

#endif

}  // namespace internal

uint32_t crc32c(std::string_view bytes, uint32_t seed) {
  static const bool has_instruction = internal::crc32c_has_instruction();
  return has_instruction ? internal::crc32c_instruction(bytes, seed)
                         : internal::crc32c_portable(bytes, seed);
}

}  // namespace coterie
