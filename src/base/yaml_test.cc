#include "base/yaml.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "base/temporary_folder.h"

namespace coterie {
namespace {

YamlNode parse(std::string_view text) {
  auto node = parse_yaml(text, "f.yaml");
  EXPECT_TRUE(node.ok()) << node.error().to_text();
  return node.ok() ? *std::move(node) : YamlNode();
}

std::string error_of(std::string_view text) {
  const auto node = parse_yaml(text, "f.yaml");
  return node.ok() ? "no error: " + node->to_text() : node.error().to_text();
}

template <typename T>
std::string error_of(const Result<T>& result) {
  return result.ok() ? "no error" : result.error().to_text();
}

TEST(Yaml, ReadsNestedValuesWithTheirPlaces) {
  const YamlNode root = parse("a: 1\nb:\n  c: [x, 'y']\n");
  const YamlNode c = *root.find("b")->find("c");
  EXPECT_EQ(*root.find("a")->as_int(), 1);
  EXPECT_EQ(*c.as_string_list(), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(c.items()[1].path(), "b.c[1]");
  EXPECT_EQ(c.items()[1].line(), 3);
  EXPECT_EQ(c.items()[1].column(), 10);
  EXPECT_TRUE(c.items()[1].is_quoted());
  EXPECT_FALSE(c.items()[0].is_quoted());
  EXPECT_EQ(root.entries()[1].first, "b");
  EXPECT_FALSE(root.find("z").has_value());
}

TEST(Yaml, KeepsItsDocumentAlive) {
  std::optional<YamlNode> c;
  {
    const YamlNode root = parse("a: {b: {c: deep}}");
    c = root.find("a")->find("b")->find("c");
  }
  EXPECT_EQ(*c->as_string(), "deep");
  EXPECT_EQ(c->file(), "f.yaml");
}

TEST(Yaml, DefaultNodeIsNullAndNowhere) {
  const YamlNode nothing;
  EXPECT_TRUE(nothing.is_null());
  EXPECT_TRUE(nothing.entries().empty());
  EXPECT_TRUE(nothing.items().empty());
  EXPECT_FALSE(nothing.find("x").has_value());
  EXPECT_EQ(error_of(nothing.as_string()), "expected text, found nothing");
  EXPECT_EQ(nothing.to_text(), "null");
}

TEST(Yaml, EmptyDocumentsAreNull) {
  for (const char* text :
       {"", "\n", "# only a comment\n", "---\n", "---\n...\n", "~", "\xEF\xBB\xBF"}) {
    EXPECT_TRUE(parse(text).is_null()) << text;
  }
}

TEST(Yaml, ByteOrderMarkAndWindowsLineEndsChangeNothing) {
  const YamlNode root = parse(
      "\xEF\xBB\xBF"
      "a: 1\r\nb: |\r\n  x\r\n  y\r\nc: 'z'\r\n");
  EXPECT_EQ(*root.find("b")->as_string(), "x\ny\n");
  EXPECT_EQ(root.find("a")->column(), 4);
  EXPECT_EQ(root.find("c")->line(), 5);
  EXPECT_EQ(parse("a: 1\rb: 2\r").find("b")->line(), 2);
}

TEST(Yaml, CountsColumnsInCharacters) {
  EXPECT_EQ(parse("{'åäö€😀': x}").find("åäö€😀")->column(), 11);
}

TEST(Yaml, ReadsIntegers) {
  const YamlNode root =
      parse("[0, -0, 42, +7, -12, 1_370_000, 9223372036854775807, -9223372036854775808]");
  const std::vector<int64_t> expected = {0, 0, 42, 7, -12, 1'370'000, INT64_MAX, INT64_MIN};
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(*root.items()[i].as_int(), expected[i]);
}

TEST(Yaml, RefusesWhatIsNotAnInteger) {
  for (const char* text :
       {"1.5", "010", "0x1F", "1e3", "1__0", "_1", "1_", "abc", "''", "[]", "{}", "~", "true",
        "'7'", "9223372036854775808", "-9223372036854775809", "+-1", "1 000", "-"}) {
    const auto node = parse_yaml(std::string("a: ") + text, "f.yaml");
    if (node.ok()) {
      EXPECT_FALSE(node->find("a")->as_int().ok()) << text;
    }
  }
  EXPECT_EQ(error_of(parse("a: 1.5").find("a")->as_int()),
            "f.yaml:1:4: a: expected a whole number, found '1.5'");
  EXPECT_EQ(error_of(parse("a: '7'").find("a")->as_int()),
            "f.yaml:1:4: a: expected a whole number, found the text '7'\n"
            "  mend: remove the quotes");
  EXPECT_EQ(error_of(parse("a: 9223372036854775808").find("a")->as_int()),
            "f.yaml:1:4: a: '9223372036854775808' is too large");
}

TEST(Yaml, ReadsFiniteNumbersOnly) {
  const YamlNode root = parse("[1, -2.5, .5, 5., 1e3, 1_000, +0.25, 1E-2]");
  const std::vector<double> expected = {1, -2.5, 0.5, 5, 1000, 1000, 0.25, 0.01};
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(*root.items()[i].as_double(), expected[i]);
  for (const char* text : {".inf", "-.Inf", ".nan", "nan", "infinity"}) {
    EXPECT_EQ(error_of(parse(std::string("a: ") + text).find("a")->as_double()),
              fmt::format("f.yaml:1:4: a: expected a finite number, found '{}'", text));
  }
  for (const char* text : {"1e999", "abc", "1.5x", "0x1p3", "~", "'1.5'", "[1]", ".", "1,5"}) {
    EXPECT_FALSE(parse(std::string("a: ") + text).find("a")->as_double().ok()) << text;
  }
}

TEST(Yaml, ReadsBooleansUnlessQuoted) {
  for (const char* text : {"true", "True", "YES", "on"}) {
    EXPECT_TRUE(*parse(text).as_bool()) << text;
  }
  for (const char* text : {"false", "FALSE", "no", "Off"}) {
    EXPECT_FALSE(*parse(text).as_bool()) << text;
  }
  EXPECT_EQ(error_of(parse("a: 'yes'").find("a")->as_bool()),
            "f.yaml:1:4: a: expected true or false, found the text 'yes'\n"
            "  mend: remove the quotes");
  EXPECT_EQ(error_of(parse("a: 1").find("a")->as_bool()),
            "f.yaml:1:4: a: expected true or false, found '1'");
}

TEST(Yaml, ReadsTextAsItIsWritten) {
  const YamlNode root =
      parse("[0108775015, 17850.0, true, 2026-11-21, 'a ''b''', \"tab\\t\", !!str 5]");
  const std::vector<std::string> expected = {"0108775015", "17850.0", "true", "2026-11-21",
                                             "a 'b'",      "tab\t",   "5"};
  EXPECT_EQ(*root.as_string_list(), expected);
  EXPECT_EQ(*parse("a").as_string_list(), std::vector<std::string>{"a"});
  EXPECT_EQ(error_of(parse("a: {b: 1}").find("a")->as_string_list()),
            "f.yaml:1:4: a: expected text or a list of texts, found a map");
  EXPECT_EQ(error_of(parse("a: [x, [y]]").find("a")->as_string_list()),
            "f.yaml:1:8: a[1]: expected text, found a list");
}

TEST(Yaml, ShowsOnlyTheBeginningOfLongText) {
  EXPECT_EQ(error_of(parse("a: " + std::string(500, 'x')).find("a")->as_int()),
            "f.yaml:1:4: a: expected a whole number, found '" + std::string(60, 'x') + "...'");
}

TEST(Yaml, SharesAliases) {
  const YamlNode root = parse("a: &x {k: [1, 2]}\nb: *x\n");
  EXPECT_EQ(root.to_text(), "{a: {k: [1, 2]}, b: {k: [1, 2]}}");
  const YamlNode item = root.find("b")->find("k")->items()[1];
  EXPECT_EQ(item.path(), "b.k[1]");
  EXPECT_EQ(item.column(), 15);
}

TEST(Yaml, LimitsSize) {
  EXPECT_EQ(error_of(std::string((size_t{4} << 20) + 1, '#')),
            "f.yaml: larger than the limit of 4.0 MiB");
}

TEST(Yaml, LoadsFiles) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomic(folder / "c.yaml", "a: 1\n").ok());
  EXPECT_EQ(load_yaml(folder / "c.yaml")->find("a")->file(), folder / "c.yaml");
  EXPECT_EQ(error_of(load_yaml(folder / "d.yaml")),
            (folder / "d.yaml") + ": cannot read: No such file or directory");
}

}  // namespace
}  // namespace coterie
