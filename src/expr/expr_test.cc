// What expressions mean, by example. Agreement with SQL is the cross-module test's subject.
#include "expr/expr.h"

#include <cmath>
#include <limits>
#include <thread>

#include <gtest/gtest.h>

#include "expr/test_support_internal.h"

namespace coterie::expr {
namespace {

TEST(Expr, TypesFollowFromOperands) {
  const auto type = [](const std::string& text) { return parse_ok(text).type().to_text(); };
  EXPECT_EQ(type("age + 1"), "int");
  EXPECT_EQ(type("age / 2"), "real");
  EXPECT_EQ(type("price + cost"), "decimal(2)");
  EXPECT_EQ(type("price * quantity"), "decimal(2)");
  EXPECT_EQ(type("price * 0.125"), "decimal(5)");
  EXPECT_EQ(type("price * 0.12345678"), "real");  // scale 10 is beyond exact products
  EXPECT_EQ(type("price * rate"), "real");
  EXPECT_EQ(type("price % 0.3"), "decimal(2)");
  EXPECT_EQ(type("1.5"), "decimal(1)");
  EXPECT_EQ(type("1.5e0"), "real");
  EXPECT_EQ(type("1.2345678901234567890"), "real");  // more than 18 digits
  EXPECT_EQ(type("round(price)"), "int");
  EXPECT_EQ(type("round(price, 1)"), "decimal(1)");
  EXPECT_EQ(type("round(rate)"), "real");
  EXPECT_EQ(type("coalesce(price, 0)"), "decimal(2)");
  EXPECT_EQ(type("if(active, age, null)"), "int");
  EXPECT_EQ(type("case when active then 1 when age > 3 then 2.50 end"), "decimal(2)");
  EXPECT_EQ(type("signup = date '2024-01-31'"), "bool");
  EXPECT_EQ(type("to_date(seen)"), "date");
}

TEST(Expr, ArithmeticIsExactWhereItCanBe) {
  EXPECT_EQ(evaluated("1 + 2 * 3 - -4"), "11");
  EXPECT_EQ(evaluated("(1 + 2) * 3"), "9");
  EXPECT_EQ(evaluated("10 - 4 - 3"), "3");
  EXPECT_EQ(evaluated("-5 % 3"), "-2");
  EXPECT_EQ(evaluated("7 / 2"), "3.5");
  EXPECT_EQ(evaluated("0.1 + 0.2 = 0.3"), "true");
  EXPECT_EQ(evaluated("0.1e0 + 0.2e0 = 0.3e0"), "false");
  EXPECT_EQ(evaluated("price * quantity",
                      {{"price", Value::of_int(1999)}, {"quantity", Value::of_int(3)}}),
            "59.97");
  EXPECT_EQ(evaluated("price * 1.25", {{"price", Value::of_int(1999)}}), "24.9875");
  EXPECT_EQ(evaluated("round(price * 1.25, 2)", {{"price", Value::of_int(1999)}}), "24.99");
  EXPECT_EQ(evaluated("price > 19.989", {{"price", Value::of_int(1999)}}), "true");
  EXPECT_EQ(evaluated("9007199254740993 = 9007199254740992"), "false");
  EXPECT_EQ(evaluated("9007199254740993.0 = 9007199254740992"), "false");
}

TEST(Expr, WhatCannotBeComputedIsNull) {
  EXPECT_EQ(evaluated("9223372036854775807 + 1"), "null");
  EXPECT_EQ(evaluated("-9223372036854775808 - 1"), "null");
  EXPECT_EQ(evaluated("-(-9223372036854775808)"), "null");
  EXPECT_EQ(evaluated("abs(-9223372036854775808)"), "null");
  EXPECT_EQ(evaluated("-9223372036854775808 % -1"), "null");
  EXPECT_EQ(evaluated("3037000500 * 3037000500"), "null");
  EXPECT_EQ(evaluated("1 / 0"), "null");
  EXPECT_EQ(evaluated("1 % 0"), "null");
  EXPECT_EQ(evaluated("1.5 % 0.0"), "null");
  EXPECT_EQ(evaluated("99999999999999999.9 + 0.1"), "null");
  EXPECT_EQ(evaluated("99999999999999999.9 * 10"), "null");
  EXPECT_EQ(evaluated("1e308 * 10"), "null");
  EXPECT_EQ(evaluated("1e308 * 10 > 5"), "true");  // infinite inside the expression
  EXPECT_EQ(evaluated("sqrt(-1)"), "null");
  EXPECT_EQ(evaluated("ln(0)"), "null");
  EXPECT_EQ(evaluated("log10(-3)"), "null");
  EXPECT_EQ(evaluated("pow(0, -1)"), "null");
  EXPECT_EQ(evaluated("pow(-8, 0.5)"), "null");
  EXPECT_EQ(evaluated("to_int(1e19)"), "null");
  EXPECT_EQ(evaluated("to_decimal(1e17, 2)"), "null");
  EXPECT_EQ(evaluated("coalesce(1 / 0, -1.0)"), "-1.0");
}

TEST(Expr, NullsAreThreeValued) {
  EXPECT_EQ(evaluated("active and false"), "false");
  EXPECT_EQ(evaluated("active and true"), "null");
  EXPECT_EQ(evaluated("active or true"), "true");
  EXPECT_EQ(evaluated("active or false"), "null");
  EXPECT_EQ(evaluated("not active"), "null");
  EXPECT_EQ(evaluated("age = age"), "null");
  EXPECT_EQ(evaluated("age is null"), "true");
  EXPECT_EQ(evaluated("age is not null"), "false");
  EXPECT_EQ(evaluated("1 in (1, null)"), "true");
  EXPECT_EQ(evaluated("2 in (1, null)"), "null");
  EXPECT_EQ(evaluated("2 not in (1, null)"), "null");
  EXPECT_EQ(evaluated("5 between 6 and age"), "false");
  EXPECT_EQ(evaluated("5 between 4 and age"), "null");
  EXPECT_EQ(evaluated("if(active, 'yes', 'no')"), "no");
  EXPECT_EQ(evaluated("coalesce(age, quantity, 7)"), "7");
  EXPECT_EQ(evaluated("nullif(5, 5)"), "null");
  EXPECT_EQ(evaluated("nullif(5, age)"), "5");
  EXPECT_EQ(evaluated("min(3, age, 2)"), "2");
  EXPECT_EQ(evaluated("greatest(age, quantity)"), "null");
  EXPECT_EQ(evaluated("concat('a', name, 'b')"), "ab");
  EXPECT_EQ(evaluated("name like '%'"), "null");
}

TEST(Expr, ConversionsSayWhatTheyTake) {
  EXPECT_EQ(evaluated("to_int(' -42 ')"), "-42");
  EXPECT_EQ(evaluated("to_int('+7')"), "7");
  EXPECT_EQ(evaluated("to_int('12.5')"), "null");
  EXPECT_EQ(evaluated("to_int('1_000')"), "null");
  EXPECT_EQ(evaluated("to_int('')"), "null");
  EXPECT_EQ(evaluated("to_int(2.5e0)"), "3");
  EXPECT_EQ(evaluated("to_int(-2.5)"), "-3");
  EXPECT_EQ(evaluated("to_real('1e3')"), "1000.0");
  EXPECT_EQ(evaluated("to_real('nan')"), "null");
  EXPECT_EQ(evaluated("to_real('1e999')"), "null");
  EXPECT_EQ(evaluated("to_real('1e-999')"), "0.0");
  EXPECT_EQ(evaluated("to_decimal(2.345, 2)"), "2.35");
  EXPECT_EQ(evaluated("to_decimal(-2.345, 2)"), "-2.35");
  EXPECT_EQ(evaluated("to_decimal(7, 3)"), "7.000");
  EXPECT_EQ(evaluated("to_date('2024-02-29')"), "2024-02-29");
  EXPECT_EQ(evaluated("to_date('2023-02-29')"), "null");
  EXPECT_EQ(evaluated("to_date(timestamp '2024-02-29 23:59:59.5')"), "2024-02-29");
  EXPECT_EQ(evaluated("to_text(timestamp '2024-02-29T23:59:59.50Z')"), "2024-02-29 23:59:59.5");
  EXPECT_EQ(evaluated("to_text(true)"), "true");
  EXPECT_EQ(evaluated("to_text(0.10)"), "0.10");
}

TEST(Expr, RoundingIsHalfAwayFromZero) {
  EXPECT_EQ(evaluated("round(2.5)"), "3");
  EXPECT_EQ(evaluated("round(-2.5)"), "-3");
  EXPECT_EQ(evaluated("round(2.45, 1)"), "2.5");
  EXPECT_EQ(evaluated("round(2.5e0)"), "3.0");
  EXPECT_EQ(evaluated("round(7, 3)"), "7");
  EXPECT_EQ(evaluated("floor(-0.01)"), "-1");
  EXPECT_EQ(evaluated("ceil(-0.01)"), "0");
  EXPECT_EQ(evaluated("floor(-0.5e0)"), "-1.0");
}

TEST(Expr, TextFunctionsCountCharacters) {
  EXPECT_EQ(evaluated("length('日本語')"), "3");
  EXPECT_EQ(evaluated("substr('日本語', 2, 1)"), "本");
  EXPECT_EQ(evaluated("substr('abc', 9)"), "");
  EXPECT_EQ(evaluated("substr('abc', age, 1)", {{"age", Value::of_int(0)}}), "null");
  EXPECT_EQ(evaluated("substr('abc', age)", {{"age", Value::of_int(2147483648)}}), "null");
  EXPECT_EQ(evaluated("right('日本語', 2)"), "本語");
  EXPECT_EQ(evaluated("right('ab', 9)"), "ab");
  EXPECT_EQ(evaluated("upper('größe')"), "GRÖẞE");
  EXPECT_EQ(evaluated("lower('ÅÄÖ')"), "åäö");
  EXPECT_EQ(evaluated("trim(name)", {{"name", Value::of_text("\t\u00a0 a b\r\n")}}), "a b");
  EXPECT_EQ(evaluated("replace('aaa', 'aa', 'b')"), "ba");
  EXPECT_EQ(evaluated("replace('abc', '', 'x')"), "abc");
  EXPECT_EQ(evaluated("contains('abc', 'bc') and starts_with('abc', '') and ends_with('abc', 'c')"),
            "true");
  EXPECT_EQ(evaluated("'å' like '_'"), "true");
  EXPECT_EQ(evaluated("'a%b' like 'a\\%b'"), "false");  // there is no escape character
  EXPECT_EQ(evaluated("name = 'it''s'", {{"name", Value::of_text("it's")}}), "true");
}

TEST(Expr, DatesHaveParts) {
  EXPECT_EQ(evaluated("year(date '2024-02-29')"), "2024");
  EXPECT_EQ(evaluated("month(timestamp '2024-02-29 01:00:00')"), "2");
  EXPECT_EQ(evaluated("day(date '2024-02-29')"), "29");
  EXPECT_EQ(evaluated("weekday(date '2024-02-29')"), "4");
  EXPECT_EQ(evaluated("hour(timestamp '1969-12-31 23:59:59')"), "23");
  EXPECT_EQ(evaluated("days_between(date '2024-02-28', timestamp '2024-03-01 00:00:00')"), "2");
  EXPECT_EQ(evaluated("signup < date '2024-01-01'", {{"signup", Value::of_int(0)}}), "true");
}

TEST(Expr, ColumnsAreListedOnceInOrderOfUse) {
  const Expression expression =
      parse_ok("article.stock > 0 and `Customer ID` <> '' and article.stock < age");
  EXPECT_EQ(expression.column_names(),
            (std::vector<std::string>{"article.stock", "Customer ID", "age"}));
}

TEST(Expr, ConditionsMustBeBool) {
  const auto parsed = Expression::parse_condition("price * 2", test_schema(), {"shop.yaml", 7, 12});
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().to_text(),
            "shop.yaml:7:12: a condition must be true or false (bool), this is decimal(2)\n"
            "  mend: write a comparison, such as x > 0");
  const auto condition = Expression::parse_condition("age > 18", test_schema());
  ASSERT_TRUE(condition.ok());
  Workspace workspace(*condition, 1);
  const std::vector<Value> old{Value::of_int(40)};
  const std::vector<Value> unknown{Value{}};
  EXPECT_TRUE(condition->is_met(old, workspace));
  EXPECT_FALSE(condition->is_met(unknown, workspace));
}

TEST(Expr, BatchesOfAnyLengthEqualRows) {
  const Expression expression = parse_ok("case when rate > 0 then sqrt(rate) * quantity end");
  std::vector<double> rates;
  std::vector<int64_t> quantities;
  std::vector<uint8_t> nulls;
  for (int i = 0; i < 1000; ++i) {
    rates.push_back(i % 7 == 0 ? -1.0 : i * 0.25);
    quantities.push_back(i % 11);
    nulls.push_back(i % 13 == 0 ? 1 : 0);
  }
  Workspace rows(expression, 1);
  for (const int64_t length : {0, 1, 255, 256, 257, 1000}) {
    Workspace workspace(expression);
    ColumnResult result;
    const std::vector<ColumnData> columns{{.reals = rates.data()},
                                          {.integers = quantities.data(), .nulls = nulls.data()}};
    expression.evaluate_batch(columns, length, workspace, result);
    ASSERT_EQ(result.nulls.size(), static_cast<size_t>(length));
    for (size_t i = 0; i < result.nulls.size(); ++i) {
      const std::vector<Value> row{Value::of_real(rates[i]),
                                   nulls[i] != 0 ? Value{} : Value::of_int(quantities[i])};
      const Value value = expression.evaluate(row, rows);
      ASSERT_EQ(result.nulls[i] != 0, value.null) << i;
      if (value.null) continue;
      ASSERT_EQ(result.reals[i], value.real) << i;
    }
  }
}

TEST(Expr, OneExpressionServesManyThreads) {
  const Expression expression = parse_ok("concat(name, '-', to_text(age * 2))");
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      Workspace workspace(expression, 1);
      for (int64_t i = 0; i < 2000; ++i) {
        const std::string name = "n" + std::to_string(t);
        const std::vector<Value> row{Value::of_text(name), Value::of_int(i)};
        const Value value = expression.evaluate(row, workspace);
        if (value.text != name + "-" + std::to_string(2 * i)) ++wrong[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST(Expr, SchemaKnowsSqlTypes) {
  EXPECT_EQ(column_from_sql("a", "INTEGER")->storage, Storage::kNarrow);
  EXPECT_EQ(column_from_sql("a", "DECIMAL(18,4)")->type, decimal_type(4));
  EXPECT_EQ(column_from_sql("a", "DECIMAL(9,2)")->storage, Storage::kNarrow);
  EXPECT_EQ(column_from_sql("a", "DECIMAL(38,2)")->storage, Storage::kWide);
  EXPECT_EQ(column_from_sql("a", "ENUM('x', 'y')")->type, kTextType);
  EXPECT_FALSE(column_from_sql("a", "DECIMAL(38,20)").has_value());
  EXPECT_FALSE(column_from_sql("a", "INTEGER[]").has_value());
  EXPECT_FALSE(column_from_sql("a", "BLOB").has_value());
}

}  // namespace
}  // namespace coterie::expr
