#include "base/yaml.h"

#include <random>

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

struct Case {
  const char* name;
  std::string text;
  std::string error;
};

class YamlErrors : public testing::TestWithParam<Case> {};

TEST_P(YamlErrors, NamePlaceAndMend) { EXPECT_EQ(error_of(GetParam().text), GetParam().error); }

const std::string kLongText =
    "  mend: indent the next line like this one if it is a key or an item; else quote the text, or "
    "write '|' here and the text below";

const std::vector<Case> kLayoutErrors = {
    Case{"TabIndentation", "a:\n\tb: 1\n",
         "f.yaml:2:3: not valid YAML: a tab in the indentation\n  mend: indent with spaces"},
    Case{"IndentedTooFar", "a: 1\n  b: 2\n",
         "f.yaml:1:4: a: unquoted text goes on over several lines\n" + kLongText},
    Case{"ColonInText", "a: b: c\n",
         "f.yaml:1:5: not valid YAML: ':' is not allowed here\n  mend: align this line with its "
         "neighbours, or put text that contains ': ' into quotes"},
    Case{"OpenDoubleQuote", "a: 1\nb: \"x\n", "f.yaml:2:4: b: these quotes are never closed"},
    Case{"OpenSingleQuote", "b: 'it''s\n", "f.yaml:1:4: b: these quotes are never closed"},
    Case{"QuoteClosedByTheNext", "a: \"b\nc: 1\nd: \"e\"\n",
         "f.yaml:3:5: not valid YAML: this does not belong to the map above\n"
         "  mend: close the quotes that were opened at line 1"},
    Case{"OpenBracket", "a: [1, 2\nb: 3\n",
         "f.yaml:1:8: a[1]: unquoted text goes on over several lines\n"
         "  mend: close the bracket before the line ends, or quote the text"},
    Case{"OpenBracketAfterComma", "a: [1,\nb: 3\n",
         "f.yaml:3:1: not valid YAML: a '[' above is not closed\n  mend: close it with ']'; "
         "text with '[', ']' or ',' inside brackets needs quotes"},
    Case{"OpenBrace", "a: {b: ${X}}\n",
         "f.yaml:1:9: not valid YAML: a '{' above is not closed\n  mend: close it with '}'; "
         "text with '{', '}' or ',' inside braces needs quotes"},
    Case{"Reserved", "a: @x\n",
         "f.yaml:1:4: not valid YAML: a value cannot begin with this character\n"
         "  mend: put the text into quotes"},
    Case{"SecondDocument", "a: 1\n---\nb: 2\n",
         "f.yaml:2:1: a second document begins here\n"
         "  mend: keep one document in a file: remove the '---'"},
    Case{"AfterTheEnd", "- a\nb: 1\n",
         "f.yaml:2:1: not valid YAML: the document has ended before this\n"
         "  mend: align this line with those above"},
};

const std::vector<Case> kKeyAndAliasErrors = {
    Case{"DuplicateKey", "a:\n  - b: 1\n    b: 2\n",
         "f.yaml:3:5: a[0]: duplicate key 'b', first at line 2\n  mend: keep one of them"},
    Case{"DuplicateKeyInFlow", "{a: 1, 'a': 2}",
         "f.yaml:1:8: duplicate key 'a', first at line 1\n  mend: keep one of them"},
    Case{"UnknownAlias", "a: *x\n",
         "f.yaml:1:4: not valid YAML: this alias has no anchor\n"
         "  mend: define '&name' before '*name', or put the text into quotes"},
    Case{"AliasOfItself", "a: &x [1, *x]\n", "f.yaml:1:11: a[1]: this alias refers to itself"},
    Case{"AliasAsKey", "a: &x b\n*x : 1\n",
         "f.yaml:2:1: an alias cannot be a key\n  mend: write the key out"},
    Case{"AnchorOnKey", "&x a: 1\n",
         "f.yaml:1:1: a key cannot have an anchor\n  mend: remove the '&'"},
    Case{"ListAsKey", "? [a]\n: 1\n", "f.yaml:1:3: a key must be text, not a list or a map"},
    Case{"NoKey", "m:\n  : 1\n",
         "f.yaml:2:3: m: a key is missing before ':'\n  mend: write 'key: value'"},
    Case{"MergeKey", "a: &x {k: 1}\nb:\n  <<: *x\n",
         "f.yaml:3:3: b: merge keys ('<<') are not supported\n  mend: write the keys out"},
    Case{"Tag", "a: !!int '3'\n",
         "f.yaml:1:4: a: the tag '!!int' is not supported\n"
         "  mend: remove it; the type follows from the key"},
    Case{"TagOnMap", "a: !x {}\n",
         "f.yaml:1:4: a: the tag '!x' is not supported\n"
         "  mend: remove it; the type follows from the key"},
};

const std::vector<Case> kEncodingErrors = {
    Case{"Latin1Escape", "a: \"x\\_y\"\n",
         "f.yaml:1:4: a: an escape in these quotes is not supported\n"
         "  mend: write \\u00A0 or \\u0085"},
    Case{"InvalidUtf8", "a: ok\nbå: \xFFx\n",
         "f.yaml:2:5: byte 0xFF is not valid UTF-8\n  mend: save the file as UTF-8"},
    Case{"Latin1", "a: caf\xE9\n",
         "f.yaml:1:7: byte 0xE9 is not valid UTF-8\n  mend: save the file as UTF-8"},
    Case{"Utf16",
         std::string("\xFF\xFE"
                     "a\0:\0",
                     6),
         "f.yaml:1:1: this file is UTF-16 or binary, not UTF-8\n  mend: save it as UTF-8"},
    Case{"ControlCharacter", "a: b\x04\nc: 1\n",
         "f.yaml:1:5: control character U+0004\n"
         "  mend: remove it, or write it as an escape in double quotes"},
    Case{"C1ControlCharacter", "a: b\xC2\x9Bm\n",
         "f.yaml:1:5: control character U+009B\n"
         "  mend: remove it, or write it as an escape in double quotes"},
    Case{"Nul", std::string("abc: d\0", 7),
         "f.yaml:1:7: control character U+0000\n"
         "  mend: remove it, or write it as an escape in double quotes"},
};

std::string case_name(const testing::TestParamInfo<Case>& tested) { return tested.param.name; }

INSTANTIATE_TEST_SUITE_P(Layout, YamlErrors, testing::ValuesIn(kLayoutErrors), case_name);
INSTANTIATE_TEST_SUITE_P(KeysAndAliases, YamlErrors, testing::ValuesIn(kKeyAndAliasErrors),
                         case_name);
INSTANTIATE_TEST_SUITE_P(Encoding, YamlErrors, testing::ValuesIn(kEncodingErrors), case_name);

TEST(Yaml, LimitsNesting) {
  const auto nested = [](int levels) {
    return std::string(static_cast<size_t>(levels), '[') +
           std::string(static_cast<size_t>(levels), ']');
  };
  EXPECT_TRUE(parse_yaml(nested(64), "f.yaml").ok());
  EXPECT_EQ(parse_yaml(nested(65), "f.yaml").error().message, "nested deeper than 64 levels");
  EXPECT_EQ(parse_yaml(nested(100'000), "f.yaml").error().message, "nested deeper than 64 levels");
}

TEST(Yaml, LimitsNestingThroughAliases) {
  const std::string open(40, '[');
  const std::string close(40, ']');
  const std::string text = "a: &a " + open + close + "\nb: " + open + "*a" + close + "\n";
  EXPECT_EQ(error_of(text).substr(0, 12), "f.yaml:2:44:");
  EXPECT_EQ(parse_yaml(text, "f.yaml").error().message, "nested deeper than 64 levels");
}

TEST(Yaml, LimitsWhatAliasesExpandTo) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    text += fmt::format("a{0}: &a{0} [", i);
    for (int k = 0; k < 10; ++k) text += fmt::format("*a{},", i - 1);
    text += "]\n";
  }
  EXPECT_EQ(parse_yaml(text, "f.yaml").error().message,
            "more than 1,000,000 values once aliases are written out");
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
