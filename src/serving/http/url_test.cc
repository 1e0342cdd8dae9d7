// The naive decoder below is the oracle: one character at a time, into a text of its own.
#include "serving/http/url.h"

#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace coterie::serving {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::string decode_error(std::string_view text) {
  TextRoom room;
  room.clear(text.size());
  return percent_decoded(text, false, room).error().to_text();
}

TEST(Url, Decodes) {
  TextRoom room;
  room.clear(1000);
  const auto plain = percent_decoded("a/b+c", false, room);
  EXPECT_EQ(*plain, "a/b+c");
  EXPECT_EQ(*percent_decoded("%41%2f%C3%a9", false, room), "A/\xC3\xA9");
  EXPECT_EQ(*percent_decoded("a+b%2Bc", true, room), "a b+c");
  EXPECT_EQ(*percent_decoded("", true, room), "");
  EXPECT_EQ(*plain, "a/b+c") << "what was decoded before stays";
}

TEST(Url, NamesWhatCannotBeDecoded) {
  const std::string mend = "\n  mend: percent-encode the text as UTF-8, '%' itself as %25";
  EXPECT_EQ(decode_error("50%"), "'50%' has a '%' without two hexadecimal digits behind it" + mend);
  EXPECT_EQ(decode_error("%4"), "'%4' has a '%' without two hexadecimal digits behind it" + mend);
  EXPECT_EQ(decode_error("%g1"), "'%g1' has a '%' without two hexadecimal digits behind it" + mend);
  EXPECT_EQ(decode_error("%ff"), "'%ff' is not UTF-8" + mend);
  EXPECT_EQ(decode_error("%ED%A0%80"), "'%ED%A0%80' is not UTF-8" + mend);
}

std::string naive_decoded(std::string text, bool plus_is_space) {
  std::string out;
  while (!text.empty()) {
    if (text[0] == '%') {
      out += static_cast<char>(std::stoi(text.substr(1, 2), nullptr, 16));
      text.erase(0, 3);
      continue;
    }
    out += plus_is_space && text[0] == '+' ? ' ' : text[0];
    text.erase(0, 1);
  }
  return out;
}

TEST(Url, DecodesAsTheNaiveDecoderDoes) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (size_t pieces = random() % 20; pieces > 0; --pieces) {
      const std::string_view choices[] = {"a",      "+",         "%2B", "%25",
                                          "%C3%A9", "%e2%82%AC", "-",   "%00"};
      text += choices[random() % std::size(choices)];
    }
    for (const bool plus : {false, true}) {
      TextRoom room;
      room.clear(text.size());
      ASSERT_EQ(*percent_decoded(text, plus, room), naive_decoded(text, plus)) << text;
    }
  }
}

TEST(Url, TakesTargetsApart) {
  const auto parts = [](std::string_view target) {
    const auto taken = split_target(target);
    return taken.ok() ? fmt::format("{} ? {}", taken->path, taken->query) : taken.error().message;
  };
  EXPECT_EQ(parts("/"), "/ ? ");
  EXPECT_EQ(parts("/a/b?c=d?e"), "/a/b ? c=d?e");
  EXPECT_EQ(parts("/a#f?x"), "/a ? ");
  EXPECT_EQ(parts("http://host:80/a?b"), "/a ? b");
  EXPECT_EQ(parts("http://host"), "'http://host' is no path");
  EXPECT_EQ(parts("*"), "'*' is no path");
  EXPECT_EQ(parts("host:443"), "'host:443' is no path");
  EXPECT_EQ(parts(""), "'' is no path");
}

TEST(Url, ReadsQueries) {
  TextRoom room;
  std::vector<TextPair> pairs;
  const std::string_view query = "a=1&&b&c=x+y%26&a=%3D&=v&d==";
  room.clear(query.size());
  ASSERT_TRUE(parse_query(query, room, pairs).ok());
  EXPECT_THAT(pairs, ElementsAre(Pair("a", "1"), Pair("b", ""), Pair("c", "x y&"), Pair("a", "="),
                                 Pair("", "v"), Pair("d", "=")));
  const std::string_view bad = "ok=1&n=%zz";
  room.clear(bad.size());
  pairs.clear();
  EXPECT_EQ(parse_query(bad, room, pairs).error().to_text(),
            "query parameter n: '%zz' has a '%' without two hexadecimal digits behind it\n"
            "  mend: percent-encode the text as UTF-8, '%' itself as %25");
}

}  // namespace
}  // namespace coterie::serving
