#include "features/window/text_pool.h"

#include <string>
#include <thread>
#include <unordered_map>

#include <gtest/gtest.h>

#include "base/hash.h"

namespace coterie::features {
namespace {

TEST(TextPool, NumbersInOrderOfAppearance) {
  TextPool pool;
  EXPECT_EQ(pool.add("web"), 0);
  EXPECT_EQ(pool.add(""), 1);
  EXPECT_EQ(pool.add("store"), 2);
  EXPECT_EQ(pool.add("web"), 0);
  EXPECT_EQ(pool.add(""), 1);
  EXPECT_EQ(pool.size(), 3);
  EXPECT_EQ(pool.at(2), "store");
  EXPECT_EQ(pool.at(1), "");
  EXPECT_EQ(pool.find("store"), 2);
  EXPECT_EQ(pool.find("phone"), std::nullopt);
  EXPECT_EQ(pool.hash(2), hash64("store"));
}

TEST(TextPool, TextsStayWhereTheyAre) {
  TextPool pool;
  std::unordered_map<std::string, int32_t> naive;
  const std::string_view first = pool.at(pool.add("first"));
  const char* where = first.data();
  naive["first"] = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::string text = "article " + std::to_string(mix64(i) % 30'000);
    const auto [entry, is_new] = naive.try_emplace(text, static_cast<int32_t>(naive.size()));
    ASSERT_EQ(pool.add(text), entry->second) << text;
  }
  const std::string large(200'000, 'x');
  EXPECT_EQ(pool.at(pool.add(large)), large);
  EXPECT_EQ(pool.at(0).data(), where);
  for (const auto& [text, code] : naive) {
    ASSERT_EQ(pool.at(code), text);
    ASSERT_EQ(pool.find(text), code);
  }
  EXPECT_EQ(pool.size(), static_cast<int32_t>(naive.size()) + 1);
}

// Bytes, not characters of a string: a zero byte ends nothing.
TEST(TextPool, AnyBytes) {
  TextPool pool;
  const std::string a("a\0b", 3);
  const std::string b("a\0c", 3);
  EXPECT_EQ(pool.add(a), 0);
  EXPECT_EQ(pool.add(b), 1);
  EXPECT_EQ(pool.add("a"), 2);
  EXPECT_EQ(pool.at(1), b);
}

TEST(TextPool, ReadersBesideTheWriter) {
  TextPool pool;
  for (int i = 0; i < 100; ++i) pool.add(std::to_string(i));
  std::thread reader([&pool] {
    for (int round = 0; round < 2'000; ++round) {
      const int32_t code = round % 100;
      ASSERT_EQ(pool.at(code), std::to_string(code));
    }
  });
  for (int i = 100; i < 20'000; ++i) pool.add(std::to_string(i));
  reader.join();
  EXPECT_EQ(pool.size(), 20'000);
}

}  // namespace
}  // namespace coterie::features
