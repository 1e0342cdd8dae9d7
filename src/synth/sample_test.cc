#include "synth/sample.h"

#include <filesystem>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "data/project/roles.h"
#include "synth/test_world.h"

namespace coterie::synth {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

SampleOptions small_sample(const std::string& folder) {
  SampleOptions options;
  options.folder = folder;
  options.users = 300;
  options.events = 4'000;
  options.reviews = 700;
  options.salt = "pepper";
  return options;
}

// A connection with a table for each file of a sample.
data::Connection open_sample(const std::string& folder) {
  data::Connection connection = *data::Engine::open({})->connect();
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string reader =
        entry.path().extension() == ".csv"
            ? fmt::format("read_csv('{}', header = true, all_varchar = true)",
                          entry.path().string())
            : fmt::format("'{}'", entry.path().string());
    const Status made = connection.execute(
        fmt::format("create table {} as from {}", entry.path().stem().string(), reader));
    EXPECT_TRUE(made.ok()) << made.error().to_text();
  }
  return connection;
}

int64_t count(data::Connection& connection, const std::string& from_where) {
  const Result<int64_t> value = connection.scalar_int("select count(*) from " + from_where);
  EXPECT_TRUE(value.ok()) << value.error().to_text() << "\n" << from_where;
  return value.ok() ? *value : -1;
}

class SampleOfWorld : public testing::TestWithParam<std::tuple<std::string, bool>> {};

TEST_P(SampleOfWorld, IsConsistentAndOfTheSizeAskedFor) {
  const TemporaryFolder folder;
  SampleOptions options = small_sample(folder.path());
  std::tie(options.format, options.rehash_ids) = GetParam();
  const Result<SampleReport> report = cut_sample(test_world().connection(), options);
  ASSERT_TRUE(report.ok()) << report.error().to_text();
  data::Connection sample = open_sample(folder.path());
  EXPECT_EQ(report->tables.size(), data::all_roles().size());
  for (const SampledTable& table : report->tables) {
    EXPECT_EQ(count(sample, table.role), table.rows) << table.role;
    EXPECT_EQ(test_world().count("select count(*) from " + table.role), table.rows_in_source);
    EXPECT_GT(table.rows, 0) << table.role;
  }
  EXPECT_EQ(count(sample, "customers"), 300);
  EXPECT_EQ(count(sample, "reviews"), 700);
  EXPECT_LE(count(sample, "events"), 4'000);
  EXPECT_GT(count(sample, "events"), 3'900);
  for (const char* role : {"transactions", "orders", "cart", "wishlist", "events", "sessions"}) {
    EXPECT_EQ(count(sample, fmt::format("{} anti join customers using (customer_id)", role)), 0)
        << role;
  }
  for (const char* role : {"transactions", "order_items", "cart", "wishlist", "reviews", "stock",
                           "competitor_prices", "promotions"}) {
    EXPECT_EQ(count(sample, fmt::format("{} anti join items using (article_id)", role)), 0) << role;
  }
  EXPECT_EQ(count(sample,
                  "reviews anti join customers using (customer_id) where customer_id is "
                  "not null"),
            0);
  EXPECT_GT(count(sample, "reviews where customer_id is not null"), 20);
  EXPECT_EQ(count(sample, "events anti join sessions using (session_id)"), 0);
  EXPECT_EQ(count(sample, "cart anti join sessions using (session_id)"), 0);
  EXPECT_EQ(count(sample, "order_items anti join orders using (order_id)"), 0);
  EXPECT_EQ(count(sample,
                  "transactions t anti join orders using (order_id) where order_id is not "
                  "null"),
            0);
  EXPECT_EQ(count(sample, "items anti join categories using (category_id)"), 0);
  EXPECT_EQ(count(sample,
                  "categories c anti join categories p on c.parent_id = p.category_id "
                  "where c.parent_id is not null"),
            0);
}

INSTANTIATE_TEST_SUITE_P(Formats, SampleOfWorld,
                         testing::Combine(testing::Values("csv", "parquet"), testing::Bool()));

// Whole rows of the source survive: a customer's purchases are complete, sessions have all events.
TEST(Sample, KeepsCustomersAndSessionsWhole) {
  const TemporaryFolder folder;
  SampleOptions options = small_sample(folder.path());
  options.format = "parquet";
  ASSERT_TRUE(cut_sample(test_world().connection(), options).ok());
  data::Connection& world = test_world().connection();
  const auto file = [&](const char* role) {
    return fmt::format("'{}/{}.parquet'", folder.path(), role);
  };
  EXPECT_EQ(count(world, fmt::format("(select * from transactions where customer_id in (select "
                                     "customer_id from {}) except all select * from {})",
                                     file("customers"), file("transactions"))),
            0);
  EXPECT_EQ(count(world, fmt::format("(select * from events where session_id in (select session_id "
                                     "from {}) except all select * from {})",
                                     file("sessions"), file("events"))),
            0);
  EXPECT_EQ(count(world, fmt::format("(describe from {}) a full join (describe transactions) b "
                                     "using (column_name, column_type) where a.column_name is null "
                                     "or b.column_name is null",
                                     file("transactions"))),
            0);
}

TEST(Sample, NamesAreInventedAndOtherPersonalColumnsEmpty) {
  const TemporaryFolder folder;
  SampleOptions options = small_sample(folder.path());
  options.format = "parquet";
  const Result<SampleReport> report = cut_sample(test_world().connection(), options);
  ASSERT_TRUE(report.ok()) << report.error().to_text();
  const std::string both = fmt::format(
      "'{}/customers.parquet' s join customers c using "
      "(customer_id) where ",
      folder.path());
  data::Connection& world = test_world().connection();
  EXPECT_EQ(count(world, both + "s.email = c.email"), 0);
  EXPECT_LT(count(world, both + "s.first_name = c.first_name and s.last_name = c.last_name"), 6);
  EXPECT_EQ(count(world, both + "s.postal_code is not null"), 0);
  EXPECT_EQ(count(world, both + "not ends_with(regexp_extract(s.email, '@(.*)$', 1), '.com') and "
                                "not contains(s.email, '@example.')"),
            0);
  EXPECT_EQ(count(world, both + "s.age is distinct from c.age"), 0);
  EXPECT_THAT(report->notes,
              testing::Contains(HasSubstr("names and e-mail addresses are invented")));
  EXPECT_THAT(report->notes, testing::Contains(HasSubstr("kept without a writer")));
}

TEST(Sample, NewIdsHideTheOldOnesUnlessTheSaltIsKnown) {
  const TemporaryFolder one, same, other;
  SampleOptions options = small_sample(one.path());
  options.format = "parquet";
  options.rehash_ids = true;
  ASSERT_TRUE(cut_sample(test_world().connection(), options).ok());
  options.folder = same.path();
  ASSERT_TRUE(cut_sample(test_world().connection(), options).ok());
  options.folder = other.path();
  options.salt.clear();
  ASSERT_TRUE(cut_sample(test_world().connection(), options).ok());
  data::Connection& world = test_world().connection();
  for (const auto& [role, id] : {std::pair{"customers", "customer_id"},
                                 {"sessions", "session_id"},
                                 {"orders", "order_id"},
                                 {"reviews", "review_id"}}) {
    EXPECT_EQ(
        count(world, fmt::format("'{}/{}.parquet' join {} using ({})", one.path(), role, role, id)),
        0)
        << role;
    EXPECT_EQ(count(world, fmt::format("'{}/{}.parquet' join '{}/{}.parquet' using ({})",
                                       one.path(), role, other.path(), role, id)),
              0)
        << role;
  }
  for (const auto& entry : fs::directory_iterator(one.path())) {
    const std::string name = entry.path().filename().string();
    EXPECT_EQ(*read_file(entry.path().string()), *read_file(same / name)) << name;
  }
}

TEST(Sample, SeedChoosesTheCustomers) {
  const TemporaryFolder one, two;
  SampleOptions options = small_sample(one.path());
  options.format = "parquet";
  ASSERT_TRUE(cut_sample(test_world().connection(), options).ok());
  options.folder = two.path();
  options.seed = 2;
  ASSERT_TRUE(cut_sample(test_world().connection(), options).ok());
  EXPECT_LT(count(test_world().connection(),
                  fmt::format("'{}/customers.parquet' join '{}/customers.parquet' using "
                              "(customer_id)",
                              one.path(), two.path())),
            30);
}

TEST(Sample, FullOfFactsBeforeEmptyCustomers) {
  const TemporaryFolder folder;
  SampleOptions options = small_sample(folder.path());
  ASSERT_TRUE(cut_sample(test_world().connection(), options).ok());
  data::Connection sample = open_sample(folder.path());
  EXPECT_GT(count(sample, "customers semi join transactions using (customer_id)"), 250);
}

// A source with few roles, columns and integer ids: what an events-only project looks like.
TEST(Sample, WorksOnEventsAlone) {
  const TemporaryFolder folder;
  data::Connection connection = *data::Engine::open({})->connect();
  ASSERT_TRUE(connection
                  .execute("create view events as select (i % 40)::bigint as customer_id, (i * 7 % "
                           "90)::bigint as article_id, 'view' as event_type, timestamp "
                           "'2025-01-01' + interval 1 hour * i as created_at, i as extra from "
                           "range(1000) t(i)")
                  .ok());
  SampleOptions options = small_sample(folder.path());
  options.users = 10;
  options.events = 120;
  const Result<SampleReport> report = cut_sample(connection, options);
  ASSERT_TRUE(report.ok()) << report.error().to_text();
  ASSERT_EQ(report->tables.size(), 1u);
  data::Connection sample = open_sample(folder.path());
  EXPECT_EQ(count(sample, "events"), 120);
  EXPECT_EQ(count(sample, "(select distinct customer_id from events)"), 10);
  EXPECT_EQ(count(sample, "(describe events) where column_name = 'extra'"), 0);
}

TEST(Sample, OrderLinesWithoutOrdersAreLeftOutAndSaid) {
  const TemporaryFolder folder;
  data::Connection connection = *data::Engine::open({})->connect();
  ASSERT_TRUE(
      connection
          .execute("create view order_items as select 'o1' as order_id, 'a1' as article_id, "
                   "1 as quantity")
          .ok());
  const Result<SampleReport> report = cut_sample(connection, small_sample(folder.path()));
  ASSERT_TRUE(report.ok()) << report.error().to_text();
  EXPECT_EQ(report->tables.at(0).rows, 0);
  EXPECT_THAT(report->notes, testing::Contains(HasSubstr("order_items is left out")));
}

TEST(Sample, ErrorsNameTheMend) {
  const TemporaryFolder folder;
  data::Connection empty = *data::Engine::open({})->connect();
  const Result<SampleReport> none = cut_sample(empty, small_sample(folder.path()));
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(none.error().to_text(), HasSubstr("no role has a table to sample from"));
  SampleOptions options = small_sample(folder.path());
  options.format = "xml";
  EXPECT_THAT(cut_sample(test_world().connection(), options).error().to_text(),
              HasSubstr("unknown format 'xml'\n  mend: use csv or parquet"));
  options.format = "csv";
  ASSERT_TRUE(cut_sample(test_world().connection(), options).ok());
  const Result<SampleReport> again = cut_sample(test_world().connection(), options);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, ErrorCode::kConflict);
  EXPECT_THAT(again.error().to_text(), HasSubstr("customers.csv: the file already exists"));
  options.replace = true;
  EXPECT_TRUE(cut_sample(test_world().connection(), options).ok());
}

}  // namespace
}  // namespace coterie::synth
