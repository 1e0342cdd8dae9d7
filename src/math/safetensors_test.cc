#include "math/safetensors.h"

#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"

namespace coterie::math {
namespace {

std::string with_header(const std::string& header, const std::string& data) {
  const uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
}

std::string error_of(const std::string& bytes) {
  const auto parsed = TensorFile::parse(bytes, "m.safetensors");
  return parsed.ok() ? "" : parsed.error().to_text();
}

TEST(SafetensorsTest, ReadsBackWhatItWrote) {
  TensorFile file;
  file.add("b", {2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
  file.add("a", {2}, std::vector<int32_t>{7, -8});
  file.add("empty", {0, 4}, std::vector<double>{});
  file.add("long", {2}, std::vector<int64_t>{int64_t{1} << 40, -9});
  const std::string bytes = file.to_bytes();
  const TensorFile read = *TensorFile::parse(bytes, "m");
  EXPECT_EQ(*read.floats("b", {-1, 3}), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(*read.ints("a", {2}), (std::vector<int32_t>{7, -8}));
  EXPECT_TRUE(read.doubles("empty", {0, 4})->empty());
  EXPECT_EQ(*read.longs("long", {-1}), (std::vector<int64_t>{int64_t{1} << 40, -9}));
  EXPECT_EQ(read.to_bytes(), bytes);
}

TEST(SafetensorsTest, SaysWhatDiffersFromWhatWasExpected) {
  TensorFile file;
  file.add("x", {2}, std::vector<float>{1, 2});
  const TensorFile read = *TensorFile::parse(file.to_bytes(), "m.safetensors");
  EXPECT_EQ(read.floats("y", {2}).error().to_text(), "m.safetensors: tensor 'y' is missing");
  EXPECT_EQ(read.floats("x", {3}).error().to_text(),
            "m.safetensors: tensor 'x' is F32 [2], expected F32 [3]");
  EXPECT_EQ(read.ints("x", {2}).error().to_text(),
            "m.safetensors: tensor 'x' is F32 [2], expected I32 [2]");
}

TEST(SafetensorsTest, RefusesBytesThatLie) {
  EXPECT_EQ(error_of("abc"), "m.safetensors: too short for a safetensors file");
  EXPECT_EQ(error_of(with_header("{}", "").substr(0, 8) + "{"),
            "m.safetensors: a header of 2 bytes does not fit");
  EXPECT_EQ(error_of(with_header("[1]", "")), "m.safetensors: the header is not a JSON object");
  EXPECT_EQ(error_of(with_header("{\"a\":", "")), "m.safetensors: the header is not a JSON object");
  EXPECT_EQ(error_of(with_header(R"({"a":{"dtype":"F32"}})", "")),
            "m.safetensors: tensor 'a': needs dtype, shape and data_offsets");
  EXPECT_EQ(
      error_of(with_header(R"({"a":{"dtype":"Q4","shape":[],"data_offsets":[0,4]}})", "1234")),
      "m.safetensors: tensor 'a': dtype 'Q4' is not read here");
  EXPECT_EQ(
      error_of(with_header(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "1234")),
      "m.safetensors: tensor 'a': shape [2] does not fill its 4 bytes");
  EXPECT_EQ(
      error_of(with_header(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", "1234")),
      "m.safetensors: tensor 'a': an extent is not a whole number");
  EXPECT_EQ(
      error_of(with_header(
          R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", "")),
      "m.safetensors: tensor 'a': shape [4611686018427387904, 4] does not fill its 0 bytes");
  EXPECT_EQ(error_of(with_header(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                                 "12345678")),
            "m.safetensors: arrays overlap or leave a gap");
  EXPECT_EQ(error_of(with_header(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                                 "12345678")),
            "m.safetensors: the header describes 4 bytes of arrays, the file has 8");
}

TEST(SafetensorsTest, SurvivesEveryTruncationAndFlippedByte) {
  TensorFile file;
  file.add("user_factors", {3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6});
  file.add("counts", {3}, std::vector<int32_t>{1, 2, 3});
  const std::string bytes = file.to_bytes();
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(TensorFile::parse(bytes.substr(0, length), "m").ok()) << length;
  }
  for (uint64_t seed = 0; seed < 5000; ++seed) {
    std::string changed = bytes;
    changed[mix64(seed) % changed.size()] = static_cast<char>(mix64(seed + 1));
    if (const auto parsed = TensorFile::parse(changed, "m"); parsed.ok()) {
      EXPECT_EQ(TensorFile::parse(parsed->to_bytes(), "m")->to_bytes(), parsed->to_bytes());
    }
  }
}

}  // namespace
}  // namespace coterie::math
