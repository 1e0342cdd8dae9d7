// The small parts that expressions stand on, each against an independent slow implementation.
#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/unicode_case.h"
#include "expr/calendar.h"
#include "expr/functions.h"
#include "expr/like.h"
#include "expr/number_text.h"
#include "expr/utf8.h"

namespace coterie::expr {
namespace {

TEST(Calendar, AgreesWithTheStandardLibrary) {
  using namespace std::chrono;
  for (int64_t day = -800'000; day <= 3'000'000; day += 97) {
    const year_month_day want{sys_days{days{day}}};
    const CivilDate have = civil_from_days(day);
    ASSERT_EQ(have.year, static_cast<int>(want.year())) << day;
    ASSERT_EQ(have.month, static_cast<int>(static_cast<unsigned>(want.month())));
    ASSERT_EQ(have.day, static_cast<int>(static_cast<unsigned>(want.day())));
    ASSERT_EQ(days_from_civil(have), day);
    ASSERT_EQ(iso_weekday(day), static_cast<int>(weekday{sys_days{days{day}}}.iso_encoding()));
  }
}

TEST(Calendar, ReadsAndWritesText) {
  EXPECT_EQ(parse_date("1970-01-02"), 1);
  for (const char* wrong : {"2023-02-29", "0999-01-01", "2024-1-1", "2024-01-01 ", "2024-00-10",
                            "2024-01-32", "20240101", ""}) {
    EXPECT_FALSE(parse_date(wrong).has_value()) << wrong;
  }
  EXPECT_EQ(parse_timestamp("1970-01-01 00:00:01.5"), 1'500'000);
  EXPECT_EQ(parse_timestamp("1970-01-01T00:00:01Z"), 1'000'000);
  for (const char* wrong : {"1970-01-01 24:00:00", "1970-01-01 00:60:00", "1970-01-01 00:00",
                            "1970-01-01 00:00:00.", "1970-01-01 00:00:00.1234567", "1970-01-01 "}) {
    EXPECT_FALSE(parse_timestamp(wrong).has_value()) << wrong;
  }
  std::string text;
  append_timestamp(text, -1);
  EXPECT_EQ(text, "1969-12-31 23:59:59.999999");
}

TEST(NumberText, RealsReadBackAsThemselves) {
  std::mt19937_64 random(20240131);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = std::bit_cast<double>(uint64_t{random()});
    if (!std::isfinite(value)) continue;
    std::string text;
    append_real(text, value);
    ASSERT_EQ(parse_real_text(text), value) << text;
    ASSERT_EQ(parse_real_text(real_literal(value)), value) << real_literal(value);
  }
}

TEST(NumberText, ReadsWhatTheLanguageSays) {
  EXPECT_EQ(parse_real_text("5."), 5.0);
  EXPECT_EQ(parse_real_text(".5"), 0.5);
  EXPECT_EQ(parse_real_text("+1e2"), 100.0);
  EXPECT_EQ(parse_real_text("1e400"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_real_text("-1e400"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_real_text("0.0000001e-400"), 0.0);
  EXPECT_EQ(parse_real_text("0e999999999999999999"), 0.0);
  EXPECT_EQ(parse_real_text(std::string(400, '9') + "e-390").has_value(), true);
  for (const char* wrong : {"", ".", "e5", "1e", "--1", "+-1", "inf", "nan", "0x1p3", "1 2"}) {
    EXPECT_FALSE(parse_real_text(wrong).has_value()) << wrong;
  }
  EXPECT_EQ(parse_int_text("-0"), 0);
  EXPECT_EQ(parse_int_text("9223372036854775807"), INT64_MAX);
  for (const char* wrong : {"", "9223372036854775808", "+-1", "1.0", "1e3", " 1"}) {
    EXPECT_FALSE(parse_int_text(wrong).has_value()) << wrong;
  }
}

TEST(NumberText, DecimalsKeepTheirDigits) {
  const auto text = [](int64_t unscaled, int scale) {
    std::string out;
    append_decimal(out, unscaled, scale);
    return out;
  };
  EXPECT_EQ(text(-5, 2), "-0.05");
  EXPECT_EQ(text(1999, 2), "19.99");
  EXPECT_EQ(text(7, 0), "7");
  EXPECT_EQ(text(INT64_MIN, 18), "-9.223372036854775808");
  EXPECT_EQ(decimal_to_real(1999, 2), 19.99);
}

// Every way to split, tried.
bool slow_like(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%') {
    for (size_t skip = 0; skip <= text.size(); ++skip) {
      if (slow_like(text.substr(skip), pattern.substr(1))) return true;
    }
    return false;
  }
  if (text.empty()) return false;
  if (pattern[0] == '_') return slow_like(text.substr(utf8_length(text[0])), pattern.substr(1));
  return text[0] == pattern[0] && slow_like(text.substr(1), pattern.substr(1));
}

TEST(Like, AgreesWithTryingEverySplit) {
  std::mt19937 random(7);
  const std::vector<std::string> text_parts{"a", "b", "å"};
  const std::vector<std::string> pattern_parts{"a", "b", "å", "%", "_", "%"};
  const auto make = [&random](const std::vector<std::string>& parts, int most) {
    std::string out;
    for (int n = std::uniform_int_distribution<int>(0, most)(random); n > 0; --n) {
      out += parts[std::uniform_int_distribution<size_t>(0, parts.size() - 1)(random)];
    }
    return out;
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = make(text_parts, 8);
    const std::string pattern = make(pattern_parts, 6);
    ASSERT_EQ(matches_like(text, pattern), slow_like(text, pattern)) << text << " " << pattern;
  }
}

TEST(Like, HostilePatternsStayQuick) {
  const std::string text(20'000, 'a');
  std::string pattern;
  for (int i = 0; i < 30; ++i) pattern += "a%";
  EXPECT_FALSE(matches_like(text, pattern + "b"));
}

TEST(Utf8, CountsAndCopiesCodePoints) {
  EXPECT_EQ(utf8_count("aå日🎉"), 4);
  char bytes[4];
  for (const char32_t code : {U'a', U'å', U'日', U'🎉'}) {
    const size_t length = encode_utf8(code, bytes);
    EXPECT_EQ(decode_utf8({bytes, length}, 0), code);
  }
}

TEST(UnicodeCase, MapsOneCharacterToOne) {
  EXPECT_EQ(lower_code(U'Ö'), U'ö');
  EXPECT_EQ(upper_code(U'ß'), U'ẞ');
  EXPECT_EQ(upper_code(U'я'), U'Я');
  EXPECT_EQ(lower_code(U'日'), U'日');
}

TEST(Functions, AreUniqueAndDescribed) {
  std::vector<std::string> names = function_names();
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
  for (const Function& function : all_functions()) {
    EXPECT_EQ(find_function(function.name), &function);
    EXPECT_TRUE(function.usage.starts_with(function.name)) << function.name;
    EXPECT_FALSE(function.meaning.empty());
    EXPECT_TRUE(foreign_function_mend(function.name).empty()) << function.name;
  }
}

}  // namespace
}  // namespace coterie::expr
