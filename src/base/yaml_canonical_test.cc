#include <random>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "base/yaml.h"

namespace coterie {
namespace {

YamlNode parse(std::string_view text) {
  auto node = parse_yaml(text, "f.yaml");
  EXPECT_TRUE(node.ok()) << node.error().to_text();
  return node.ok() ? *std::move(node) : YamlNode();
}

TEST(Yaml, CanonicalTextIgnoresHowItIsWritten) {
  const char* one = "# c\na:   'x'\nb:\n  - 1\n  - 'yes'\n  - \"p, q\"\n";
  const char* two = "{\"a\": x, b: [ 1, \"yes\", 'p, q' ]}";
  EXPECT_EQ(parse(one).to_text(), "{a: x, b: [1, \"yes\", \"p, q\"]}");
  EXPECT_EQ(parse(one).to_text(), parse(two).to_text());
  EXPECT_NE(parse("a: 'yes'").to_text(), parse("a: yes").to_text());
}

TEST(Yaml, CanonicalTextOfALongKeyCanBeRead) {
  const std::string text = "? '" + std::string(3000, '\\') + "'\n: {a: 1}\n";
  const YamlNode root = parse(text);
  EXPECT_EQ(parse(root.to_text()).entries()[0].first, std::string(3000, '\\'));
  EXPECT_EQ(parse(root.to_text()).to_text(), root.to_text());
}

// A random document as flow text, every scalar quoted or plain.
std::string random_value(std::mt19937_64& random, int depth) {
  static const std::vector<std::string> scalars = {
      "1",     "-2.5", "yes", "null", "~",    "text", "a b",  "\"q\\n\\\"\"", "'it''s'", "\"\"",
      "'yes'", "1e3",  "é😀", "a/b",  "-x",   ".5",   "'- '", "\"\\u0000\"",  "'#'",     "a#b",
      "'~'",   "x:y",  "0x1", "'12'", "+1.5", "..",   "'['",  "\"tab\\t\"",   "nULL",    "--"};
  const uint64_t kind = random() % (depth > 4 ? 1 : 4);
  if (kind < 2) return scalars[random() % scalars.size()];
  std::string text = kind == 2 ? "[" : "{";
  const uint64_t count = random() % 4;
  for (uint64_t i = 0; i < count; ++i) {
    if (i > 0) text += ", ";
    if (kind == 3) text += fmt::format("'{}{}': ", random() % 2 ? "k " : "no", i);
    text += random_value(random, depth + 1);
  }
  return text + (kind == 2 ? "]" : "}");
}

void expect_same(const YamlNode& a, const YamlNode& b) {
  ASSERT_EQ(a.kind(), b.kind());
  if (a.is_scalar()) {
    EXPECT_EQ(*a.as_string(), *b.as_string());
    EXPECT_EQ(a.as_int().ok(), b.as_int().ok()) << *a.as_string();
    EXPECT_EQ(a.as_bool().ok(), b.as_bool().ok()) << *a.as_string();
    EXPECT_EQ(a.as_double().ok(), b.as_double().ok()) << *a.as_string();
  }
  const auto items_a = a.items();
  const auto items_b = b.items();
  ASSERT_EQ(items_a.size(), items_b.size());
  for (size_t i = 0; i < items_a.size(); ++i) expect_same(items_a[i], items_b[i]);
  const auto entries_a = a.entries();
  const auto entries_b = b.entries();
  ASSERT_EQ(entries_a.size(), entries_b.size());
  for (size_t i = 0; i < entries_a.size(); ++i) {
    EXPECT_EQ(entries_a[i].first, entries_b[i].first);
    expect_same(entries_a[i].second, entries_b[i].second);
  }
}

TEST(Yaml, CanonicalTextMeansTheSame) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 500; ++i) {
    const std::string text = random_value(random, 0);
    SCOPED_TRACE(text);
    const YamlNode root = parse(text);
    const YamlNode again = parse(root.to_text());
    expect_same(root, again);
    ASSERT_EQ(again.to_text(), root.to_text());
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace coterie
