// Both ways of JSON against nlohmann::json, the slow and independent reading of it.
#include "base/json.h"

#include <cmath>
#include <limits>
#include <random>

#include <gmock/gmock.h>

#include "base/random_json.h"
#include "base/test_results.h"
#include "serving/http/json_reader.h"
#include "serving/http/json_writer.h"

namespace coterie::serving {
namespace {

using nlohmann::json;

TEST(JsonWriter, WritesEveryKindOfValue) {
  std::string out = "before:";
  JsonWriter writer(out);
  writer.begin_object().key("a").begin_array();
  writer.integer(-7).real(0.1).real(1e300).real(3).real(-0.0).real(std::nan("")).null();
  writer.boolean(true).boolean(false).text("").raw("[1]").begin_object().end_object();
  writer.end_array().key("b").begin_array().end_array().key("").text("x").end_object();
  EXPECT_EQ(out,
            R"(before:{"a":[-7,0.1,1e+300,3,-0,null,null,true,false,"",[1],{}],"b":[],"":"x"})");
}

TEST(JsonWriter, TextsLookLikePunctuation) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_array().text("[").text("{").text(":").text(",").end_array();
  EXPECT_EQ(out, R"(["[","{",":",","])");
}

TEST(JsonWriter, EscapesAndChecksUtf8) {
  EXPECT_EQ(json_text("a\"\\/\b\f\n\r\t\x01\x1F\x7F"),
            "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\"");
  EXPECT_EQ(json_text(std::string_view("\0", 1)), R"("\u0000")");
  EXPECT_EQ(json_text("gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80"),
            "\"gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80\"");
  EXPECT_EQ(json_text("a\xFFz"), "\"a\xEF\xBF\xBDz\"");
  EXPECT_EQ(json_text("\xE2\x82"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(JsonWriter, NumbersReadBackAsTheSame) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  std::vector<double> values = {0.0,
                                -0.0,
                                9007199254740991.0,
                                9007199254740992.0,
                                9007199254740994.0,
                                -9007199254740993.0,
                                std::numeric_limits<double>::max(),
                                std::numeric_limits<double>::denorm_min()};
  while (values.size() < 20'000) values.push_back(random_double(random));
  std::string out;
  JsonWriter writer(out);
  writer.begin_array();
  for (const double value : values) writer.real(value);
  writer.end_array();
  const json back = take(parse_json(out, "out"));
  ASSERT_EQ(back.size(), values.size());
  for (size_t i = 0; i < values.size(); ++i)
    ASSERT_EQ(back[i].get<double>(), values[i]) << json(values[i]).dump();
}

// A value of the reader as nlohmann's.
json as_json(const JsonValue& value) {
  switch (value.kind()) {
    case JsonValue::Kind::kNull:
      return nullptr;
    case JsonValue::Kind::kBoolean:
      return *value.boolean();
    case JsonValue::Kind::kInteger:
      return *value.integer();
    case JsonValue::Kind::kReal:
      return *value.real();
    case JsonValue::Kind::kText:
      return *value.text();
    case JsonValue::Kind::kArray: {
      std::vector<JsonValue> items;
      must(value.items(items));
      json all = json::array();
      for (const JsonValue& item : items) all.push_back(as_json(item));
      return all;
    }
    default: {
      std::vector<JsonValue::Member> members;
      must(value.members(members));
      json all = json::object();
      for (const auto& [name, member] : members) all[std::string(name)] = as_json(member);
      return all;
    }
  }
}

TEST(JsonReader, ReadsWhatTheSlowParserReads) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  JsonReader reader;
  for (int round = 0; round < 500; ++round) {
    const std::string text = random_json(random, 4).dump(round % 3 - 1);
    ASSERT_EQ(as_json(take(reader.parse(text))), take(parse_json(text, "text"))) << text;
  }
}

TEST(JsonReader, FindsMembers) {
  JsonReader reader;
  const JsonValue body = take(reader.parse(R"({"a": {"b": [1, 2.5]}, "c": "x"})"));
  EXPECT_EQ(*body.find("c")->text(), "x");
  EXPECT_FALSE(body.find("b").has_value());
  EXPECT_FALSE(body.find("c")->find("x").has_value());
  std::vector<JsonValue> items;
  ASSERT_TRUE(body.find("a")->find("b")->items(items).ok());
  EXPECT_EQ(*items.at(0).integer(), 1);
  EXPECT_EQ(*items.at(0).real(), 1.0);
  EXPECT_EQ(*items.at(1).real(), 2.5);
}

TEST(JsonReader, NamesTheWrongKind) {
  JsonReader reader;
  const JsonValue body =
      take(reader.parse(R"([1, 1.5, "x", null, {}, [], true, 18446744073709551615])"));
  std::vector<JsonValue> v;
  ASSERT_TRUE(body.items(v).ok());
  EXPECT_EQ(v[0].text().error().message, "expected a text, found a whole number");
  EXPECT_EQ(v[1].integer().error().message, "expected a whole number, found a number");
  EXPECT_EQ(v[2].real().error().message, "expected a number, found a text");
  EXPECT_EQ(v[3].boolean().error().message, "expected true or false, found null");
  EXPECT_EQ(v[4].items(v).error().message, "expected a list, found an object");
  std::vector<JsonValue::Member> members;
  EXPECT_EQ(v[5].members(members).error().message, "expected an object, found a list");
  EXPECT_EQ(v[6].text().error().message, "expected a text, found true or false");
  EXPECT_EQ(v[7].integer().error().message, "expected a whole number, found a number");
  EXPECT_EQ(*v[7].real(), 18446744073709551615.0);
}

TEST(JsonReader, NamesThePlaceOfAMistake) {
  JsonReader reader;
  const auto error = [&](std::string_view text) { return reader.parse(text).error().to_text(); };
  EXPECT_THAT(error("{\"a\": 1,\n \"b\" 2}"), testing::StartsWith("body:2:6: not valid JSON: "));
  EXPECT_THAT(error(""), testing::StartsWith("body:1:1: not valid JSON: "));
  EXPECT_THAT(error("{\"a\": NaN}"), testing::StartsWith("body:1:"));
  EXPECT_THAT(error("1 2"), testing::StartsWith("body:1:"));
  EXPECT_THAT(error("\"\xFF\""), testing::StartsWith("body:1:"));
  EXPECT_THAT(error("[1e999]"), testing::StartsWith("body:1:"));
  const std::string deep = std::string(100, '[') + std::string(100, ']');
  EXPECT_EQ(error(deep), "body: not valid JSON: nested deeper than 64 levels");
  EXPECT_THAT(error(std::string(100'000, '[')), testing::HasSubstr("nested deeper than"));
  EXPECT_EQ(*take(reader.parse("7")).integer(), 7) << "the reader goes on after mistakes";
}

TEST(JsonReader, DuplicateKeysAreMistakes) {
  JsonReader reader;
  std::vector<JsonValue::Member> members;
  EXPECT_EQ(take(reader.parse(R"({"a":1,"b":2,"a":3})")).members(members).error().message,
            "duplicate key 'a'");
  std::string many = "{";
  for (int i = 0; i < 40; ++i) many += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_EQ(take(reader.parse(many + "\"k7\":1}")).members(members).error().message,
            "duplicate key 'k7'");
  EXPECT_TRUE(take(reader.parse(many + "\"new\":1}")).members(members).ok());
}

}  // namespace
}  // namespace coterie::serving
