#include "base/yaml.h"

#include <gtest/gtest.h>

namespace coterie {
namespace {

std::string error_of(std::string_view text) {
  const auto node = parse_yaml(text, "f.yaml");
  return node.ok() ? "" : node.error().to_text();
}

TEST(Yaml, ReadsNestedValuesWithTheirPlaces) {
  const auto root = parse_yaml("a: 1\nb:\n  c: [x, 'y']\n", "f.yaml");
  ASSERT_TRUE(root.ok());
  const auto b = root->find("b");
  const auto c = b->find("c");
  EXPECT_EQ(*root->find("a")->as_int(), 1);
  EXPECT_EQ(*c->as_string_list(), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(c->items()[1].path(), "b.c[1]");
  EXPECT_EQ(c->items()[1].line(), 3);
  EXPECT_EQ(c->items()[1].column(), 10);
  EXPECT_TRUE(c->items()[1].is_quoted());
  EXPECT_EQ(root->to_text(), "{a: 1, b: {c: [x, y]}}");
}

TEST(Yaml, RefusesDuplicateKeysAtAnyDepth) {
  EXPECT_EQ(error_of("a:\n  - b: 1\n    b: 2\n"),
            "f.yaml:3:5: a[0]: duplicate key 'b', first at line 2\n  mend: keep one of them");
}

TEST(YamlMap, NamesTheNearestKey) {
  const auto root = parse_yaml("items: {form: x}\n", "f.yaml");
  YamlMap items(*root->find("items"));
  items.required_string("from");
  EXPECT_EQ(items.finish().error().to_text(),
            "f.yaml:1:9: items: unknown key 'form'\n  mend: did you mean 'from'?");
}

}  // namespace
}  // namespace coterie
