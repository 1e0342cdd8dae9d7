#include "base/json.h"

#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "base/random_json.h"
#include "base/secret.h"
#include "base/temporary_folder.h"

namespace coterie {
namespace {

using nlohmann::json;

std::string error_of(std::string_view text) {
  const auto value = parse_json(text, "a.json");
  return value.ok() ? "no error: " + dump_json(*value) : value.error().to_text();
}

TEST(Json, ReadsEveryKindOfValue) {
  const auto value =
      parse_json(R"({"a": [1, -2, 18446744073709551615, 1.5, true, null, "ü"]})", "f");
  ASSERT_TRUE(value.ok());
  EXPECT_EQ((*value)["a"][2], 18446744073709551615U);
  EXPECT_EQ((*value)["a"][3], 1.5);
  EXPECT_EQ((*value)["a"][6], "ü");
  EXPECT_TRUE((*value)["a"][5].is_null());
  EXPECT_EQ(*parse_json(" 7 ", "f"), 7);
}

TEST(Json, ErrorsHaveLineAndColumn) {
  EXPECT_EQ(error_of("{\n  \"a\": 1,\n  \"b\" 2\n}").substr(0, 29),
            "a.json:3:7: not valid JSON: s");
  EXPECT_EQ(error_of("{\"é\": tru}").substr(0, 27), "a.json:1:10: not valid JSON");
  EXPECT_EQ(error_of("").substr(0, 26), "a.json:1:1: not valid JSON");
  EXPECT_EQ(error_of("[1] 2").substr(0, 26), "a.json:1:5: not valid JSON");
  EXPECT_EQ(error_of("{\"a\": 1,\n \"b\": {\"c\": 1, \"c\": 2}}"),
            "a.json:2:18: duplicate key 'c'");
}

TEST(Json, RefusesWhatIsNotJson) {
  for (const char* text :
       {"", "{", "[1,]", "{\"a\":1,}", "nan", "NaN", "Infinity", "01", "'a'", "{a: 1}", "[1 2]",
        "\"\x01\"", "\"\xFF\"", "// c\n1", "1e999", "-", "\"\\ud800\"", "tru", "\"a"}) {
    const auto value = parse_json(text, "f");
    EXPECT_FALSE(value.ok()) << text;
    if (!value.ok()) {
      EXPECT_EQ(value.error().code, ErrorCode::kInvalidInput);
      EXPECT_GE(value.error().line, 1);
    }
  }
}

TEST(Json, LimitsNesting) {
  const auto nested = [](size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  EXPECT_TRUE(parse_json(nested(200), "f").ok());
  EXPECT_EQ(parse_json(nested(201), "f").error().to_text(),
            "f:1:201: nested deeper than 200 levels");
  EXPECT_FALSE(parse_json(std::string(1'000'000, '['), "f").ok());
}

TEST(Json, WritesAnything) {
  EXPECT_EQ(dump_json(json("a\xFFz")), "\"a\xEF\xBF\xBDz\"");
  EXPECT_EQ(dump_json(json(std::numeric_limits<double>::quiet_NaN())), "null");
  EXPECT_EQ(dump_json(json(std::numeric_limits<double>::infinity())), "null");
  EXPECT_EQ(dump_json(json{{"b", 1}, {"a", {1, 2}}}), "{\"a\":[1,2],\"b\":1}");
  EXPECT_EQ(dump_json(nlohmann::ordered_json{{"b", 1}, {"a", 2}}, 2),
            "{\n  \"b\": 1,\n  \"a\": 2\n}");
}

TEST(Json, ReadsWhatItWrites) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 500; ++i) {
    const json value = random_json(random, 4);
    const auto again = parse_json(dump_json(value, i % 3 - 1), "f");
    ASSERT_TRUE(again.ok()) << again.error().to_text();
    ASSERT_EQ(*again, value);
  }
}

TEST(Json, WritesRedactedTextsAndKeys) {
  remember_secret("newt\\in\"tank");
  const json value = {{"u", {"postgres://a:b@c", 1, nullptr}},
                      {"newt\\in\"tank", "\nnewt\\in\"tank"}};
  EXPECT_EQ(dump_json_redacted(value), R"({"***":"\n***","u":["postgres://a:***@c",1,null]})");
  EXPECT_EQ(dump_json_redacted(nlohmann::ordered_json{{"z", 1.5}, {"a", true}}),
            R"({"z":1.5,"a":true})");
}

TEST(Json, LoadsFiles) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomic(folder / "a.json", "{\"a\": }").ok());
  EXPECT_EQ(load_json(folder / "a.json").error().file, folder / "a.json");
  EXPECT_EQ(load_json(folder / "b.json").error().code, ErrorCode::kNotFound);
}

TEST(Json, ErrorsBecomeObjects) {
  const Error error = invalid_input("wrong").at("f.yaml", 3, 5).for_key("a.b").with_mend("mend it");
  EXPECT_EQ(dump_json(error_to_json(error)),
            R"({"error":{"code":"invalid_input","column":5,"file":"f.yaml","key":"a.b","line":3,)"
            R"("mend":"mend it","message":"wrong"}})");
  EXPECT_EQ(dump_json(error_to_json(not_found("gone").in_table("items", "price"))),
            R"({"error":{"code":"not_found","field":"price","message":"gone","table":"items"}})");
}

}  // namespace
}  // namespace coterie
