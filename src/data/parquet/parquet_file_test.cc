#include "data/parquet/parquet_file.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.h"
#include "data/parquet/parquet_encoding.h"
#include "data/parquet/parquet_writer.h"
#include "data/parquet/test_read_back_internal.h"

namespace coterie::parquet {
namespace {

using enum ColumnType;

void expect_integers(ReadBack& file, const Column& column) {
  const int64_t rows =
      file.each(column.name, [&](size_t row, const data::ColumnView& view, int64_t i) {
        const bool is_null = column.integers[row] == kNullInteger;
        ASSERT_EQ(view.is_null(i), is_null) << column.name << " row " << row;
        if (is_null) return;
        const int64_t value = column.type == kTimestamp ? view.as_micros(i)
                              : column.type == kDate    ? view.as_days(i)
                                                        : view.as_int(i);
        ASSERT_EQ(value, column.integers[row]) << column.name << " row " << row;
      });
  EXPECT_EQ(rows, column.rows()) << column.name;
}

void expect_texts(ReadBack& file, const Column& column) {
  const int64_t rows =
      file.each(column.name, [&](size_t row, const data::ColumnView& view, int64_t i) {
        const bool is_null = column.codes[row] == kNullText;
        ASSERT_EQ(view.is_null(i), is_null) << column.name << " row " << row;
        if (is_null) return;
        ASSERT_EQ(view.as_text(i), column.texts->at(column.codes[row])) << "row " << row;
      });
  EXPECT_EQ(rows, column.rows()) << column.name;
}

TEST(ParquetFile, TypesAreReadAsDeclared) {
  TextTable texts;
  texts.add("a");
  const std::vector<Column> columns = {
      {.name = "text", .texts = &texts, .codes = {0}},
      {.name = "integer", .type = kInteger, .integers = {1}},
      {.name = "money", .type = kMoney, .integers = {1999}},
      {.name = "date", .type = kDate, .integers = {20361}},
      {.name = "time", .type = kTimestamp, .integers = {1'759'190'400'000'001}},
      {.name = "real", .type = kReal, .reals = {0.1}},
      {.name = "float", .type = kFloat, .reals = {0.5}},
      {.name = "bool", .type = kBool, .integers = {1}}};
  ReadBack file(columns);
  EXPECT_EQ(file.type_of("text"), "VARCHAR");
  EXPECT_EQ(file.type_of("integer"), "BIGINT");
  EXPECT_EQ(file.type_of("money"), "DECIMAL(9,2)");
  EXPECT_EQ(file.type_of("date"), "DATE");
  EXPECT_EQ(file.type_of("time"), "TIMESTAMP");
  EXPECT_EQ(file.type_of("real"), "DOUBLE");
  EXPECT_EQ(file.type_of("float"), "FLOAT");
  EXPECT_EQ(file.type_of("bool"), "BOOLEAN");
}

// Random columns of every type, with runs, nulls and extremes, over several row groups.
TEST(ParquetFile, EveryValueComesBack) {
  for (const auto& [seed, rows] : {std::pair{1, 1}, {2, 7}, {3, 129}, {4, 5000}, {5, 250'000}}) {
    SCOPED_TRACE(fmt::format("seed {} rows {}", seed, rows));
    Dice stream(static_cast<uint64_t>(seed));
    TextTable few, many;
    for (int i = 0; i < 5; ++i) few.add(std::string(static_cast<size_t>(i), 'x'));
    for (int i = 0; i < rows; ++i) many.add(fmt::format("text-{}", i * 7919));
    std::vector<Column> columns = {{.name = "few", .nullable = true, .texts = &few},
                                   {.name = "one", .texts = &few},
                                   {.name = "many", .nullable = true, .texts = &many},
                                   {.name = "wild", .type = kInteger, .nullable = true},
                                   {.name = "steps", .type = kTimestamp},
                                   {.name = "price", .type = kMoney, .nullable = true},
                                   {.name = "day", .type = kDate},
                                   {.name = "yes", .type = kBool, .nullable = true},
                                   {.name = "nothing", .type = kInteger, .nullable = true}};
    uint32_t repeated = 0;
    int64_t time = -5'000'000;
    for (int i = 0; i < rows; ++i) {
      if (stream.chance(0.03)) repeated = stream.below(6);
      columns[0].codes.push_back(repeated == 5 ? kNullText : repeated);
      columns[1].codes.push_back(3);
      columns[2].codes.push_back(stream.chance(0.1) ? kNullText : static_cast<uint32_t>(i));
      const auto wild = static_cast<int64_t>(stream.next()) >> stream.below(64);
      columns[3].integers.push_back(stream.chance(0.1) ? kNullInteger : wild);
      columns[4].integers.push_back(time += stream.between(-1000, 1'000'000));
      columns[5].integers.push_back(stream.chance(0.5) ? kNullInteger
                                                       : stream.between(-999'999'999, 999'999'999));
      columns[6].integers.push_back(stream.between(-100'000, 100'000));
      columns[7].integers.push_back(stream.chance(0.2) ? kNullInteger : stream.chance(0.5));
      columns[8].integers.push_back(kNullInteger);
    }
    ReadBack file(columns);
    for (const Column& column : columns) {
      column.type == kText ? expect_texts(file, column) : expect_integers(file, column);
    }
  }
}

TEST(ParquetFile, ExtremeIntegersSurviveTheirDifferences) {
  const int64_t least = std::numeric_limits<int64_t>::min() + 1;
  const int64_t greatest = std::numeric_limits<int64_t>::max();
  const std::vector<Column> columns = {
      {.name = "x",
       .type = kInteger,
       .integers = {greatest, least, greatest, 0, least, least, greatest, -1}}};
  ReadBack file(columns);
  expect_integers(file, columns[0]);
}

TEST(ParquetFile, RealsComeBackToTheBit) {
  Dice stream(9);
  Column wide{.name = "wide", .type = kReal};
  Column narrow{.name = "narrow", .type = kFloat};
  for (int i = 0; i < 3000; ++i) {
    wide.reals.push_back(stream.normal() * std::pow(10, stream.between(-300, 300)));
    narrow.reals.push_back(static_cast<float>(stream.normal()));
  }
  const std::vector<Column> columns = {wide, narrow};
  ReadBack file(columns);
  for (const Column& column : columns) {
    file.each(column.name, [&](size_t row, const data::ColumnView& view, int64_t i) {
      ASSERT_EQ(view.as_real(i), column.reals[row]) << column.name << " row " << row;
    });
  }
}

TEST(ParquetFile, ATableWithoutRowsKeepsItsColumns) {
  TextTable texts;
  const std::vector<Column> columns = {{.name = "text", .texts = &texts},
                                       {.name = "day", .type = kDate}};
  ReadBack file(columns);
  EXPECT_EQ(file.type_of("day"), "DATE");
  EXPECT_EQ(file.each("text", [](size_t, const data::ColumnView&, int64_t) {}), 0);
}

// Types and nulls of both ways of writing, compressed, over groups of different sizes.
TEST(ParquetWriter, GroupsComeBackInOrder) {
  Dice dice(12);
  const TemporaryFolder folder;
  const std::string path = folder / "groups.parquet";
  std::vector<Column> columns = {
      {.name = "code", .type = kInteger32, .nullable = true},
      {.name = "spent", .type = kDecimal, .nullable = true, .decimals = 3},
      {.name = "score", .type = kReal, .nullable = true}};
  std::vector<Column> all = columns;
  auto writer = ParquetWriter::create(path, columns, Compression::kZstd);
  ASSERT_TRUE(writer.ok());
  for (const int rows : {1, 700, 20'000, 3}) {
    for (Column& column : columns) column.clear();
    for (int i = 0; i < rows; ++i) {
      columns[0].integers.push_back(dice.chance(0.1) ? kNullInteger
                                                     : dice.between(INT32_MIN, INT32_MAX));
      columns[1].integers.push_back(
          dice.chance(0.1) ? kNullInteger : dice.between(-999'999'999'999, 999'999'999'999));
      columns[2].reals.push_back(dice.chance(0.1) ? kNullReal : dice.normal());
    }
    for (size_t c = 0; c < all.size(); ++c) {
      std::ranges::copy(columns[c].integers, std::back_inserter(all[c].integers));
      std::ranges::copy(columns[c].reals, std::back_inserter(all[c].reals));
    }
    ASSERT_TRUE(writer->append(encode_row_group(columns, Compression::kZstd)).ok());
  }
  const Result<int64_t> bytes = writer->finish();
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(*bytes, static_cast<int64_t>(std::filesystem::file_size(path)));
  EXPECT_EQ(writer->rows(), 20'704);
  ReadBack file(path);
  EXPECT_EQ(file.type_of("code"), "INTEGER");
  EXPECT_EQ(file.type_of("spent"), "DECIMAL(18,3)");
  expect_integers(file, all[0]);
  expect_integers(file, all[1]);
  EXPECT_EQ(file.each("score",
                      [&](size_t row, const data::ColumnView& view, int64_t i) {
                        ASSERT_EQ(view.is_null(i), std::isnan(all[2].reals[row]));
                        if (view.is_null(i)) return;
                        ASSERT_EQ(view.as_real(i), all[2].reals[row]);
                      }),
            20'704);
}

TEST(ParquetWriter, GroupsSayTheirLeastAndGreatest) {
  const TemporaryFolder folder;
  const std::string path = folder / "ranges.parquet";
  const std::vector<Column> columns = {
      {.name = "day", .type = kDate, .nullable = true, .integers = {30, kNullInteger, -2, 7}},
      {.name = "wide", .type = kInteger, .integers = {5, int64_t{1} << 40, -9, 0}}};
  ASSERT_TRUE(write_parquet(path, columns).ok());
  data::Connection connection = *data::Engine::open({})->connect();
  const auto statistic = [&](const char* what, const char* column) {
    return *connection.scalar_text(fmt::format(
        "select {} from parquet_metadata('{}') where path_in_schema = '{}'", what, path, column));
  };
  EXPECT_EQ(statistic("stats_min_value", "day"), "1969-12-30");
  EXPECT_EQ(statistic("stats_max_value", "day"), "1970-01-31");
  EXPECT_EQ(statistic("stats_null_count::varchar", "day"), "1");
  EXPECT_EQ(statistic("stats_min_value", "wide"), "-9");
  EXPECT_EQ(statistic("stats_max_value", "wide"), "1099511627776");
}

TEST(ParquetWriter, AFullDiskIsAnErrorThatNamesTheFile) {
  std::vector<Column> columns = {{.name = "x", .type = kInteger}};
  auto writer = ParquetWriter::create("/dev/full", columns, Compression::kNone);
  ASSERT_TRUE(writer.ok());
  columns[0].integers.assign(100'000, 1);
  Dice dice(3);
  for (int64_t& value : columns[0].integers) value = static_cast<int64_t>(dice.next());
  Status status = writer->append(encode_row_group(columns, Compression::kNone));
  if (status.ok()) {
    const Result<int64_t> finished = writer->finish();
    ASSERT_FALSE(finished.ok());
    status = finished.error();
  }
  EXPECT_EQ(status.error().code, ErrorCode::kResourceExhausted);
  EXPECT_NE(status.error().to_text().find("/dev/full"), std::string::npos);
}

TEST(ParquetFile, BytesDependOnTheColumnsAlone) {
  TextTable texts;
  texts.add("b");
  texts.add("a");
  const std::vector<Column> columns = {{.name = "t", .texts = &texts, .codes = {0, 1, 1, 0}}};
  EXPECT_EQ(encode_parquet(columns), encode_parquet(columns));
}

TEST(ParquetEncoding, BitsForCountsBits) {
  EXPECT_EQ(bits_for(0), 1);
  EXPECT_EQ(bits_for(1), 1);
  EXPECT_EQ(bits_for(2), 2);
  EXPECT_EQ(bits_for(255), 8);
  EXPECT_EQ(bits_for(256), 9);
}

// A long run costs a few bytes however long it is.
TEST(ParquetEncoding, RunsAreShort) {
  std::string out;
  encode_hybrid(std::vector<uint32_t>(100'000, 5), 3, out);
  EXPECT_LE(out.size(), 4u);
  out.clear();
  std::vector<int64_t> steps;
  for (int64_t i = 0; i < 12'800; ++i) steps.push_back(i * 1000);
  encode_delta(steps, out);
  EXPECT_LE(out.size(), 12'800u / 128 * 8);
}

}  // namespace
}  // namespace coterie::parquet
