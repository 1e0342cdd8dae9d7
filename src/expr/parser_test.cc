// Errors as the user reads them, the bounds, and canonical text.
#include "expr/parser.h"

#include <gtest/gtest.h>

#include "expr/test_support_internal.h"

namespace coterie::expr {
namespace {

struct Fault {
  std::string text;
  std::string error;
};

const std::vector<Fault> kFaultsAndTexts = {
    {"pirce > 5", "expression:1:1: unknown column 'pirce'\n  mend: did you mean 'price'?"},
    {"age > 5 and\n  lenght(name) > 3",
     "expression:2:3: unknown function 'lenght'\n  mend: did you mean 'length'?"},
    {"log(rate)",
     "expression:1:1: unknown function 'log'\n  mend: write ln(x) for the natural logarithm or "
     "log10(x) for the decimal one"},
    {"age + name",
     "expression:1:7: '+' needs numbers, not text\n  mend: join texts with concat(a, b), convert "
     "numbers with to_int(...) or to_real(...)"},
    {"seen - seen",
     "expression:1:1: '-' needs numbers, not timestamp\n  mend: write days_between(a, b)"},
    {"signup > '2024-01-31'",
     "expression:1:10: cannot compare date with text\n  mend: write date '2024-01-31', or "
     "convert it with to_date(...)"},
    {"signup = seen",
     "expression:1:10: cannot compare date with timestamp\n  mend: convert the timestamp with "
     "to_date(...), the day in UTC"},
    {"age = '5'",
     "expression:1:7: cannot compare int with text\n  mend: convert the text with to_int(...) or "
     "to_real(...), or the number with to_text(...)"},
    {"name = 5",
     "expression:1:8: cannot compare text with int\n  mend: convert the text with to_int(...) or "
     "to_real(...), or the number with to_text(...)"},
    {"age = null",
     "expression:1:7: a comparison with null is never true\n  mend: write x is null or x is not "
     "null"},
    {"0 < age < 9",
     "expression:1:9: comparisons cannot be chained\n  mend: write a < b and b < c, or put one "
     "comparison in parentheses"},
    {"age and active",
     "expression:1:1: 'and' needs conditions (bool), not int\n  mend: write x <> 0"},
    {"if(active, 1, 'x')",
     "expression:1:15: the values of a case mix int and text\n  mend: convert the text "
     "with to_int(...) or to_real(...), or the number with to_text(...)"},
    {"if(active, 1)",
     "expression:1:1: if takes 3 arguments, not 2\n  mend: write if(condition, value, other "
     "value)"},
    {"round(rate, age)",
     "expression:1:13: argument 2 of round must be an int literal from 0 to 15"},
    {"substr(name)",
     "expression:1:1: substr takes 2 to 3 arguments, not 1\n  mend: write substr(s, start [, "
     "length])"},
    {"substr(name, -3)",
     "expression:1:14: characters are counted from 1\n  mend: write right(s, n) for the last n "
     "characters"},
    {"lower(age)",
     "expression:1:7: lower must be text, not int\n  mend: convert it with "
     "to_text(...)"},
    {"name = \"x\"",
     "expression:1:8: unexpected \"\n  mend: write text in single quotes and odd column names in "
     "backquotes"},
    {"name = ‘x’",
     "expression:1:8: unexpected '‘'\n  mend: write text in plain single quotes: 'text'"},
    {"name = 'x",
     "expression:1:8: text without its closing '\n  mend: close it; a ' inside "
     "text is written ''"},
    {"(age > 3", "expression:1:9: expected ')', found the end"},
    {"age >", "expression:1:6: expected a value, found the end"},
    {"age 3", "expression:1:5: expected an operator or the end, found '3'"},
    {"date '2024-13-01' = signup",
     "expression:1:6: not a date: '2024-13-01'\n  mend: write date '2024-01-31'"},
    {"12abc",
     "expression:1:3: a number runs into 'a'\n  mend: a column name that starts with a "
     "digit is written in backquotes"},
    {"99999999999999999999",
     "expression:1:1: the number 99999999999999999999 does not fit 64 bits\n  mend: write it as "
     "a real: 99999999999999999999e0"},
    {"case active when true then 1 end",
     "expression:1:6: expected 'when' after 'case'\n  mend: write case when x = 1 then ... else "
     "... end"},
    {"null",
     "expression:1:1: nothing here says which type this null has\n  mend: write an "
     "expression with a type"},
    {"", "expression:1:1: the expression is empty\n  mend: write a column name or a comparison"},
    {"end > 3",
     "expression:1:1: expected a value, found 'end'\n  mend: a column of that name is "
     "written `end`"},
    {"'größe' = größe",
     "expression:1:11: unknown column 'größe'\n  mend: the columns are active, age, quantity, "
     "price, cost, rate, name, article.stock, Customer ID, signup, seen"},
};

TEST(ExprErrors, NameThePlaceAndTheMend) {
  for (const Fault& fault : kFaultsAndTexts)
    EXPECT_EQ(parse_error(fault.text), fault.error) << fault.text;
}

TEST(ExprErrors, PointIntoTheFileTheExpressionStandsIn) {
  const auto parsed =
      Expression::parse("age >\n  agge", test_schema(), {"shop/coterie.yaml", 14, 20});
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().to_text(),
            "shop/coterie.yaml:15:3: unknown column 'agge'\n  mend: did you mean 'age'?");
  const auto first = Expression::parse("agge > 1", test_schema(), {"shop/coterie.yaml", 14, 20});
  EXPECT_EQ(first.error().line, 14);
  EXPECT_EQ(first.error().column, 20);
}

TEST(ExprErrors, RefuseBytesThatAreNoText) {
  EXPECT_EQ(parse_error("name = '\xC3('"),
            "expression:1:9: not valid UTF-8\n  mend: save the file as UTF-8");
  EXPECT_EQ(parse_error(std::string("age\0> 1", 7)),
            "expression:1:4: unexpected NUL byte\n  mend: remove it");
}

TEST(ExprBounds, LengthAndDepth) {
  const std::string longest = "age = " + std::string(kMaxLength - 7, ' ') + "1";
  EXPECT_EQ(parse_ok(longest).to_text(), "age = 1");
  EXPECT_EQ(parse_error(longest + " "),
            "expression:1:1: the expression is 16385 bytes long, at most 16384 are read\n  mend: "
            "split it into several derived columns");
  std::string sum = "age";
  for (int i = 1; i < kMaxDepth; ++i) sum += " + 1";
  EXPECT_EQ(parse_ok(sum).type(), kIntType);
  const std::string deep =
      "the expression is more than 100 levels deep\n  mend: split it into several derived columns";
  EXPECT_TRUE(parse_error(sum + " + 1").ends_with(deep));
  EXPECT_TRUE(parse_error(std::string(5000, '(')).ends_with(deep));
  EXPECT_TRUE(parse_error(std::string(5000, '-') + "1").ends_with(deep));
  std::string negations;
  for (int i = 0; i < 3000; ++i) negations += "not ";
  EXPECT_TRUE(parse_error(negations + "active").ends_with(deep));
  std::string conditions = "age = 0";
  for (int i = 1; i < 1000; ++i) conditions += " or age = " + std::to_string(i);
  EXPECT_EQ(parse_ok(conditions).type(), kBoolType);  // a chain of or is one level
}

TEST(ExprText, IsCanonical) {
  const std::vector<std::pair<std::string, std::string>> texts = {
      {"age>=18&&!active", "age >= 18 and not active"},
      {"((age))+(1*2)", "age + 1 * 2"},
      {"(age+1)*2", "(age + 1) * 2"},
      {"age-(1-2)", "age - (1 - 2)"},
      {"age - 1 - 2", "age - 1 - 2"},
      {"NOT (age = 1 OR active)", "not (age = 1 or active)"},
      {"(active or age = 1) and active", "(active or age = 1) and active"},
      {"Max(age,1)", "greatest(age, 1)"},
      {"IF(active,1,2)", "case when active then 1 else 2 end"},
      {"case when active then 1 else null end", "case when active then 1 end"},
      {"`age` != 3", "age <> 3"},
      {"`Customer ID` is NOT null", "`Customer ID` is not null"},
      {"article . stock in (1,2)", "article.stock in (1, 2)"},
      {"name Not Like 'a''b%'", "name not like 'a''b%'"},
      {"age not between 1 and 2+3", "age not between 1 and 2 + 3"},
      {"1.50 + .5", "1.50 + 0.5"},
      {"1E3", "1e3"},
      {"0.00015e0", "1.5e-4"},
      {"- age", "-age"},
      {"- -age", "--age"},
      {"- -0", "-(0)"},
      {"-(5)", "-(5)"},
      {"- 5", "-5"},
      {"-(age + 1)", "-(age + 1)"},
      {"TIMESTAMP '2024-01-31T09:05:00Z' = seen", "timestamp '2024-01-31 09:05:00' = seen"},
      {"(age = 1) = (age = 2)", "(age = 1) = (age = 2)"},
      {"(age is null) = true", "(age is null) = true"},
  };
  for (const auto& [written, canonical] : texts) {
    const Expression once = parse_ok(written);
    EXPECT_EQ(once.to_text(), canonical);
    EXPECT_EQ(parse_ok(once.to_text()).to_text(), canonical);
  }
}

}  // namespace
}  // namespace coterie::expr
