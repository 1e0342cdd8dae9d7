#include "base/hash.h"

#include <random>
#include <set>

#include <gtest/gtest.h>

#include "base/crc32c_internal.h"

namespace coterie {
namespace {

std::string random_bytes(std::mt19937_64& random, size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// One bit at a time, from the polynomial's definition.
uint32_t crc32c_by_bits(std::string_view bytes) {
  uint32_t crc = ~0U;
  for (const char byte : bytes) {
    crc ^= static_cast<uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78U : 0U);
  }
  return ~crc;
}

TEST(Hash, Sha256AgreesWithFips180) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hash, Sha256InPiecesIsTheSame) {
  Sha256 pieces;
  pieces.update("ab");
  pieces.update("");
  pieces.update("c");
  EXPECT_EQ(pieces.finish_hex(), sha256_hex("abc"));
}

TEST(Hash, Sha256OfAnAbsentFileNamesIt) {
  const auto hash = sha256_file("/nowhere/at-all");
  ASSERT_FALSE(hash.ok());
  EXPECT_EQ(hash.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(hash.error().to_text(), "/nowhere/at-all: cannot read: No such file or directory");
}

TEST(Hash, Crc32cAgreesWithRfc3720) {
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
}

TEST(Hash, Crc32cImplementationsAgreeAndContinue) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (size_t size = 0; size < 200; ++size) {
    const std::string bytes = random_bytes(random, size);
    const uint32_t expected = crc32c_by_bits(bytes);
    ASSERT_EQ(internal::crc32c_portable(bytes, 0), expected) << size;
    if (internal::crc32c_has_instruction()) {
      ASSERT_EQ(internal::crc32c_instruction(bytes, 0), expected) << size;
    }
    const size_t cut = size == 0 ? 0 : random() % size;
    const std::string_view view = bytes;
    ASSERT_EQ(crc32c(view.substr(cut), crc32c(view.substr(0, cut))), expected) << size;
  }
}

// Stored in files: the values may never change.
TEST(Hash, Hash64IsStable) {
  EXPECT_EQ(mix64(0), 0xE220A8397B1DCDAFULL);
  EXPECT_EQ(hash64(""), mix64(mix64(0)));
  EXPECT_EQ(hash64("customer-42", 7), 0xF282A9CB080EF047ULL);
  EXPECT_EQ(hash64("0123456789abcdef"), 0xA0A384646244F5D2ULL);
}

TEST(Hash, Hash64SpreadsNearbyKeys) {
  std::set<uint64_t> seen;
  std::vector<int> buckets(64, 0);
  constexpr int kPerBucket = 1000;
  constexpr int kKeys = 64 * kPerBucket;
  for (int i = 0; i < kKeys; ++i) {
    const uint64_t hash = hash64(std::to_string(i));
    seen.insert(hash);
    ++buckets[hash >> 58];
  }
  EXPECT_EQ(seen.size(), kKeys);
  // Six standard deviations of a binomial count.
  for (const int count : buckets) EXPECT_NEAR(count, kPerBucket, 190);
  EXPECT_NE(hash64("a"), hash64(std::string("a\0", 2)));
  EXPECT_NE(hash64("a", 1), hash64("a", 2));
}

}  // namespace
}  // namespace coterie
