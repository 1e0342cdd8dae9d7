// SQL text as people read it; that it means the same is the cross-module test's subject.
#include "expr/sql.h"

#include <gtest/gtest.h>

#include "expr/test_support_internal.h"

namespace coterie::expr {
namespace {

TEST(ExprSqlText, ReadsLikeHandWrittenSql) {
  const std::vector<std::pair<std::string, std::string>> texts = {
      {"age >= 18 and name is not null", R"(("age" >= 18 AND "name" IS NOT NULL))"},
      {"price > 19.99", R"(("price" > 19.99))"},
      {"`Customer ID` in ('a', 'it''s')", R"(("Customer ID" IN ('a', 'it''s')))"},
      {"price - cost", R"(TRY("price" - "cost"))"},
      {"price * quantity", R"(TRY(CAST("price" * "quantity" AS DECIMAL(18,2))))"},
      {"price * 2", R"(TRY("price" * 2))"},
      {"price * 0.8", R"(TRY("price" * 0.8))"},
      {"age % 7", R"(("age" % 7))"},
      {"not (active or age < 3)", R"((NOT ("active" OR "age" < 3)))"},
      {"signup >= date '2024-01-31'", R"(("signup" >= DATE '2024-01-31'))"},
      {"name not like 'a%'", R"(("name" NOT LIKE 'a%'))"},
      {"coalesce(price, 0)", R"(coalesce("price", 0.00))"},
      {"if(active, 1, 2)", R"(CAST(CASE WHEN "active" THEN 1 ELSE 2 END AS BIGINT))"},
      {"price / quantity > 3",
       R"((CAST("price" AS DOUBLE) / nullif(CAST("quantity" AS DOUBLE), 0) > 3e0))"},
      {"- -5", "TRY(-CAST(-5 AS BIGINT))"},
      {"weekday(seen)", R"(isodow("seen"))"},
  };
  for (const auto& [written, sql] : texts) {
    EXPECT_EQ(parse_ok(written).to_sql(), sql) << written;
  }
}

TEST(ExprSqlText, NamesGoThroughTheCallersQuoting) {
  const auto quote = [](std::string_view name) {
    const size_t point = name.find('.');
    if (point == std::string_view::npos) return "c.\"" + std::string(name) + "\"";
    return "a.\"" + std::string(name.substr(point + 1)) + "\"";
  };
  EXPECT_EQ(parse_ok("article.stock > quantity").to_sql(quote), R"((a."stock" > c."quantity"))");
}

TEST(ExprSqlText, StoredTypesAreWidenedOnlyWhereTheyMust) {
  const Schema schema({*column_from_sql("n", "INTEGER"), *column_from_sql("m", "SMALLINT"),
                       *column_from_sql("u", "UBIGINT"), *column_from_sql("f", "FLOAT"),
                       *column_from_sql("z", "TIMESTAMP WITH TIME ZONE")});
  const auto sql = [&schema](const std::string& text) {
    const auto parsed = Expression::parse(text, schema);
    return parsed.ok() ? parsed->to_sql() : parsed.error().to_text();
  };
  EXPECT_EQ(sql("n > 5"), R"(("n" > 5))");
  EXPECT_EQ(sql("n + m"), R"(TRY(CAST("n" AS BIGINT) + "m"))");
  EXPECT_EQ(sql("n"), R"(CAST("n" AS BIGINT))");
  EXPECT_EQ(sql("u > 5"), R"((TRY(CAST("u" AS BIGINT)) > 5))");
  EXPECT_EQ(sql("f = 0.5"), R"(("f" = 5e-1))");
  EXPECT_EQ(sql("year(z)"), R"(year(make_timestamp(epoch_us("z"))))");
}

TEST(ExprSqlText, StaysSmallHoweverDeepDivisionsNest) {
  std::string nested = "rate";
  for (int i = 0; i < 40; ++i) nested = "nullif(1e0 / (" + nested + "), 0.5)";
  EXPECT_LT(parse_ok(nested).to_sql().size(), 20'000U);
}

}  // namespace
}  // namespace coterie::expr
