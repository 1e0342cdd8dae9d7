// Payloads of pushed rows: what is written is read; damaged bytes are named, never believed.
#include "features/plan/pushed_event.h"

#include <cstring>
#include <limits>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace coterie::features {
namespace {

using Kind = PushedValue::Kind;

std::string encode(const std::string& source, const std::vector<std::string>& columns,
                   const std::vector<PushedValue>& values) {
  std::string payload;
  append_pushed_event(payload, pushed_event_head(source, columns), values);
  return payload;
}

void expect_equal(const PushedValue& got, const PushedValue& want) {
  ASSERT_EQ(got.kind, want.kind);
  EXPECT_EQ(got.text, want.text);
  EXPECT_EQ(got.integer, want.integer);
  EXPECT_EQ(std::memcmp(&got.real, &want.real, sizeof(double)), 0);
}

std::vector<PushedValue> awkward_values() {
  return {PushedValue(),
          PushedValue::of_bool(false),
          PushedValue::of_bool(true),
          PushedValue::of_integer(0),
          PushedValue::of_integer(-1),
          PushedValue::of_integer(std::numeric_limits<int64_t>::min()),
          PushedValue::of_integer(std::numeric_limits<int64_t>::max()),
          PushedValue::of_real(-0.0),
          PushedValue::of_real(1e-300),
          PushedValue::of_real(std::numeric_limits<double>::quiet_NaN()),
          PushedValue::of_text(""),
          PushedValue::of_text("räksmörgås \"x\"\n"),
          PushedValue::of_text(std::string_view("\0\xFF", 2))};
}

TEST(PushedEvent, ReadsWhatWasWritten) {
  const std::vector<PushedValue> values = awkward_values();
  std::vector<std::string> columns;
  for (size_t i = 0; i < values.size(); ++i) columns.push_back(fmt::format("column {}", i));
  const std::string payload = encode("transactions", columns, values);
  PushedEventDecoder decoder;
  const auto decoded = decoder.decode(payload);
  ASSERT_TRUE(decoded.ok()) << decoded.error().to_text();
  EXPECT_EQ(decoded->shape->source, "transactions");
  EXPECT_EQ(decoded->shape->columns, columns);
  ASSERT_EQ(decoded->values.size(), values.size());
  for (size_t i = 0; i < values.size(); ++i) expect_equal(decoded->values[i], values[i]);
}

TEST(PushedEvent, AShapeIsRecognisedAndANewOneHasANewNumber) {
  PushedEventDecoder decoder;
  const std::string first = encode("a", {"x"}, {PushedValue::of_integer(1)});
  const std::string second = encode("b", {"x"}, {PushedValue::of_integer(1)});
  const int64_t number = decoder.decode(first)->shape->number;
  EXPECT_EQ(decoder.decode(first)->shape->number, number);
  EXPECT_NE(decoder.decode(second)->shape->number, number);
  EXPECT_EQ(decoder.decode(first)->shape->number, number);
  // More shapes than are remembered.
  for (int i = 0; i < 2'000; ++i) {
    const std::string payload = encode(fmt::format("s{}", i), {}, {});
    ASSERT_EQ(decoder.decode(payload)->shape->source, fmt::format("s{}", i));
  }
  EXPECT_GT(decoder.decode(first)->shape->number, number);
  EXPECT_EQ(decoder.decode(first)->shape->source, "a");
}

TEST(PushedEvent, NamesTheDamage) {
  PushedEventDecoder decoder;
  const auto text = [&](const std::string& payload) {
    const auto decoded = decoder.decode(payload);
    return decoded.ok() ? "" : decoded.error().to_text();
  };
  const std::string whole = encode("s", {"x", "y"}, {PushedValue::of_text("abc"), PushedValue()});
  ASSERT_EQ(text(whole), "");
  EXPECT_EQ(text(""), "not the payload of a pushed row: another beginning");
  EXPECT_EQ(text(R"({"x":1})"), "not the payload of a pushed row: another beginning");
  EXPECT_EQ(text("\xFE"), "not the payload of a pushed row: no version");
  EXPECT_EQ(text("\xFE\x02"),
            "a pushed row of format 2, this program reads up to 1\n"
            "  mend: use the newer release of Coterie that wrote it");
  EXPECT_EQ(text("\xFE\x01\x05s"), "not the payload of a pushed row: its header is cut off");
  EXPECT_EQ(text(whole + "x"), "not the payload of a pushed row: bytes follow the last value");
  EXPECT_EQ(text(whole.substr(0, whole.size() - 1)),
            "not the payload of a pushed row: the value of column 2 is damaged");
  EXPECT_EQ(text(std::string("\xFE\x01\x03\x01s\x01", 6)),
            "not the payload of a pushed row: its header is damaged");
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(text(whole.substr(0, length)), "") << length;
}

TEST(PushedEvent, ChangedBytesAreHarmless) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  const std::vector<PushedValue> values = awkward_values();
  const std::string whole = encode("s", std::vector<std::string>(values.size(), "c"), values);
  PushedEventDecoder decoder;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = whole;
    for (size_t n = 1 + random() % 4; n > 0; --n)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    const auto decoded = decoder.decode(bytes);
    if (!decoded.ok()) continue;
    ASSERT_EQ(decoded->values.size(), decoded->shape->columns.size());
  }
}

}  // namespace
}  // namespace coterie::features
