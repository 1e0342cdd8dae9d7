#include "data/parquet/text_codes.h"

#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace coterie::parquet {
namespace {

TEST(TextCodes, AreThoseOfFirstAppearance) {
  constexpr uint64_t seed = 7;
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  TextCodes codes;
  std::map<std::string, uint32_t> oracle;
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t drawn = random();
    // Few that come often, and many that come once; some differ in the middle alone.
    const std::string text =
        drawn % 3 == 0 ? "x" + std::to_string(drawn) + "x" : std::string(drawn % 5, 'y');
    const auto found = oracle.try_emplace(text, static_cast<uint32_t>(oracle.size())).first;
    ASSERT_EQ(codes.encode(text), found->second) << text;
  }
  ASSERT_EQ(codes.texts().size(), oracle.size());
  // All at once: the same codes; and none of texts that there are not.
  std::vector<std::string_view> all;
  for (const auto& [text, code] : oracle) all.insert(all.end(), {text, text});
  TextCodes again;
  again.reserve(2);
  again.encode(all.front());
  again.reserve(all.size());
  std::vector<uint32_t> encoded(all.size()), known(all.size());
  again.encode(all, encoded);
  again.find(all, known);
  EXPECT_EQ(encoded, known);
  codes.find(all, known);
  for (size_t i = 0; i < all.size(); ++i) {
    ASSERT_EQ(encoded[i], i / 2) << all[i];
    ASSERT_EQ(known[i], oracle.find(std::string(all[i]))->second) << all[i];
  }
  const std::vector<std::string_view> others = {"z", "xx", "yyyyyy"};
  std::vector<uint32_t> none(others.size());
  codes.find(others, none);
  EXPECT_EQ(none, std::vector<uint32_t>(others.size(), TextCodes::kNoCode));
  const std::vector<uint32_t> ranks = codes.ranks();
  uint32_t rank = 0;
  for (const auto& [text, code] : oracle) {
    EXPECT_EQ(codes.texts().at(code), text);
    EXPECT_EQ(ranks[code], ++rank) << text;
  }
}

TEST(TextCodes, NoneAndTheEmptyText) {
  TextCodes codes;
  EXPECT_TRUE(codes.ranks().empty());
  uint32_t found = 0;
  codes.find(std::vector<std::string_view>{""}, {&found, 1});
  EXPECT_EQ(found, TextCodes::kNoCode);
  EXPECT_EQ(codes.encode(""), 0U);
  EXPECT_EQ(codes.encode("a"), 1U);
  EXPECT_EQ(codes.encode(""), 0U);
  EXPECT_EQ(codes.ranks(), (std::vector<uint32_t>{1, 2}));
}

}  // namespace
}  // namespace coterie::parquet
