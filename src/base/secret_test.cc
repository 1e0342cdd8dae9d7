#include "base/secret.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace coterie {
namespace {

TEST(Secret, ResolvesVariablesAndHidesThem) {
  setenv("COTERIE_TEST_PASSWORD", "p@ss\"word", 1);
  EXPECT_EQ(*resolve_secrets("x ${COTERIE_TEST_PASSWORD} y", "."), "x p@ss\"word y");
  EXPECT_EQ(redact("said p@ss\"word aloud"), "said *** aloud");
  EXPECT_EQ(redact("json \"p@ss\\\"word\""), "json \"***\"");
  EXPECT_EQ(redact("url p%40ss%22word"), "url ***");
}

TEST(Secret, HidesUrlPasswordsThatNobodyRemembered) {
  EXPECT_EQ(redact("postgres://me:s3@cret@db/x"), "postgres://me:***@db/x");
}

}  // namespace
}  // namespace coterie
