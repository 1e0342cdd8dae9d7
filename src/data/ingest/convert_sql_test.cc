#include "data/ingest/convert_sql.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/engine/engine.h"
#include "data/ingest/time_sql.h"

namespace coterie::data {
namespace {

using testing::ElementsAre;

class ConvertTest : public testing::Test {
 protected:
  ConvertTest() : engine_(*Engine::open({})), connection_(*engine_.connect()) {}

  ConversionRules rules(const std::string& zone = "UTC") {
    return {.money = {}, .zone = *TimeZone::load(zone), .time_format = {}};
  }

  // Converts SQL values of one type and shows the results as text: "bad" where one is refused.
  std::vector<std::string> convert(ColumnKind kind, const std::string& sql_type,
                                   const std::vector<std::string>& values,
                                   const ConversionRules& with, bool day = false) {
    std::string mend;
    const auto made = make_conversion(kind, sql_type, with, mend);
    if (!made) return {"refused: " + mend};
    std::string rows;
    for (const std::string& value : values) {
      rows += fmt::format("{}({}, CAST({} AS {}))", rows.empty() ? "" : ", ",
                          std::count(rows.begin(), rows.end(), '('), value, sql_type);
    }
    const auto layer = [](const std::string& sql, const char* otherwise) {
      return sql.empty() ? otherwise : bind_layer(sql, "r", "p", "m");
    };
    const std::string select = fmt::format(
        "SELECT CASE WHEN r IS NOT NULL AND v IS NULL THEN 'bad' ELSE ({})::VARCHAR END FROM "
        "(SELECT *, {} AS v FROM (SELECT *, {} AS m FROM (SELECT *, {} AS p FROM (VALUES {}) "
        "t(i, r)))) ORDER BY i",
        day ? bind_layer(made->day, "r", "p", "m") : "v", layer(made->value, ""),
        layer(made->middle, "p"), layer(made->prepared, "r"), rows);
    std::vector<std::string> shown;
    const Status done = connection_.for_each_chunk(select, [&](const Chunk& chunk) -> Status {
      for (int64_t row = 0; row < chunk.rows(); ++row) {
        const ColumnView column = chunk.column(0);
        shown.emplace_back(column.is_null(row) ? "null" : column.as_text(row));
      }
      return {};
    });
    if (!done) shown.push_back(done.error().to_text());
    return shown;
  }

  Engine engine_;
  Connection connection_;
};

TEST_F(ConvertTest, MoneyOfTextIsExactAndRoundsHalfToEven) {
  EXPECT_THAT(
      convert(ColumnKind::kMoney, "VARCHAR",
              {"'2.55'", "' 3 '", "'2.665'", "'2.675'", "'-2.665'", "'2.6650000001'", "'1e-05'",
               "'1.5e2'", "NULL"},
              rules()),
      ElementsAre("2.55", "3.00", "2.66", "2.68", "-2.66", "2.67", "0.00", "150.00", "null"));
  ConversionRules up = rules();
  up.money.rounding = MoneyRounding::kHalfUp;
  EXPECT_THAT(convert(ColumnKind::kMoney, "VARCHAR", {"'2.665'", "'-2.665'"}, up),
              ElementsAre("2.67", "-2.67"));
  EXPECT_THAT(convert(ColumnKind::kMoney, "VARCHAR",
                      {"'abc'", "'nan'", "'inf'", "'1,5'", "'£3'", "'1e99'", "'0x10'", "'1_0'",
                       "'99999999999999999'", "'.'"},
                      rules()),
              testing::Each("bad"));
  ConversionRules comma = rules();
  comma.decimal_comma = true;
  EXPECT_THAT(convert(ColumnKind::kMoney, "VARCHAR", {"'1,5'", "'1.234,5'"}, comma),
              ElementsAre("1.50", "bad"));
  ConversionRules yen = rules();
  yen.money.decimals = 0;
  EXPECT_THAT(convert(ColumnKind::kMoney, "VARCHAR", {"'0.5'", "'1.5'", "'2.4'"}, yen),
              ElementsAre("0", "2", "2"));
}

TEST_F(ConvertTest, MoneyOfFloatingPointIsWhatTheNumberShows) {
  EXPECT_THAT(convert(ColumnKind::kMoney, "DOUBLE",
                      {"2.665", "2.675", "0.05084745762711864", "1.005", "-1.005", "1e11", "19.99"},
                      rules()),
              ElementsAre("2.66", "2.68", "0.05", "1.00", "-1.00", "100000000000.00", "19.99"));
  EXPECT_THAT(convert(ColumnKind::kMoney, "FLOAT", {"2.665", "19.99", "1234.565"}, rules()),
              ElementsAre("2.66", "19.99", "1234.56"));
  EXPECT_THAT(convert(ColumnKind::kMoney, "DOUBLE", {"'nan'", "'inf'", "'-inf'", "1e15"}, rules()),
              testing::Each("bad"));
  EXPECT_THAT(convert(ColumnKind::kMoney, "DECIMAL(9,3)", {"2.665", "2.675"}, rules()),
              ElementsAre("2.66", "2.68"));
  EXPECT_THAT(convert(ColumnKind::kMoney, "INTEGER", {"7"}, rules()), ElementsAre("7.00"));
}

// Decimal arithmetic on the digits, one by one.
std::string round_half_even(int64_t thousandths) {
  const int64_t sign = thousandths < 0 ? -1 : 1;
  const int64_t whole = std::abs(thousandths) / 10;
  const int64_t rest = std::abs(thousandths) % 10;
  const int64_t cents = whole + (rest > 5 || (rest == 5 && whole % 2 == 1) ? 1 : 0);
  return fmt::format("{}{}.{:02}", sign < 0 && cents > 0 ? "-" : "", cents / 100, cents % 100);
}

TEST_F(ConvertTest, MoneyEqualsDigitArithmeticOnRandomNumbers) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::vector<std::string> texts, numbers, expected;
  for (int i = 0; i < 3000; ++i) {
    const auto thousandths = static_cast<int64_t>(random() % 200'000'000) - 100'000'000;
    const std::string number =
        fmt::format("{}{}.{:03}", thousandths < 0 ? "-" : "", std::abs(thousandths) / 1000,
                    std::abs(thousandths) % 1000);
    numbers.push_back(number + "e0");
    texts.push_back("'" + number + "'");
    expected.push_back(round_half_even(thousandths));
  }
  EXPECT_EQ(convert(ColumnKind::kMoney, "VARCHAR", texts, rules()), expected);
  EXPECT_EQ(convert(ColumnKind::kMoney, "DOUBLE", numbers, rules()), expected);
}

TEST_F(ConvertTest, WholeNumbersAreNotRoundedIntoBeing) {
  EXPECT_THAT(convert(ColumnKind::kInteger, "VARCHAR",
                      {"'12'", "' -3 '", "'49.0'", "'1.5'", "'0x10'", "'1e3'", "''", "'1_000'",
                       "'9223372036854775808'", "'9223372036854775807'"},
                      rules()),
              ElementsAre("12", "-3", "49", "bad", "bad", "bad", "bad", "bad", "bad",
                          "9223372036854775807"));
  EXPECT_THAT(convert(ColumnKind::kInteger, "DOUBLE", {"3.0", "3.5", "'nan'", "1e300"}, rules()),
              ElementsAre("3", "bad", "bad", "bad"));
  EXPECT_THAT(convert(ColumnKind::kInteger, "DATE", {"'2020-01-01'"}, rules()),
              ElementsAre("refused: map a column of whole numbers"));
}

TEST_F(ConvertTest, RealsMustBeFinite) {
  EXPECT_THAT(
      convert(ColumnKind::kReal, "VARCHAR",
              {"'1.5'", "'.5'", "'1e-3'", "'nan'", "'infinity'", "'1e999'", "'x'"}, rules()),
      ElementsAre("1.5", "0.5", "0.001", "bad", "bad", "bad", "bad"));
  EXPECT_THAT(convert(ColumnKind::kReal, "DOUBLE", {"'nan'", "'-inf'", "2"}, rules()),
              ElementsAre("bad", "bad", "2.0"));
}

TEST_F(ConvertTest, IdsKeepTheirWrittenFormOrFollowTheRule) {
  EXPECT_THAT(convert(ColumnKind::kId, "VARCHAR", {"'0108775015'", "'17850.0'", "' a '"}, rules()),
              ElementsAre("0108775015", "17850.0", " a "));
  ConversionRules integers = rules();
  integers.integer_text = true;
  EXPECT_THAT(convert(ColumnKind::kId, "VARCHAR",
                      {"'17850.0'", "'17850.5'", "'85123A'", "'7.'", "'.0'"}, integers),
              ElementsAre("17850", "17850.5", "85123A", "7", ".0"));
  EXPECT_THAT(convert(ColumnKind::kId, "DOUBLE", {"17850", "'nan'"}, integers),
              ElementsAre("17850", "bad"));
  EXPECT_THAT(convert(ColumnKind::kId, "DOUBLE", {"17850"}, rules()), ElementsAre("17850.0"));
  EXPECT_THAT(convert(ColumnKind::kId, "INTEGER[]", {"[1]"}, rules()),
              ElementsAre("refused: map a column of texts or numbers, or an expression"));
}

TEST_F(ConvertTest, DatesEndTheirDayAndWallTimesAreOfTheProject) {
  const ConversionRules stockholm = rules("Europe/Stockholm");
  const std::vector<std::string> written = {"'2024-07-01'",
                                            "'2024-07-01 10:00:00'",
                                            "'2024-07-01T10:00:00Z'",
                                            "'2024-12-31T23:30:00+01'",
                                            "'2024-07-01T23:30:00 Z'",
                                            "'2024-7-1'",
                                            "'2024-10-27 02:30:00'",
                                            "'2024-03-31 02:30:00.5'",
                                            "'2024-02-30'",
                                            "'1899-12-31'",
                                            "'2024-07-01 10:00:00 Mars'",
                                            "'infinity'"};
  EXPECT_THAT(
      convert(ColumnKind::kTime, "VARCHAR", written, stockholm),
      ElementsAre("2024-07-01 21:59:59.999999", "2024-07-01 08:00:00", "2024-07-01 10:00:00",
                  "2024-12-31 22:30:00", "2024-07-01 23:30:00", "2024-07-01 21:59:59.999999",
                  "2024-10-27 00:30:00", "2024-03-31 01:30:00.5", "bad", "bad", "bad", "bad"));
  EXPECT_THAT(
      convert(ColumnKind::kTime, "VARCHAR",
              {"'2024-07-01'", "'2024-07-01 23:59:59'", "'2024-07-01T22:00:00Z'"}, stockholm, true),
      ElementsAre("2024-07-01", "2024-07-01", "2024-07-02"));
  EXPECT_THAT(convert(ColumnKind::kTime, "DATE", {"'2024-12-31'"}, stockholm),
              ElementsAre("2024-12-31 22:59:59.999999"));
  EXPECT_THAT(
      convert(ColumnKind::kTime, "TIMESTAMP WITH TIME ZONE", {"'2024-12-31 12:00:00Z'"}, stockholm),
      ElementsAre("2024-12-31 12:00:00"));
  EXPECT_THAT(convert(ColumnKind::kTime, "TIMESTAMP_NS", {"'2024-12-31 12:00:00'"}, stockholm),
              ElementsAre("2024-12-31 11:00:00"));
  EXPECT_THAT(convert(ColumnKind::kTime, "BIGINT", {"881250949"}, stockholm),
              ElementsAre("refused: if these are seconds since 1970 write 'time_format: unix_s' "
                          "(or unix_ms, unix_us)"));
}

TEST_F(ConvertTest, DeclaredTimeFormats) {
  ConversionRules with = rules("Europe/Stockholm");
  with.time_format = "unix_s";
  EXPECT_THAT(convert(ColumnKind::kTime, "VARCHAR", {"'881250949'", "'1.5'", "'x'"}, with),
              ElementsAre("1997-12-04 15:55:49", "1970-01-01 00:00:01.5", "bad"));
  EXPECT_THAT(convert(ColumnKind::kTime, "BIGINT", {"881250949"}, with),
              ElementsAre("1997-12-04 15:55:49"));
  with.time_format = "unix_ms";
  EXPECT_THAT(convert(ColumnKind::kTime, "DOUBLE", {"881250949123"}, with),
              ElementsAre("1997-12-04 15:55:49.123"));
  with.time_format = "%d-%b-%Y";
  EXPECT_THAT(convert(ColumnKind::kTime, "VARCHAR", {"'01-Jan-1995'", "'1995-01-01'"}, with),
              ElementsAre("1995-01-01 22:59:59.999999", "bad"));
  EXPECT_THAT(convert(ColumnKind::kDate, "VARCHAR", {"'01-Jan-1995'"}, with),
              ElementsAre("1995-01-01"));
  with.time_format = "%m/%d/%Y %H:%M";
  EXPECT_THAT(convert(ColumnKind::kTime, "VARCHAR", {"'12/1/2010 8:26'"}, with),
              ElementsAre("2010-12-01 07:26:00"));
}

TEST_F(ConvertTest, DatesOfTimestampsAreDaysOfTheProject) {
  const ConversionRules stockholm = rules("Europe/Stockholm");
  EXPECT_THAT(convert(ColumnKind::kDate, "TIMESTAMP", {"'2024-07-01 23:30:00'"}, stockholm),
              ElementsAre("2024-07-01"));
  EXPECT_THAT(
      convert(ColumnKind::kDate, "TIMESTAMP WITH TIME ZONE", {"'2024-07-01 23:30:00Z'"}, stockholm),
      ElementsAre("2024-07-02"));
  EXPECT_THAT(
      convert(ColumnKind::kDate, "VARCHAR", {"'9999-12-31'", "'0020-01-01'", "'later'"}, stockholm),
      ElementsAre("9999-12-31", "0020-01-01", "bad"));
  EXPECT_THAT(convert(ColumnKind::kDate, "DATE", {"'infinity'"}, stockholm), ElementsAre("bad"));
}

TEST_F(ConvertTest, Booleans) {
  EXPECT_THAT(convert(ColumnKind::kBool, "VARCHAR", {"'Yes'", "'0'", "'maybe'"}, rules()),
              ElementsAre("true", "false", "bad"));
  EXPECT_THAT(convert(ColumnKind::kBool, "INTEGER", {"1", "2"}, rules()),
              ElementsAre("true", "bad"));
}

// SQL and the library agree on every wall time and instant.
TEST_F(ConvertTest, TimeZonesInSqlEqualTheLibrary) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (const char* name :
       {"Europe/Stockholm", "America/Sao_Paulo", "Pacific/Apia", "Australia/Lord_Howe", "UTC"}) {
    const TimeZone zone = *TimeZone::load(name);
    ASSERT_TRUE(connection_.execute("CREATE OR REPLACE TEMP TABLE t (x BIGINT)").ok());
    std::vector<Micros> instants;
    for (int i = 0; i < 5000; ++i) {
      instants.push_back((static_cast<int64_t>(random() % 9'400'000'000ULL) - 2'200'000'000) *
                         kMicrosPerSecond);
    }
    for (const Micros change :
         zone.changes(-60 * (365 * kMicrosPerDay), 200 * (365 * kMicrosPerDay))) {
      for (const int64_t hours : {-26, -3, -2, -1, 0, 1, 2, 3, 14, 26}) {
        instants.push_back(change + hours * 3600 * kMicrosPerSecond);
      }
    }
    auto appender = connection_.append_to("t");
    for (const Micros instant : instants) {
      ASSERT_TRUE(appender->add(instant).ok() && appender->end_row().ok());
    }
    ASSERT_TRUE(appender->close().ok());
    size_t row = 0;
    const std::string select = fmt::format("SELECT x + ({}), x - ({}) FROM t",
                                           utc_offset_sql(zone, "x"), local_offset_sql(zone, "x"));
    const auto done = connection_.for_each_chunk(select, [&](const Chunk& chunk) -> Status {
      for (int64_t i = 0; i < chunk.rows(); ++i, ++row) {
        const Micros x = instants[row];
        const Micros local = x + zone.offset_seconds(x) * kMicrosPerSecond;
        EXPECT_EQ(chunk.column(0).as_int(i), local) << name << " " << format_utc(x);
        EXPECT_EQ(chunk.column(1).as_int(i), zone.to_utc(x)) << name << " " << format_utc(x);
      }
      return {};
    });
    ASSERT_TRUE(done.ok()) << done.error().to_text();
    EXPECT_EQ(row, instants.size());
  }
}

}  // namespace
}  // namespace coterie::data
