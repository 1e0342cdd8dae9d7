#include "cli/cells.h"

#include <gtest/gtest.h>

namespace coterie::cli {
namespace {

// Values that the three forms write differently, in one row.
class CellsTest : public testing::Test {
 protected:
  void read(const std::string& select) {
    auto engine = data::Engine::open({});
    ASSERT_TRUE(engine.ok()) << engine.error().to_text();
    auto connection = engine->connect();
    ASSERT_TRUE(connection.ok());
    const Status done = connection->for_each_chunk(select, [&](const data::Chunk& chunk) -> Status {
      for (int c = 0; c < chunk.columns(); ++c) {
        texts_.push_back(cell_text(chunk.column(c), 0));
        csv_.push_back(cell_csv(chunk.column(c), 0));
        json_.push_back(cell_json(chunk.column(c), 0));
      }
      return {};
    });
    ASSERT_TRUE(done.ok()) << done.error().to_text();
  }
  std::vector<std::string> texts_, csv_;
  Json json_ = Json::array();
};

TEST_F(CellsTest, EveryTypeInEveryForm) {
  read(
      "SELECT 7, -1.5::DOUBLE, 12.30::DECIMAL(9,2), true, 'a,\"b', '', NULL, DATE '2026-11-21', "
      "TIMESTAMP '2026-11-21 09:02:27', TIMESTAMP '2026-11-21 09:02:27.25', "
      "1234567.891::DOUBLE, 'inf'::DOUBLE, 9223372036854775807::HUGEINT * 2");
  EXPECT_EQ(texts_,
            (std::vector<std::string>{"7", "-1.5", "12.30", "true", "a,\"b", "", "", "2026-11-21",
                                      "2026-11-21 09:02:27", "2026-11-21T09:02:27.250000Z",
                                      "1.23457e+06", "inf", "18446744073709551616"}));
  EXPECT_EQ(csv_, (std::vector<std::string>{"7", "-1.5", "12.30", "true", "\"a,\"\"b\"", "\"\"", "",
                                            "2026-11-21", "2026-11-21T09:02:27.000000Z",
                                            "2026-11-21T09:02:27.250000Z", "1234567.891", "inf",
                                            "18446744073709551616"}));
  EXPECT_EQ(json_.dump(),
            "[7,-1.5,12.3,true,\"a,\\\"b\",\"\",null,\"2026-11-21\","
            "\"2026-11-21T09:02:27.000000Z\",\"2026-11-21T09:02:27.250000Z\",1234567.891,\"inf\","
            "1.8446744073709552e+19]");
}

TEST(DecimalText, KeepsEveryDigit) {
  EXPECT_EQ(decimal_text(1234, 2), "12.34");
  EXPECT_EQ(decimal_text(-5, 2), "-0.05");
  EXPECT_EQ(decimal_text(0, 3), "0.000");
  EXPECT_EQ(decimal_text(7, 0), "7");
  EXPECT_EQ(decimal_text(INT64_MIN, 2), "-92233720368547758.08");
}

}  // namespace
}  // namespace coterie::cli
