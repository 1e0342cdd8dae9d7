#include "data/postgres/binary_copy.h"

#include <cmath>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace coterie::data {
namespace {

std::string big_endian(uint64_t value, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    text += static_cast<char>(value >> shift & 0xFF);
  return text;
}

using Rows = std::vector<std::vector<std::optional<std::string>>>;

const std::string kHeader = std::string("PGCOPY\n\377\r\n\0", 11) + big_endian(0, 8);

std::string encode(const Rows& rows) {
  std::string bytes = kHeader;
  for (const auto& row : rows) {
    bytes += big_endian(row.size(), 2);
    for (const auto& field : row)
      bytes += field ? big_endian(field->size(), 4) + *field : big_endian(0xFFFFFFFF, 4);
  }
  return bytes + big_endian(0xFFFF, 2);
}

struct Collector {
  Rows rows;
  BinaryCopyParser parser;
  explicit Collector(int columns)
      : parser(columns, [this](const BinaryCopyParser::Fields& fields) -> Status {
          auto& row = rows.emplace_back();
          for (const auto& field : fields)
            row.push_back(field ? std::optional<std::string>(*field) : std::nullopt);
          return {};
        }) {}
};

TEST(BinaryCopy, CutsAStreamIntoRowsHoweverItArrives) {
  const unsigned seed = 20261121;
  std::mt19937 random(seed);
  SCOPED_TRACE(fmt::format("seed {}", seed));
  for (int trial = 0; trial < 200; ++trial) {
    const int columns = 1 + static_cast<int>(random() % 4);
    Rows rows(random() % 6);
    for (auto& row : rows) {
      for (int c = 0; c < columns; ++c)
        row.push_back(random() % 4 == 0 ? std::nullopt
                                        : std::optional(std::string(random() % 40, 'x')));
    }
    const std::string bytes = encode(rows);
    Collector collector(columns);
    for (size_t at = 0; at < bytes.size();) {
      const size_t length = 1 + random() % 30;
      ASSERT_TRUE(collector.parser.feed(std::string_view(bytes).substr(at, length)).ok());
      at += length;
    }
    EXPECT_TRUE(collector.parser.finish().ok());
    EXPECT_EQ(collector.rows, rows);
  }
}

std::string failure(int columns, const std::string& bytes) {
  Collector collector(columns);
  Status fed = collector.parser.feed(bytes);
  if (fed.ok()) fed = collector.parser.finish();
  return fed.ok() ? "no error" : fed.error().message;
}

TEST(BinaryCopy, SaysWhatIsWrongWithDamagedBytes) {
  EXPECT_EQ(failure(1, "a;b;c\n"), "not PostgreSQL's binary COPY format");
  EXPECT_EQ(failure(1, std::string("PGCOPY\n\377\r\n\0", 11) + big_endian(1U << 16, 4) +
                           big_endian(0, 4)),
            "binary COPY with flags that are not known here");
  EXPECT_EQ(failure(2, encode({{"a"}})), "binary COPY: row 1 has 1 fields instead of 2");
  const std::string whole = encode({{"abc"}});
  EXPECT_EQ(failure(1, whole.substr(0, whole.size() - 2)),
            "binary COPY ended after 1 rows without its trailer");
  EXPECT_EQ(failure(1, whole + "x"), "binary COPY: bytes behind the trailer");
  EXPECT_EQ(failure(1, kHeader + big_endian(1, 2) + big_endian(0x7FFFFFFF, 4)),
            "binary COPY: a field of impossible length");
}

TEST(BinaryCopy, StopsAtTheFirstErrorOfItsReader) {
  BinaryCopyParser parser(
      1, [](const BinaryCopyParser::Fields&) -> Status { return invalid_input("no more"); });
  const Status fed = parser.feed(encode({{"a"}, {"b"}}));
  ASSERT_FALSE(fed.ok());
  EXPECT_EQ(fed.error().message, "no more");
  EXPECT_EQ(parser.rows(), 1);
}

TEST(BinaryCopy, ReadsIntegersRealsAndTimes) {
  EXPECT_EQ(*binary_int(big_endian(static_cast<uint64_t>(-5), 2)), -5);
  EXPECT_EQ(*binary_int(big_endian(static_cast<uint64_t>(-70'000), 4)), -70'000);
  EXPECT_EQ(*binary_int(big_endian(static_cast<uint64_t>(INT64_MIN), 8)), INT64_MIN);
  EXPECT_EQ(binary_int("abc").error().message, "binary COPY: integer of 3 bytes");
  EXPECT_EQ(*binary_real(big_endian(0x3FC00000, 4)), 1.5);
  EXPECT_EQ(*binary_real(big_endian(0xC004000000000000, 8)), -2.5);
  EXPECT_EQ(*binary_days(big_endian(0, 4)), 10957);  // 2000-01-01
  EXPECT_EQ(*binary_days(big_endian(0x7FFFFFFF, 4)), INT32_MAX);
  EXPECT_EQ(*binary_days(big_endian(0x80000000, 4)), -INT32_MAX);
  EXPECT_EQ(*binary_micros(big_endian(1, 8)), 946'684'800'000'001);
  EXPECT_EQ(*binary_micros(big_endian(0x7FFFFFFFFFFFFFFF, 8)), INT64_MAX);
  EXPECT_TRUE(*binary_bool(std::string(1, '\1')));
  EXPECT_FALSE(binary_bool("").ok());
}

std::string numeric(const std::vector<int>& digits, int weight, int sign, int scale) {
  std::string bytes = big_endian(digits.size(), 2) + big_endian(static_cast<uint64_t>(weight), 2) +
                      big_endian(static_cast<uint64_t>(sign), 2) +
                      big_endian(static_cast<uint64_t>(scale), 2);
  for (const int digit : digits) bytes += big_endian(static_cast<uint64_t>(digit), 2);
  return bytes;
}

TEST(BinaryCopy, ReadsNumericsDigitForDigit) {
  EXPECT_EQ(*binary_numeric(numeric({1234, 5600}, 0, 0, 2)), "1234.56");
  EXPECT_EQ(*binary_numeric(numeric({1, 0, 7}, 2, 0x4000, 0)), "-100000007");
  EXPECT_EQ(*binary_numeric(numeric({1}, 2, 0, 1)), "100000000.0");
  EXPECT_EQ(*binary_numeric(numeric({1200}, -2, 0, 6)), "0.000012");
  EXPECT_EQ(*binary_numeric(numeric({}, 0, 0, 3)), "0.000");
  EXPECT_EQ(*binary_numeric(numeric({}, 0, 0xC000, 0)), "NaN");
  EXPECT_EQ(*binary_numeric(numeric({}, 0, 0xF000, 0)), "-Infinity");
  EXPECT_EQ(binary_numeric(numeric({10000}, 0, 0, 0)).error().message,
            "binary COPY: a damaged numeric");
  EXPECT_FALSE(binary_numeric("1234567").ok());
}

}  // namespace
}  // namespace coterie::data
