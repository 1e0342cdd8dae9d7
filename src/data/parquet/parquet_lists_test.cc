#include <algorithm>
#include <bit>
#include <iterator>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.h"
#include "data/parquet/parquet_file.h"
#include "data/parquet/parquet_writer.h"
#include "data/parquet/test_read_back_internal.h"

namespace coterie::parquet {
namespace {

using enum ColumnType;

// The plain form of a column of lists: null, or its elements (reals, or codes of texts).
template <typename T>
using Lists = std::vector<std::optional<std::vector<T>>>;

template <typename T>
void fill(const Lists<T>& lists, std::vector<T>& elements, Column& column) {
  for (const auto& list : lists) {
    if (!list) {
      column.add_null_list();
      continue;
    }
    elements.insert(elements.end(), list->begin(), list->end());
    column.end_list();
  }
}

// Which rows are null, how long the others are, and every element in order: together all there is.
template <typename T, typename Same>
void expect_lists(ReadBack& file, const std::string& name, const Lists<T>& lists,
                  const Same& same) {
  const int64_t rows = file.each_of(fmt::format("coalesce(len({}), -1)", name),
                                    [&](size_t row, const data::ColumnView& view, int64_t i) {
                                      const auto& list = lists[row];
                                      ASSERT_EQ(view.as_int(i), list ? std::ssize(*list) : -1)
                                          << name << " row " << row;
                                    });
  EXPECT_EQ(rows, std::ssize(lists)) << name;
  std::vector<T> all;
  for (const auto& list : lists) {
    if (list) all.insert(all.end(), list->begin(), list->end());
  }
  const int64_t elements = file.each_of(
      fmt::format("unnest({})", name), [&](size_t at, const data::ColumnView& view, int64_t i) {
        ASSERT_FALSE(view.is_null(i)) << name << " element " << at;
        ASSERT_TRUE(same(view, i, all[at])) << name << " element " << at;
      });
  EXPECT_EQ(elements, std::ssize(all)) << name;
}

bool same_real(const data::ColumnView& view, int64_t i, double value) {
  return std::bit_cast<uint64_t>(view.as_real(i)) == std::bit_cast<uint64_t>(value);
}

// What the lists of a column are like.
struct Shape {
  const char* name;
  bool nullable = true;
  double null_share = 0.1;
  uint32_t most = 5;      // elements
  double long_share = 0;  // of lists of up to 1,000 elements
  uint32_t distinct_texts = 6;
};

constexpr Shape kShapes[] = {{.name = "short"},
                             {.name = "never_null", .nullable = false, .null_share = 0},
                             {.name = "nothing", .null_share = 1},
                             {.name = "empty", .null_share = 0, .most = 0},
                             {.name = "hollow", .null_share = 0.5, .most = 0},
                             {.name = "wordy", .most = 3, .distinct_texts = 1'000'000},
                             {.name = "long", .null_share = 0.3, .long_share = 0.01}};

template <typename T, typename Draw>
Lists<T> random_lists(Dice& dice, const Shape& shape, int64_t rows, const Draw& draw) {
  Lists<T> lists;
  for (int64_t row = 0; row < rows; ++row) {
    if (dice.chance(shape.null_share)) {
      lists.emplace_back();
      continue;
    }
    const uint32_t most = dice.chance(shape.long_share) ? 1000 : shape.most;
    auto& list = lists.emplace_back(std::vector<T>()).value();
    for (uint32_t n = dice.below(most + 1); n > 0; --n) list.push_back(draw());
  }
  return lists;
}

double wild_real(Dice& dice) {
  constexpr double kOdd[] = {0.0, -0.0, std::numeric_limits<double>::infinity(),
                             std::numeric_limits<double>::denorm_min(),
                             std::numeric_limits<double>::quiet_NaN()};
  return dice.chance(0.05) ? kOdd[dice.below(5)] : dice.normal();
}

struct RandomTable {
  std::vector<Column> columns;
  std::vector<Lists<double>> reals;  // by shape
  std::vector<Lists<uint32_t>> texts;
  TextTable words;
};

// Columns "id", and of each shape "r_..." and "t_...".
void make_table(Dice& dice, int64_t rows, RandomTable& table) {
  for (int64_t i = 0; i < 2 * rows + 100; ++i) {
    table.words.add(i % 50 == 0 ? "" : fmt::format("word-{}", i * 7919));
  }
  table.columns.push_back({.name = "id", .type = kInteger});
  for (int64_t row = 0; row < rows; ++row) table.columns[0].integers.push_back(row);
  for (const Shape& shape : kShapes) {
    const uint32_t words = std::min(table.words.size(), shape.distinct_texts);
    table.reals.push_back(random_lists<double>(dice, shape, rows, [&] { return wild_real(dice); }));
    table.texts.push_back(
        random_lists<uint32_t>(dice, shape, rows, [&] { return dice.below(words); }));
    Column real{
        .name = fmt::format("r_{}", shape.name), .type = kRealList, .nullable = shape.nullable};
    fill(table.reals.back(), real.reals, real);
    table.columns.push_back(std::move(real));
    Column text{.name = fmt::format("t_{}", shape.name),
                .type = kTextList,
                .nullable = shape.nullable,
                .texts = &table.words};
    fill(table.texts.back(), text.codes, text);
    table.columns.push_back(std::move(text));
  }
}

void expect_table(ReadBack& file, const RandomTable& table) {
  for (size_t i = 0; i < std::size(kShapes); ++i) {
    expect_lists(file, fmt::format("r_{}", kShapes[i].name), table.reals[i], same_real);
    expect_lists(file, fmt::format("t_{}", kShapes[i].name), table.texts[i],
                 [&](const data::ColumnView& view, int64_t at, uint32_t code) {
                   return view.as_text(at) == table.words.at(code);
                 });
  }
}

TEST(ParquetLists, ElementsNullsAndEmptyListsComeBack) {
  TextTable texts;
  texts.add("a");
  texts.add("b c");
  std::vector<Column> columns = {{.name = "id", .type = kInteger, .integers = {1, 2, 3, 4}},
                                 {.name = "r", .type = kRealList, .nullable = true},
                                 {.name = "t", .type = kTextList, .texts = &texts}};
  fill<double>({{{1.5, -2}}, {}, {std::vector<double>()}, {{0.25}}}, columns[1].reals, columns[1]);
  fill<uint32_t>({{{1}}, {std::vector<uint32_t>()}, {{0, 1, 0}}, {{0}}}, columns[2].codes,
                 columns[2]);
  ReadBack file(columns);
  EXPECT_EQ(file.type_of("r"), "DOUBLE[]");
  EXPECT_EQ(file.type_of("t"), "VARCHAR[]");
  EXPECT_EQ(file.text("string_agg(id || '=' || coalesce(r::varchar, 'null'), '; ' order by id)"),
            "1=[1.5, -2.0]; 2=null; 3=[]; 4=[0.25]");
  EXPECT_EQ(file.text("string_agg(id || '=' || t::varchar, '; ' order by id)"),
            "1=[b c]; 2=[]; 3=[a, b c, a]; 4=[a]");
}

TEST(ParquetLists, EndsSayWhereListsAreAndWhichAreNull) {
  Column column{.name = "r", .type = kRealList, .nullable = true};
  fill<double>({{{1, 2}}, {}, {std::vector<double>()}, {{3}}}, column.reals, column);
  EXPECT_EQ(column.ends, (std::vector<int64_t>{2, ~int64_t{2}, 2, 3}));
  EXPECT_EQ(column.rows(), 4);
  EXPECT_EQ(column.list_begin(0), 0);
  EXPECT_EQ(column.list_begin(2), 2);
  EXPECT_EQ(column.list_begin(4), 3);
  column.clear();
  EXPECT_EQ(column.rows(), 0);
  column.add_null_list();
  EXPECT_EQ(column.ends, std::vector<int64_t>{-1});
}

// Over pages and row groups, dictionary-coded and plain, as one file made whole.
TEST(ParquetLists, EveryListComesBack) {
  const uint64_t seed = std::random_device()();
  for (const int64_t rows : {1, 7, 129, 5000, 250'000}) {
    SCOPED_TRACE(fmt::format("seed {} rows {}", seed, rows));
    Dice dice(seed + static_cast<uint64_t>(rows));
    RandomTable table;
    make_table(dice, rows, table);
    ReadBack file(table.columns);
    expect_table(file, table);
  }
}

// The same compressed, in row groups of any size.
TEST(ParquetLists, CompressedGroupsOfAnySizeComeBack) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Dice dice(seed);
  const TemporaryFolder folder;
  const std::string path = folder / "groups.parquet";
  RandomTable all;
  make_table(dice, 60'000, all);
  ParquetWriter writer = *ParquetWriter::create(path, all.columns, Compression::kZstd);
  for (int64_t row = 0; row < 60'000;) {
    const int64_t end = std::min<int64_t>(60'000, row + 1 + dice.below(30'000));
    std::vector<Column> group = all.columns;
    for (Column& column : group) column.clear();
    group[0].integers.assign(all.columns[0].integers.begin() + row,
                             all.columns[0].integers.begin() + end);
    for (size_t i = 0; i < std::size(kShapes); ++i) {
      fill<double>({all.reals[i].begin() + row, all.reals[i].begin() + end}, group[1 + 2 * i].reals,
                   group[1 + 2 * i]);
      fill<uint32_t>({all.texts[i].begin() + row, all.texts[i].begin() + end},
                     group[2 + 2 * i].codes, group[2 + 2 * i]);
    }
    ASSERT_TRUE(writer.append(encode_row_group(group, Compression::kZstd)).ok());
    row = end;
  }
  ASSERT_TRUE(writer.finish().ok());
  EXPECT_EQ(writer.rows(), 60'000);
  ReadBack file(path);
  expect_table(file, all);
}

// Lists longer than a page and than what a reader takes at once, between others.
TEST(ParquetLists, VeryLongListsComeBack) {
  Dice dice(5);
  TextTable words;
  for (int i = 0; i < 400'000; ++i) words.add(fmt::format("{}", i));
  Lists<double> reals;
  Lists<uint32_t> texts;
  for (const size_t size : {3, 400'000, 0, 1, 131'072, 131'071, 2}) {
    auto& real = reals.emplace_back(std::vector<double>(size)).value();
    for (double& value : real) value = dice.normal();
    auto& text = texts.emplace_back(std::vector<uint32_t>(size)).value();
    for (uint32_t& code : text) code = dice.below(words.size());
    reals.emplace_back();
    texts.emplace_back();
  }
  std::vector<Column> columns = {
      {.name = "r", .type = kRealList, .nullable = true},
      {.name = "t", .type = kTextList, .nullable = true, .texts = &words}};
  fill(reals, columns[0].reals, columns[0]);
  fill(texts, columns[1].codes, columns[1]);
  ReadBack file(columns);
  expect_lists(file, "r", reals, same_real);
  expect_lists(file, "t", texts, [&](const data::ColumnView& view, int64_t at, uint32_t code) {
    return view.as_text(at) == words.at(code);
  });
}

// Readers that skip rows find the lists of those they want.
TEST(ParquetLists, SingleRowsAreFound) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Dice dice(seed);
  constexpr int64_t kRows = 150'000;
  RandomTable table;
  make_table(dice, kRows, table);
  ReadBack file(table.columns);
  for (int i = 0; i < 20; ++i) {
    const uint32_t id = dice.below(kRows);
    const std::string where = fmt::format("where id = {}", id);
    const auto& reals = table.reals.back()[id];
    const auto& texts = table.texts.back()[id];
    std::string joined;
    for (size_t at = 0; texts && at < texts->size(); ++at) {
      joined += (at == 0 ? "" : "|") + std::string(table.words.at((*texts)[at]));
    }
    EXPECT_EQ(file.text("coalesce(len(r_long), -1)::varchar", where),
              fmt::format("{}", reals ? std::ssize(*reals) : -1));
    EXPECT_EQ(file.text("coalesce(array_to_string(t_long, '|'), 'null')", where),
              texts ? joined : "null");
  }
}

TEST(ParquetLists, ATableWithoutRowsKeepsItsColumns) {
  TextTable texts;
  const std::vector<Column> columns = {{.name = "r", .type = kRealList},
                                       {.name = "t", .type = kTextList, .texts = &texts}};
  ReadBack file(columns);
  EXPECT_EQ(file.type_of("r"), "DOUBLE[]");
  EXPECT_EQ(file.type_of("t"), "VARCHAR[]");
  EXPECT_EQ(file.each("r", [](size_t, const data::ColumnView&, int64_t) {}), 0);
}

}  // namespace
}  // namespace coterie::parquet
