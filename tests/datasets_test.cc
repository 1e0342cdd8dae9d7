// Datasets A to F of random projects are what a slow computation by loops and maps says, built from
// nothing and in increments.

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/sanitized.h"
#include "base/test_results.h"
#include "dataset_oracle.h"
#include "dataset_worlds.h"

namespace coterie::data {
namespace {

using testing::build_all;
using testing::Cell;
using testing::describe;
using testing::Rows;
using testing::World;
using testing::WorldSize;
using testing::WorldWarehouse;

Cell read_cell(const ColumnView& column, int64_t row) {
  if (column.is_null(row)) return {};
  switch (column.type()) {
    case ValueType::kReal:
      return column.as_real(row);
    case ValueType::kText:
      return std::string(column.as_text(row));
    case ValueType::kDate:
      return int64_t{column.as_days(row)};
    case ValueType::kTimestamp:
      return column.as_micros(row);
    case ValueType::kOther:
      return std::string("a list");
    default:
      return column.as_int(row);
  }
}

Rows read_rows(Connection& connection, const std::string& select) {
  Rows rows;
  const Status read = connection.for_each_chunk(select, [&](const Chunk& chunk) -> Status {
    for (int64_t row = 0; row < chunk.rows(); ++row) {
      auto& cells = rows.emplace_back();
      for (int c = 0; c < chunk.columns(); ++c) cells.push_back(read_cell(chunk.column(c), row));
    }
    return {};
  });
  EXPECT_TRUE(read.ok()) << read.error().to_text();
  return rows;
}

// A table as its readers see it.
Rows read_table(WorldWarehouse& house, const std::string& table) {
  const Snapshot snapshot = take(house.warehouse.snapshot());
  if (!snapshot.has(table)) return {};
  Connection connection = take(house.engine.connect());
  EXPECT_TRUE(snapshot.attach(connection).ok());
  return read_rows(connection, "SELECT * FROM " + table);
}

std::string text_of(const Cell& cell) {
  if (const auto* number = std::get_if<int64_t>(&cell)) return std::to_string(*number);
  if (const auto* real = std::get_if<double>(&cell)) return fmt::format("{:.12g}", *real);
  if (const auto* text = std::get_if<std::string>(&cell)) return "'" + *text + "'";
  return "null";
}

std::string text_of(const std::vector<Cell>& row) {
  std::string text;
  for (const Cell& cell : row) text += text_of(cell) + " ";
  return text;
}

// By everything that is not a real, since reals need not be equal to the last digit.
bool before(const std::vector<Cell>& a, const std::vector<Cell>& b) {
  for (size_t c = 0; c < std::min(a.size(), b.size()); ++c) {
    if (std::holds_alternative<double>(a[c]) || std::holds_alternative<double>(b[c])) continue;
    if (a[c] != b[c]) return a[c] < b[c];
  }
  return false;
}

bool same(const Cell& a, const Cell& b) {
  const auto* x = std::get_if<double>(&a);
  const auto* y = std::get_if<double>(&b);
  if (x == nullptr || y == nullptr) return a == b;
  return std::abs(*x - *y) <= 1e-9 * std::max(std::abs(*x), std::abs(*y)) ||
         std::abs(*x - *y) < 1e-13;
}

void expect_same(Rows got, Rows want, std::string_view table) {
  SCOPED_TRACE(table);
  ASSERT_EQ(got.size(), want.size());
  std::ranges::sort(got, before);
  std::ranges::sort(want, before);
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].size(), want[i].size());
    for (size_t c = 0; c < got[i].size(); ++c)
      ASSERT_TRUE(same(got[i][c], want[i][c])) << "row " << i << " column " << c << "\n got  "
                                               << text_of(got[i]) << "\n want " << text_of(want[i]);
  }
}

void expect_oracle(WorldWarehouse& house, const World& world) {
  expect_same(read_table(house, "dataset_a_interactions"), testing::oracle_a(world), "A");
  expect_same(read_table(house, "dataset_b_articles"), testing::oracle_b(world), "B");
  expect_same(read_table(house, "dataset_c_customers"), testing::oracle_c(world), "C");
  expect_same(read_table(house, "dataset_d_sales_daily"), testing::oracle_d_daily(world), "D");
  expect_same(read_table(house, "dataset_d_sales_weekly"), testing::oracle_d_weekly(world), "Dw");
  expect_same(read_table(house, "dataset_e_reviews"), testing::oracle_e(world), "E");
  expect_same(read_table(house, "dataset_f_events"), testing::oracle_f(world), "F");
}

TEST(Datasets, EqualTheOracleOnRandomProjects) {
  constexpr uint64_t last = if_sanitized(8, 40);
  for (uint64_t seed = 1; seed <= last; ++seed) {
    std::mt19937_64 random(seed);
    WorldSize size;
    size.days = seed % 4 == 0 ? 420 : 60;
    size.everything = seed % 5 == 0;
    const World world = testing::random_world(random, size);
    SCOPED_TRACE(describe(world, seed));
    WorldWarehouse house;
    house.load(world);
    build_all(house, world.project);
    expect_oracle(house, world);
    if (HasFatalFailure()) return;
  }
}

// Codes as they are stored: the views that restore ids do not keep the order.
std::vector<std::string> stored_order(WorldWarehouse& house, const std::string& table) {
  const Snapshot snapshot = take(house.warehouse.snapshot());
  std::vector<std::string> lines;
  if (!snapshot.has(table)) return lines;
  Connection connection = take(house.engine.connect());
  EXPECT_TRUE(snapshot.attach(connection).ok());
  for (const auto& row : read_rows(connection, "SELECT * FROM facts." + table))
    lines.push_back(text_of(row));
  return lines;
}

// In pieces that fit into little memory, and by any number of threads: the same rows, in the same
// order.
TEST(Datasets, RowsDoNotDependOnMemoryOrThreads) {
  constexpr uint64_t last = if_sanitized(101, 104);
  for (uint64_t seed = 101; seed <= last; ++seed) {
    std::mt19937_64 random(seed);
    const World world = testing::random_world(random, {.facts = 400, .everything = seed % 2 == 0});
    SCOPED_TRACE(describe(world, seed));
    WorldWarehouse one(1), two(2), small(2);
    for (WorldWarehouse* house : {&one, &two, &small}) house->load(world);
    build_all(one, world.project, {.threads = 1}, "AF");
    build_all(two, world.project, {.threads = 2}, "AF");
    build_all(small, world.project, {.memory_bytes = 15'000, .threads = 2}, "AF");
    expect_same(read_table(two, "dataset_a_interactions"), testing::oracle_a(world), "A");
    expect_same(read_table(two, "dataset_f_events"), testing::oracle_f(world), "F");
    for (const char* table : {"dataset_a_interactions", "dataset_f_events"}) {
      const std::vector<std::string> order = stored_order(two, table);
      EXPECT_EQ(stored_order(one, table), order);
      EXPECT_EQ(stored_order(small, table), order);
    }
    if (HasFailure()) return;
  }
}

// Rows of what `coterie datasets --sql` prints, ids restored as the table shows them.
TEST(Datasets, EqualTheirSql) {
  for (uint64_t seed = 7; seed <= 9; ++seed) {
    std::mt19937_64 random(seed);
    const World world = testing::random_world(random, {.everything = true});
    SCOPED_TRACE(describe(world, seed));
    WorldWarehouse house;
    house.load(world);
    build_all(house, world.project, {}, "AF");
    const Snapshot snapshot = take(house.warehouse.snapshot());
    const auto specs = take(datasets(world.project, snapshot, house.engine));
    Connection connection = take(house.engine.connect());
    ASSERT_TRUE(snapshot.attach(connection).ok());
    for (const auto& [place, table] :
         {std::pair(0, "dataset_a_interactions"), std::pair(5, "dataset_f_events")}) {
      expect_same(read_rows(connection, fmt::format("SELECT * FROM facts.{}", table)),
                  read_rows(connection, specs[static_cast<size_t>(place)].sql.back()), table);
    }
    if (HasFailure()) return;
  }
}

// Day after day, some of them loaded twice: as from nothing.
TEST(Datasets, DailyIncrementsEqualTheOracle) {
  constexpr uint64_t last = if_sanitized(201, 204);
  for (uint64_t seed = 201; seed <= last; ++seed) {
    std::mt19937_64 random(seed);
    WorldSize size{.facts = 120, .everything = seed % 3 == 0};
    World world = testing::random_world(random, size);
    world.project.as_of.clear();
    SCOPED_TRACE(describe(world, seed));
    WorldWarehouse house;
    house.load(world);
    build_all(house, world.project);
    size.facts = 9;
    for (int day = size.first_day + size.days - 1; day < size.first_day + size.days + 2; ++day) {
      const World before = world;
      testing::add_facts(world, random, size, day, day);
      house.append(world, before);
      build_all(house, world.project);
      expect_oracle(house, world);
      if (HasFatalFailure()) return;
    }
  }
}

// Few facts among many, so that A and C start from what is stored, from the first increment on.
TEST(Datasets, SmallIncrementsEqualTheOracle) {
  constexpr uint64_t last = if_sanitized(301, 303);
  for (uint64_t seed = 301; seed <= last; ++seed) {
    std::mt19937_64 random(seed);
    WorldSize size{.customers = 700, .articles = 40, .facts = 1000, .everything = seed % 2 == 1};
    World world = testing::random_world(random, size);
    world.project.as_of.clear();
    // What arrives late changes many days at once.
    for (const char* role : {"transactions", "orders", "events", "cart"})
      world.absent.insert(fmt::format("{}.arrived_at", role));
    SCOPED_TRACE(describe(world, seed));
    WorldWarehouse house;
    house.load(world);
    build_all(house, world.project);
    size.facts = 1;
    for (int day = size.first_day + size.days; day < size.first_day + size.days + 2; ++day) {
      const World before = world;
      testing::add_facts(world, random, size, day, day);
      // Somebody who has not done anything yet.
      auto& newcomer = world.customers.emplace_back();
      newcomer.customer = size.customers + day - size.first_day;
      newcomer.age = 30;
      house.append(world, before);
      const std::vector<DatasetReport> reports = build_all(house, world.project);
      EXPECT_THAT(reports[0].how, ::testing::HasSubstr("changed pairs"));
      EXPECT_THAT(reports[2].how, ::testing::HasSubstr("changed customers"));
      expect_oracle(house, world);
      if (HasFailure()) return;
    }
  }
}

// What was pushed to features of the project, or fitted by them, has names of dataset C's own.
TEST(Datasets, CustomersAreApartFromTheProjectsFeatures) {
  std::mt19937_64 random(401);
  const World world = testing::random_world(random, {.everything = true});
  WorldWarehouse house;
  house.load(world);
  WriteTransaction transaction = take(house.warehouse.begin("push"));
  Connection connection = take(house.engine.connect());
  for (const char* source : {"purchases", "visits", "wishes", "cart_outcomes", "engagements",
                             "customer_attributes", "kept_customers"})
    take(transaction.replace(std::string("pushed_") + source, connection,
                             "SELECT 0::INTEGER AS customer_id, 7::BIGINT AS lines, 7::BIGINT AS "
                             "events, 7::BIGINT AS in_session, 7::BIGINT AS article_id",
                             {.entities = {{"customer_id", "customer"}}}));
  transaction.set_mark("features.fitted.frequency_bucket@1", "no JSON");
  take(transaction.commit());
  build_all(house, world.project);
  expect_oracle(house, world);
}

}  // namespace
}  // namespace coterie::data
