#include "expr/outline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_results.h"
#include "expr/expr.h"

namespace coterie::expr {
namespace {

std::vector<std::string> names_of(const Outline& outline) {
  std::vector<std::string> names;
  for (const NameUse& use : outline.names) names.push_back(use.name);
  return names;
}

TEST(Outline, NamesInOrderOfFirstAppearance) {
  const auto outline =
      take(outline_expression("if(b > 0, `odd name` + a.b, coalesce(b, c)) + day(as_of)"));
  EXPECT_THAT(names_of(outline), testing::ElementsAre("b", "odd name", "a.b", "c", "as_of"));
  EXPECT_EQ(outline.names[1].place.column, 11);
}

// The same canonical text as that of the checked expression.
TEST(Outline, TextIsThatOfTheCheckedExpression) {
  const Schema schema({{"a", kIntType}, {"b", kIntType}, {"s", kTextType}});
  for (const char* text : {"a+b*2", "( a > 0 ) && NOT (b>=1)", "IF(a<1,min(a,b),POWER(a,2))",
                           "s like 'x%' || s is null", "case when a = 1 then 'x' end",
                           "a in (1,2) and b between 1 AND 3", "-(-a)"}) {
    EXPECT_EQ(take(outline_expression(text)).text, take(Expression::parse(text, schema)).to_text())
        << text;
  }
}

TEST(Outline, RefusesWhatIsNoExpression) {
  const auto error = [](std::string_view text) {
    const auto outline = outline_expression(text, {"f.yaml", 3, 10});
    return outline.ok() ? "none" : outline.error().to_text();
  };
  EXPECT_EQ(error("a +"), "f.yaml:3:13: expected a value, found the end");
  EXPECT_EQ(error("a + flor(b)"),
            "f.yaml:3:14: unknown function 'flor'\n  mend: did you mean 'floor'?");
  EXPECT_THAT(error(std::string(16385, 'a')), testing::HasSubstr("16385 bytes long"));
}

}  // namespace
}  // namespace coterie::expr
