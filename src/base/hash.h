#pragma once
// Hashes: SHA-256 for fingerprints and secrets, CRC-32C for frames, a fast seeded 64-bit mix for
// tables and random streams. All are stable across platforms and versions: they are stored.

#include <cstdint>
#include <string>
#include <string_view>

namespace coterie {

std::string sha256_hex(std::string_view bytes);
uint32_t crc32c(std::string_view bytes, uint32_t seed = 0);
// SplitMix64 finaliser (Steele et al. 2014): a bijection with full avalanche.
constexpr uint64_t mix64(uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}
uint64_t hash64(std::string_view bytes, uint64_t seed = 0);

}  // namespace coterie
