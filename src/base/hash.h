#pragma once
// Hashes: SHA-256 for fingerprints and secrets, CRC-32C for frames, a fast seeded 64-bit mix for
// tables and random streams. All are stable across platforms and versions: they are stored.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace coterie {

// 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);
// Of a file's content, read in pieces. kNotFound or kIo name the file.
Result<std::string> sha256_file(const std::string& path);

// SHA-256 of bytes that come in pieces. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  void update(std::string_view bytes);
  std::string finish_hex();  // once; no update after it
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78). `seed` is the CRC of the bytes before, so
// crc32c(b, crc32c(a)) == crc32c(a + b). Uses the CPU's instruction where there is one.
uint32_t crc32c(std::string_view bytes, uint32_t seed = 0);
// SplitMix64 finaliser (Steele et al. 2014): a bijection with full avalanche.
constexpr uint64_t mix64(uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}
// mix64 over 8-byte words, then the rest and the length: for tables and partitions, not against an
// adversary.
uint64_t hash64(std::string_view bytes, uint64_t seed = 0);

}  // namespace coterie
