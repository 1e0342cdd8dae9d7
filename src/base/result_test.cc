#include "base/result.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace coterie {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return invalid_input("odd");
  return n / 2;
}

Result<int> quarter(int n) {
  ASSIGN_OR_RETURN(const int once, half(n));
  ASSIGN_OR_RETURN(const int twice, half(once));
  return twice;
}

TEST(Result, PassesValuesAndErrorsThrough) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).error().message, "odd");
}

TEST(Result, HoldsMoveOnlyValues) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 7);
}

TEST(Error, NamesPlaceAndMend) {
  const Error error = invalid_input("unknown key 'form'")
                          .at("coterie.yaml", 3, 5)
                          .for_key("sources.items")
                          .with_mend("did you mean 'from'?");
  EXPECT_EQ(error.to_text(),
            "coterie.yaml:3:5: sources.items: unknown key 'form'\n  mend: did you mean 'from'?");
}

TEST(Error, MapsCodesToStatuses) {
  EXPECT_EQ(exit_status(ErrorCode::kInvalidInput), 2);
  EXPECT_EQ(exit_status(ErrorCode::kIo), 1);
  EXPECT_EQ(http_status(ErrorCode::kNotFound), 404);
}

}  // namespace
}  // namespace coterie
