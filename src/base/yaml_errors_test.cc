#include <fmt/core.h>
#include <gtest/gtest.h>

#include "base/yaml.h"

namespace coterie {
namespace {

std::string error_of(std::string_view text) {
  const auto node = parse_yaml(text, "f.yaml");
  return node.ok() ? "no error: " + node->to_text() : node.error().to_text();
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

}  // namespace
}  // namespace coterie
