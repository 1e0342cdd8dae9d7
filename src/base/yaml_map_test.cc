#include <algorithm>

#include <gtest/gtest.h>

#include "base/yaml.h"

namespace coterie {
namespace {

YamlNode parse(std::string_view text) {
  auto node = parse_yaml(text, "c.yaml");
  EXPECT_TRUE(node.ok()) << node.error().to_text();
  return node.ok() ? *std::move(node) : YamlNode();
}

std::string finish(YamlMap& map) {
  const Status status = map.finish();
  return status.ok() ? "" : status.error().to_text();
}

TEST(YamlMap, ReadsEveryTypeAndFallsBack) {
  YamlMap map(
      parse("name: acme\nthreads: 2\nshare: 0.5\nforce: yes\nfiles: [a, b]\nmode: fast\n"
            "rest: {x: 1}\n"));
  EXPECT_EQ(map.required_string("name"), "acme");
  EXPECT_EQ(map.integer("threads", 1, {.min = 1}), 2);
  EXPECT_EQ(map.real("share", 0.1), 0.5);
  EXPECT_TRUE(map.boolean("force", false));
  EXPECT_EQ(map.string_list("files"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(map.choice("mode", "slow", {"slow", "fast"}), "fast");
  EXPECT_TRUE(map.has("rest"));
  EXPECT_EQ(map.node("rest")->path(), "rest");
  EXPECT_EQ(map.string("absent", "default"), "default");
  EXPECT_EQ(map.integer("absent_too", 7), 7);
  EXPECT_EQ(map.choice("absent_as_well", "slow", {"slow", "fast"}), "slow");
  EXPECT_EQ(finish(map), "");
}

TEST(YamlMap, NamesTheNearestKey) {
  YamlMap items(*parse("items: {form: x}\n").find("items"));
  items.required_string("from");
  EXPECT_EQ(finish(items), "c.yaml:1:9: items: unknown key 'form'\n  mend: did you mean 'from'?");
}

TEST(YamlMap, ListsTheValidKeysWhenNoneIsNear) {
  YamlMap map(parse("colour: red\n"));
  map.string("from", "");
  map.string("key", "");
  EXPECT_EQ(finish(map), "c.yaml:1:1: unknown key 'colour'\n  mend: valid keys: from, key");
  YamlMap none(parse("colour: red\n"));
  EXPECT_EQ(finish(none), "c.yaml:1:1: unknown key 'colour'\n  mend: remove it");
}

TEST(YamlMap, ReportsTheFirstUnknownKeyInFileOrder) {
  YamlMap map(parse("a: 1\nzz: 2\nyy: 3\n"));
  map.integer("a", 0);
  EXPECT_EQ(finish(map), "c.yaml:2:1: unknown key 'zz'\n  mend: valid keys: a");
}

TEST(YamlMap, SaysWhichKeyIsMissing) {
  YamlMap map(*parse("m:\n  a: 1\n").find("m"));
  map.integer("a", 0);
  map.required_string("name");
  map.required_string("other");
  EXPECT_EQ(finish(map), "c.yaml:2:3: m: the key 'name' is missing");
}

TEST(YamlMap, ChecksTypesRangesAndChoices) {
  const auto error = [](std::string_view text, const auto& read) {
    YamlMap map(parse(text));
    read(map);
    return finish(map);
  };
  EXPECT_EQ(error("k: [1]", [](YamlMap& m) { m.string("k", ""); }),
            "c.yaml:1:4: k: expected text, found a list");
  EXPECT_EQ(error("k: many", [](YamlMap& m) { m.integer("k", 1); }),
            "c.yaml:1:4: k: expected a whole number, found 'many'");
  EXPECT_EQ(error("k:\n", [](YamlMap& m) { m.integer("k", 1); }),
            "c.yaml:1:1: k: expected a whole number, found nothing\n"
            "  mend: give it a value or remove the key");
  EXPECT_EQ(error("k: 0", [](YamlMap& m) { m.integer("k", 1, {.min = 1}); }),
            "c.yaml:1:4: k: must be at least 1, not 0");
  EXPECT_EQ(error("k: 9", [](YamlMap& m) { m.integer("k", 1, {.max = 8}); }),
            "c.yaml:1:4: k: must be at most 8, not 9");
  EXPECT_EQ(error("k: 1.5", [](YamlMap& m) { m.real("k", 0, {.min = 0, .max = 1}); }),
            "c.yaml:1:4: k: must be between 0 and 1, not 1.5");
  EXPECT_EQ(error("k: fsat", [](YamlMap& m) { m.choice("k", "", {"slow", "fast"}); }),
            "c.yaml:1:4: k: 'fsat' is not one of slow, fast\n  mend: did you mean 'fast'?");
  EXPECT_EQ(error("k: xyz", [](YamlMap& m) { m.choice("k", "", {"slow", "fast"}); }),
            "c.yaml:1:4: k: 'xyz' is not one of slow, fast");
}

TEST(YamlMap, FirstErrorSticksAndValuesFallBack) {
  YamlMap map(parse("a: x\nb: y\nc: z\n"));
  EXPECT_EQ(map.integer("a", 5), 5);
  EXPECT_EQ(map.real("b", 2.5), 2.5);
  map.fail(invalid_input("later"));
  EXPECT_EQ(finish(map), "c.yaml:1:4: a: expected a whole number, found 'x'");
}

TEST(YamlMap, RefusesWhatIsNotAMap) {
  YamlMap list(*parse("m: [1]").find("m"));
  EXPECT_EQ(finish(list),
            "c.yaml:1:4: m: expected a map, found a list\n  mend: write 'key: value' lines");
  YamlMap no_space(parse("threads:2"));
  EXPECT_EQ(finish(no_space),
            "c.yaml:1:1: expected a map, found 'threads:2'\n  mend: write a space after the ':'");
  YamlMap empty_section(*parse("m:\n").find("m"));
  EXPECT_EQ(empty_section.integer("k", 3), 3);
  EXPECT_EQ(finish(empty_section), "");
}

}  // namespace
}  // namespace coterie
