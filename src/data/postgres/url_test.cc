#include "data/postgres/url.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/secret.h"

namespace coterie::data {
namespace {

using testing::HasSubstr;

std::string written(const std::string& text) {
  const auto url = read_postgres_url(text);
  return url ? url->written : url.error().to_text();
}

TEST(PostgresUrl, LeavesThePasswordOut) {
  const auto url = read_postgres_url(
      "postgres://ann:pass%2Fword-17@db.example:5433/shop?schema=sales&sslmode=require");
  ASSERT_TRUE(url.ok()) << url.error().to_text();
  EXPECT_EQ(url->connect, "postgres://ann:pass%2Fword-17@db.example:5433/shop?sslmode=require");
  EXPECT_EQ(url->written,
            "postgres://ann:${COTERIE_PG_PASSWORD}@db.example:5433/shop?sslmode=require");
  EXPECT_EQ(url->schema, "sales");
  EXPECT_TRUE(url->password_left_out);
  EXPECT_EQ(redact("it was pass%2Fword-17"), "it was ***");
}

TEST(PostgresUrl, WithoutAPasswordStaysAsItIs) {
  for (const char* text : {"postgres://db.example/shop", "postgresql://ann@db.example/shop",
                           "postgres:///shop?host=/run/postgresql"}) {
    const auto url = read_postgres_url(text);
    ASSERT_TRUE(url.ok());
    EXPECT_EQ(url->written, text);
    EXPECT_EQ(url->connect, text);
    EXPECT_FALSE(url->password_left_out);
  }
  EXPECT_EQ(written("postgres://db/shop?schema=a"), "postgres://db/shop");
}

TEST(PostgresUrl, FindsEveryPlaceOfAPassword) {
  EXPECT_EQ(written("postgres://db/shop?user=ann&password=word-18"),
            "postgres://db/shop?user=ann&password=${COTERIE_PG_PASSWORD}");
  EXPECT_EQ(written("postgres://ann:with@sign-19@db/shop"),
            "postgres://ann:${COTERIE_PG_PASSWORD}@db/shop");
}

TEST(PostgresUrl, AReferenceStaysOne) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs
  ASSERT_EQ(setenv("URL_TEST_WORD", "word-20", 1), 0);
  const auto url = read_postgres_url("postgres://ann:${URL_TEST_WORD}@db/shop");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->connect, "postgres://ann:word-20@db/shop");
  EXPECT_EQ(url->written, "postgres://ann:${URL_TEST_WORD}@db/shop");
  EXPECT_FALSE(url->password_left_out);
  EXPECT_THAT(written("postgres://ann:${URL_TEST_UNSET}@db/shop"),
              HasSubstr("the environment variable URL_TEST_UNSET is not set"));
}

TEST(PostgresUrl, RefusesWhatItIsNot) {
  EXPECT_THAT(written("mysql://ann@db/shop"), HasSubstr("not a PostgreSQL URL"));
  EXPECT_THAT(written("postgres://db/shop?schema"), HasSubstr("write ?schema=NAME"));
}

}  // namespace
}  // namespace coterie::data
