#include "trees/ubjson.h"

#include <gtest/gtest.h>

#include "math/random.h"

namespace coterie::trees {
namespace {

using nlohmann::json;
using std::string_literals::operator""s;

std::string error_of(std::string_view bytes) {
  const auto parsed = parse_ubjson(bytes, "m.ubj");
  return parsed.ok() ? "" : parsed.error().to_text();
}

json drawn(math::RandomStream& random, int depth) {
  switch (random.below(depth > 3 ? 5 : 7)) {
    case 0:
      return nullptr;
    case 1:
      return random.chance(0.5);
    case 2:
      return static_cast<int64_t>(random.next()) >> random.below(64);
    case 3:
      return random.uniform(-1e9, 1e9);
    case 4:
      return std::string(random.below(5), 'x');
    case 5: {
      json list = json::array();
      const bool alike = random.chance(0.5);
      for (uint32_t n = random.below(6); n > 0; --n) {
        list.push_back(alike ? json(static_cast<int>(random.below(100)))
                             : drawn(random, depth + 1));
      }
      return list;
    }
    default: {
      json members = json::object();
      for (uint32_t n = random.below(5); n > 0; --n) {
        members["k" + std::to_string(n)] = drawn(random, depth + 1);
      }
      return members;
    }
  }
}

TEST(Ubjson, ReadsWhatAnotherWriterWrites) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    math::RandomStream random(seed, 1, 0);
    const json value = drawn(random, 0);
    for (const auto& [counted, typed] : {std::pair{false, false}, {true, false}, {true, true}}) {
      const auto bytes = json::to_ubjson(value, counted, typed);
      const auto parsed =
          parse_ubjson({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, "m.ubj");
      // That writer shortens lists of nothing but null, true or false to no bytes at all.
      if (!parsed.ok()) {
        EXPECT_EQ(parsed.error().message.substr(parsed.error().message.find(": ")),
                  ": a type that elements cannot share")
            << "seed " << seed;
        continue;
      }
      EXPECT_EQ(*parsed, value) << "seed " << seed;
    }
  }
}

TEST(Ubjson, ReadsNumbersOfAllKinds) {
  EXPECT_EQ(*parse_ubjson("[$d#i\x02\x3f\x80\x00\x00\xc0\x20\x00\x00"s, ""), json({1.0, -2.5}));
  EXPECT_EQ(*parse_ubjson("[i\xffU\xffI\xff\xfel\xff\xff\xff\xfdNT]"s, ""),
            json({-1, 255, -2, -3, true}));
  EXPECT_EQ(*parse_ubjson("{L\0\0\0\0\0\0\0\x01"
                          "aD\x3f\xf8\0\0\0\0\0\0}"s,
                          ""),
            json({{"a", 1.5}}));
}

TEST(Ubjson, NamesWhatIsWrong) {
  EXPECT_EQ(error_of(""), "m.ubj: byte 0: the end in the middle of a value");
  EXPECT_EQ(error_of("[i"), "m.ubj: byte 2: the end in the middle of a number");
  EXPECT_EQ(error_of("[#L\x7f\0\0\0\0\0\0\0"s), "m.ubj: byte 11: a size beyond the end");
  EXPECT_EQ(error_of("[$Z#i\x01"), "m.ubj: byte 3: a type that elements cannot share");
  EXPECT_EQ(error_of("[$i]"), "m.ubj: byte 3: a type without a count");
  EXPECT_EQ(error_of("Si\x02\xc3\x28"s), "m.ubj: byte 3: text that is not UTF-8");
  EXPECT_EQ(error_of("{i\x01"
                     "aTi\x01"
                     "aF}"),
            "m.ubj: byte 9: a second member 'a'");
  EXPECT_EQ(error_of("TT"), "m.ubj: byte 1: bytes after the end of the value");
  EXPECT_EQ(error_of("x"), "m.ubj: byte 1: no type that UBJSON knows");
  EXPECT_EQ(error_of(std::string(100, '[')),
            "m.ubj: byte 65: a number was expected, or nesting is too deep");
}

}  // namespace
}  // namespace coterie::trees
