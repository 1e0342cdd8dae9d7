#include "data/engine/chunk.h"

#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "data/engine/engine.h"

namespace coterie::data {
namespace {

// One row; keeps the chunk alive while its columns are looked at.
class OneRow {
 public:
  explicit OneRow(const std::string& select) : connection_(connect()), query_(run(select)) {
    chunk_ = *query_.next();
  }
  ColumnView column(int index) const { return chunk_->column(index); }
  int columns() const { return chunk_->columns(); }

 private:
  static Connection connect() {
    Engine engine = *Engine::open({});
    return *engine.connect();
  }
  Query run(const std::string& select) { return *connection_.query(select); }
  Connection connection_;
  Query query_;
  std::optional<Chunk> chunk_;
};

TEST(ColumnView, ReadsEveryIntegerWidth) {
  const OneRow row(
      "select (-128)::tinyint, (-32768)::smallint, (-2147483648)::integer, "
      "(-9223372036854775808)::bigint, (-5)::hugeint, 255::utinyint, 65535::usmallint, "
      "4294967295::uinteger, 9223372036854775807::ubigint, 6::uhugeint, true");
  const int64_t expected[] = {-128, -32768, -2147483648LL, std::numeric_limits<int64_t>::min(), -5,
                              255,  65535,  4294967295LL,  std::numeric_limits<int64_t>::max(), 6,
                              1};
  ASSERT_EQ(row.columns(), 11);
  for (int i = 0; i < row.columns(); ++i) {
    const ColumnView column = row.column(i);
    EXPECT_EQ(column.as_int(0), expected[i]) << "column " << i;
    EXPECT_TRUE(column.fits_int(0)) << "column " << i;
    EXPECT_DOUBLE_EQ(column.as_real(0), static_cast<double>(expected[i])) << "column " << i;
    EXPECT_EQ(column.type(), i == 10 ? ValueType::kBool : ValueType::kInt) << "column " << i;
  }
}

TEST(ColumnView, WideIntegersSaturateAndSaySo) {
  const OneRow row(
      "select 9223372036854775808::hugeint, -9223372036854775809::hugeint, "
      "18446744073709551615::ubigint, 340282366920938463463374607431768211455::uhugeint");
  EXPECT_EQ(row.column(0).as_int(0), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(row.column(1).as_int(0), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(row.column(2).as_int(0), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(row.column(3).as_int(0), std::numeric_limits<int64_t>::max());
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(row.column(i).fits_int(0)) << "column " << i;
  EXPECT_DOUBLE_EQ(row.column(0).as_real(0), 9223372036854775808.0);
  EXPECT_DOUBLE_EQ(row.column(2).as_real(0), 18446744073709551615.0);
}

TEST(ColumnView, ReadsDecimalsOfEveryWidth) {
  const OneRow row(
      "select -1.25::decimal(4,2), 12345.678::decimal(9,3), -1234567890.12::decimal(18,2), "
      "99999999999999.99::decimal(38,2), sum(x) from (values (0.10::decimal(18,2)), (0.20)) t(x)");
  const int64_t unscaled[] = {-125, 12345678, -123456789012, 9999999999999999, 30};
  const double scaled[] = {-1.25, 12345.678, -1234567890.12, 99999999999999.99, 0.3};
  const int scale[] = {2, 3, 2, 2, 2};
  for (int i = 0; i < 5; ++i) {
    const ColumnView column = row.column(i);
    EXPECT_EQ(column.type(), ValueType::kDecimal);
    EXPECT_EQ(column.as_int(0), unscaled[i]) << "column " << i;
    EXPECT_DOUBLE_EQ(column.as_real(0), scaled[i]) << "column " << i;
    EXPECT_EQ(column.decimal_scale(), scale[i]);
  }
  EXPECT_NE(row.column(2).int64_data(), nullptr);
  EXPECT_EQ(row.column(3).int64_data(), nullptr);
}

TEST(ColumnView, ReadsTimesInMicroseconds) {
  const OneRow row(
      "select t::timestamp, t::timestamp_s, t::timestamp_ms, t::timestamp_ns, t::timestamptz, "
      "t::date, '1969-12-31 23:59:59.999999999'::timestamp_ns "
      "from (select '1969-12-31 12:00:00'::timestamp t)");
  constexpr int64_t kNoonBefore = -43'200'000'000;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(row.column(i).as_micros(0), kNoonBefore) << "column " << i;
    EXPECT_EQ(row.column(i).type(), ValueType::kTimestamp);
  }
  EXPECT_EQ(row.column(5).as_days(0), -1);
  EXPECT_EQ(row.column(5).as_micros(0), -86'400'000'000);
  EXPECT_EQ(row.column(5).type(), ValueType::kDate);
  EXPECT_EQ(row.column(6).as_micros(0), -1);
}

TEST(ColumnView, ReadsTextShortLongAndBinary) {
  const OneRow row("select 'twelve bytes', 'more than twelve', '', '\\x00\\xFF'::blob, 'åö'");
  EXPECT_EQ(row.column(0).as_text(0), "twelve bytes");
  EXPECT_EQ(row.column(1).as_text(0), "more than twelve");
  EXPECT_EQ(row.column(2).as_text(0), "");
  EXPECT_EQ(row.column(3).as_text(0), std::string_view("\0\xFF", 2));
  EXPECT_EQ(row.column(4).as_text(0), "åö");
}

TEST(ColumnView, ReadsReals) {
  const OneRow row("select 1.5::float, -2.25::double");
  EXPECT_EQ(row.column(0).as_real(0), 1.5);
  EXPECT_EQ(row.column(1).as_real(0), -2.25);
  EXPECT_EQ(row.column(0).float_data()[0], 1.5F);
  EXPECT_EQ(row.column(1).double_data()[0], -2.25);
  EXPECT_EQ(row.column(0).double_data(), nullptr);
  EXPECT_FALSE(row.column(1).fits_int(0));
}

TEST(ColumnView, WhatHasNoReadingIsOther) {
  const OneRow row(
      "select [1], {'a': 1}, map {'a': 1}, time '12:00', uuid(), interval 1 day, "
      "'a'::enum('a', 'b')");
  for (int i = 0; i < row.columns(); ++i) {
    EXPECT_EQ(row.column(i).type(), ValueType::kOther) << "column " << i;
    EXPECT_EQ(row.column(i).int32_data(), nullptr) << "column " << i;
    EXPECT_EQ(row.column(i).as_text(0), "") << "column " << i;
  }
}

TEST(ColumnView, KnowsNulls) {
  Engine engine = *Engine::open({});
  Connection connection = *engine.connect();
  Query query = *connection.query(
      "select case when i % 3 = 0 then i end, null, i from range(200) t(i) order by i");
  const std::optional<Chunk> chunk = *query.next();
  ASSERT_EQ(chunk->rows(), 200);
  for (int64_t i = 0; i < chunk->rows(); ++i) {
    EXPECT_EQ(chunk->column(0).is_null(i), i % 3 != 0) << "row " << i;
    EXPECT_FALSE(chunk->column(2).is_null(i)) << "row " << i;
  }
  EXPECT_TRUE(chunk->column(1).is_null(5));
}

}  // namespace
}  // namespace coterie::data
