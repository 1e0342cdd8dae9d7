// Tables of a real PostgreSQL server as sources.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/ingest/ingest_test_internal.h"
#include "data/postgres/test_server.h"

namespace coterie::data {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class IngestPostgres : public IngestTest {
 protected:
  void open(PostgresTestServer& server) {
    url_ = server.new_database();
    auto connection = PostgresConnection::connect(url_);
    ASSERT_TRUE(connection.ok()) << connection.error().to_text();
    server_ = std::make_unique<PostgresConnection>(*std::move(connection));
  }
  void run_sql(const std::string& sql) {
    const Status done = server_->execute(sql);
    ASSERT_TRUE(done.ok()) << done.error().to_text();
  }
  // `sources` with one source of that role; `settings` in flow style, "" or ", key: value".
  std::string source(const std::string& role, const std::string& table,
                     const std::string& settings = {}) const {
    return fmt::format("sources:\n  {}: {{from: \"{}\", table: '{}'{}}}\n", role, url_, table,
                       settings);
  }

  std::string url_;
  std::unique_ptr<PostgresConnection> server_;
};

TEST_F(IngestPostgres, ReadsEveryTypeAsItIs) {
  COTERIE_NEED_POSTGRES(server);
  open(server);
  run_sql(R"(
    CREATE TABLE sales (line bigint, customer uuid, article varchar(20), sold timestamptz,
      price numeric, quantity smallint, channel text);
    INSERT INTO sales VALUES
      (1, '6f1c3b9e-0000-4000-8000-000000000001', '0108', '2024-06-30 23:30:00+00', 12.345, 2, 'web'),
      (2, '6f1c3b9e-0000-4000-8000-000000000002', '0109', '2024-07-01 10:00:00+02', -0.005, -1, NULL),
      (3, '6f1c3b9e-0000-4000-8000-000000000002', '0109', '2024-07-01 10:00:01+02', NULL, NULL, ''))");
  const std::string settings =
      "timezone: Europe/Stockholm\n" +
      source("transactions", "sales",
             ", columns: {transaction_id: line, customer_id: customer, article_id: article, "
             "t_dat: sold, sales_channel_id: channel}");
  const RoleReport report = load_role(settings, "transactions");
  EXPECT_EQ(report.rows_loaded, 3);
  EXPECT_THAT(rows("SELECT transaction_id, customer_id, article_id, t_dat, day, price, quantity, "
                   "sales_channel_id FROM transactions ORDER BY 1"),
              ElementsAre("1|6f1c3b9e-0000-4000-8000-000000000001|0108|2024-06-30 23:30:00|"
                          "2024-07-01|12.34|2|web",
                          "2|6f1c3b9e-0000-4000-8000-000000000002|0109|2024-07-01 08:00:00|"
                          "2024-07-01|0.00|-1|null",
                          "3|6f1c3b9e-0000-4000-8000-000000000002|0109|2024-07-01 08:00:01|"
                          "2024-07-01|null|null|null"));
}

TEST_F(IngestPostgres, ReadsDatesBooleansAndNumbersOfAMasterTable) {
  COTERIE_NEED_POSTGRES(server);
  open(server);
  run_sql(R"(
    CREATE SCHEMA "CRM";
    CREATE TABLE "CRM"."Client.List" (id int PRIMARY KEY, age numeric(3,0), since date,
      active boolean, zip char(5), tags text[]);
    INSERT INTO "CRM"."Client.List" VALUES (7, 41, '2020-02-29', true, '04109', '{a,b}'),
      (8, NULL, NULL, NULL, NULL, NULL))");
  const std::string columns =
      ", columns: {customer_id: id, signup_date: since, club_member_status: active, "
      "postal_code: zip}";
  const RoleReport report =
      load_role(source("customers", "\"CRM\".\"Client.List\"", columns), "customers");
  EXPECT_EQ(report.rows_loaded, 2);
  EXPECT_THAT(report.unused_columns, ElementsAre("tags"));
  EXPECT_THAT(rows("SELECT customer_id, age, signup_date, club_member_status, postal_code FROM "
                   "customers ORDER BY 1"),
              ElementsAre("7|41|2020-02-29|true|04109", "8|null|null|null|null"));
}

TEST_F(IngestPostgres, ValuesWithoutAMeaningAreSetAsideWithTheirRow) {
  COTERIE_NEED_POSTGRES(server);
  open(server);
  run_sql(
      "CREATE TABLE t (customer_id text, article_id text, t_dat timestamp, price numeric(9,2)); "
      "INSERT INTO t VALUES ('a', 'x', '2024-01-01', 1), ('b', 'x', '2024-01-02', 'NaN'), "
      "('c', 'x', 'infinity', 2), ('d', 'x', '2024-01-04', 3), (NULL, 'x', '2024-01-05', 4)");
  const RoleReport report =
      load_role(source("transactions", "t", ", max_rejected_share: 0.9"), "transactions");
  EXPECT_EQ(report.rows_loaded, 2);
  EXPECT_EQ(report.rows_rejected, 3);
  EXPECT_THAT(rows("SELECT line, column_name, reason FROM rejected_transactions ORDER BY line"),
              ElementsAre("2|null|column 'price' holds no number", HasSubstr("3|t_dat|"),
                          HasSubstr("5|customer_id|")));
}

TEST_F(IngestPostgres, AnArrayIsNoValue) {
  COTERIE_NEED_POSTGRES(server);
  open(server);
  run_sql("CREATE TABLE goods (article_id int, tags text[]); INSERT INTO goods VALUES (1, '{a}')");
  EXPECT_EQ(load_role(source("items", "goods"), "items").rows_loaded, 1);
  EXPECT_THAT(load_error(source("items", "goods", ", columns: {brand: tags}")),
              AllOf(HasSubstr("column 'brand' of role 'items' cannot be made of text[]"),
                    HasSubstr("coterie.yaml:4:")));
}

TEST_F(IngestPostgres, ReplaysDoNothingTwice) {
  COTERIE_NEED_POSTGRES(server);
  open(server);
  run_sql(
      "CREATE TABLE goods (article_id int, product_name text); "
      "INSERT INTO goods VALUES (1, 'one'), (2, 'two'), (2, 'two')");
  const std::string settings = source("items", "goods");
  EXPECT_EQ(load_role(settings, "items").mode, LoadMode::kFull);
  EXPECT_EQ(load_role(settings, "items").mode, LoadMode::kUnchanged);
  run_sql("DELETE FROM goods; INSERT INTO goods VALUES (2, 'two'), (2, 'two'), (1, 'one')");
  EXPECT_EQ(load_role(settings, "items").mode, LoadMode::kUnchanged) << "another order";
  run_sql("UPDATE goods SET product_name = 'uno' WHERE article_id = 1");
  EXPECT_EQ(load_role(settings, "items").mode, LoadMode::kFull);
  EXPECT_THAT(rows("SELECT product_name FROM items WHERE article_id = 1"), ElementsAre("uno"));
  run_sql("ALTER TABLE goods ADD brand text");
  EXPECT_EQ(load_role(settings, "items").mode, LoadMode::kFull) << "another column";
  EXPECT_EQ(load_role(settings, "items", true).mode, LoadMode::kFull) << "forced";
}

TEST_F(IngestPostgres, AWatermarkReadsOnlyWhatIsNew) {
  COTERIE_NEED_POSTGRES(server);
  open(server);
  run_sql(
      "CREATE TABLE sales (transaction_id int, customer_id int, article_id int, t_dat timestamptz, "
      "price numeric(8,2), changed timestamptz); INSERT INTO sales VALUES "
      "(1, 1, 1, '2024-01-01', 5, '2024-02-01 00:00:00.000001+00'), "
      "(2, 1, 2, '2024-01-01', 6, '2024-02-01 00:00:00.000002+00')");
  const std::string settings =
      source("transactions", "sales", ", key: transaction_id, watermark: changed");
  EXPECT_EQ(load_role(settings, "transactions").rows_loaded, 2);
  EXPECT_EQ(load_role(settings, "transactions").mode, LoadMode::kUnchanged);
  // One more row of the newest value, one changed row, and one that pretends to be old.
  run_sql(
      "INSERT INTO sales VALUES (3, 2, 2, '2024-01-02', 7, '2024-02-01 00:00:00.000002+00'); "
      "UPDATE sales SET price = 9, changed = '2024-02-02' WHERE transaction_id = 1; "
      "INSERT INTO sales VALUES (4, 2, 2, '2024-01-02', 7, '2023-01-01')");
  const RoleReport second = load_role(settings, "transactions");
  EXPECT_EQ(second.mode, LoadMode::kUpsert);
  EXPECT_EQ(second.rows_read, 3) << "the row that was newest before, the new one, the changed one";
  EXPECT_THAT(rows("SELECT transaction_id, price FROM transactions ORDER BY 1"),
              ElementsAre("1|9.00", "2|6.00", "3|7.00"));
  EXPECT_EQ(load_role(settings, "transactions").mode, LoadMode::kUnchanged);
}

TEST_F(IngestPostgres, AWatermarkWithoutAKeyAppends) {
  COTERIE_NEED_POSTGRES(server);
  open(server);
  run_sql(
      "CREATE TABLE log (n bigint, customer_id int, article_id int, event_type text, created_at "
      "timestamptz); INSERT INTO log SELECT g, g % 3, g % 5, 'view', timestamptz '2024-01-01' + g "
      "* interval '1 hour' FROM generate_series(1, 100) g");
  const std::string settings = source("events", "log", ", watermark: n");
  EXPECT_EQ(load_role(settings, "events").rows_loaded, 100);
  EXPECT_EQ(load_role(settings, "events").mode, LoadMode::kUnchanged);
  run_sql("INSERT INTO log VALUES (101, 1, 1, 'click', '2024-02-01')");
  const RoleReport second = load_role(settings, "events");
  EXPECT_EQ(second.mode, LoadMode::kAppend);
  EXPECT_EQ(second.rows_loaded, 1);
  EXPECT_THAT(rows("SELECT count(*) FROM events"), ElementsAre("101"));
}

TEST_F(IngestPostgres, AnEmptyTableIsAnEmptyRole) {
  COTERIE_NEED_POSTGRES(server);
  open(server);
  run_sql("CREATE TABLE goods (article_id int, product_name text)");
  EXPECT_EQ(load_role(source("items", "goods"), "items").rows_loaded, 0);
  EXPECT_EQ(load_role(source("items", "goods"), "items").mode, LoadMode::kUnchanged);
  EXPECT_THAT(rows("SELECT count(*) FROM items"), ElementsAre("0"));
}

TEST_F(IngestPostgres, ErrorsNameThePlaceAndTheMend) {
  COTERIE_NEED_POSTGRES(server);
  open(server);
  run_sql("CREATE SCHEMA shop; CREATE TABLE shop.\"Sales\" (a int); CREATE TABLE goods (b int)");
  EXPECT_THAT(load_error(source("items", "good")),
              AllOf(HasSubstr("relation \"good\" does not exist"),
                    HasSubstr("did you mean 'goods'?"), HasSubstr("coterie.yaml:4:")));
  EXPECT_THAT(load_error(source("items", "Sales")), HasSubstr("did you mean 'shop.\"Sales\"'?"));
  EXPECT_THAT(load_error(source("items", "shop.goods.x")),
              HasSubstr("not a table's name: 'shop.goods.x'"));
  EXPECT_THAT(
      load_error(source("items", "goods")),
      AllOf(HasSubstr("role 'items' needs the column 'article_id'"), HasSubstr("there are b")));
  EXPECT_THAT(load_error(source("items", "goods", ", columns: {article_id: b}, watermark: at")),
              AllOf(HasSubstr("column \"at\" does not exist"), HasSubstr("check the column")));
  run_sql("ALTER TABLE goods ADD words text");
  EXPECT_THAT(load_error(source("items", "goods", ", columns: {article_id: b}, watermark: words")),
              HasSubstr("its order is not that of growing values"));
}

TEST_F(IngestPostgres, AWrongPasswordAndAMissingRightAreSaidWithoutThePassword) {
  COTERIE_NEED_POSTGRES(server);
  open(server);
  run_sql(
      "CREATE TABLE goods (article_id int); DROP ROLE IF EXISTS guest; "
      "CREATE ROLE guest LOGIN PASSWORD 'guest-word'");
  const std::string database = url_.substr(url_.rfind('/') + 1);
  url_ = server.url(database, PostgresTestServer::kUser, "wrong-word");
  EXPECT_THAT(load_error(source("items", "goods")),
              AllOf(HasSubstr("password authentication failed for user \"tester\""),
                    HasSubstr("check user and password of the URL"), Not(HasSubstr("wrong-word"))));
  url_ = server.url(database, "guest", "guest-word");
  EXPECT_THAT(load_error(source("items", "goods")),
              AllOf(HasSubstr("permission denied for table goods"), HasSubstr("GRANT "),
                    HasSubstr("TO guest"), Not(HasSubstr("guest-word"))));
  run_sql("DROP ROLE guest");
}

TEST_F(IngestPostgres, ALostConnectionLosesNothing) {
  COTERIE_NEED_POSTGRES(server);
  open(server);
  run_sql(
      "CREATE TABLE goods (article_id int, product_name text); INSERT INTO goods VALUES (1, 'a')");
  ASSERT_EQ(load_role(source("items", "goods"), "items").rows_loaded, 1);
  // A view that ends its own session in the middle of being read.
  run_sql(
      "CREATE FUNCTION die(n int) RETURNS text LANGUAGE plpgsql VOLATILE AS $$ BEGIN IF n = 9000 "
      "THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN 'x'; END $$; "
      "DROP TABLE goods; CREATE VIEW goods AS SELECT g AS article_id, die(g) AS product_name FROM "
      "generate_series(1, 20000) g");
  EXPECT_THAT(load_error(source("items", "goods")),
              AllOf(HasSubstr("terminating connection due to administrator command"),
                    HasSubstr("repeat later")));
  EXPECT_THAT(rows("SELECT article_id, product_name FROM items"), ElementsAre("1|a"));
}

}  // namespace
}  // namespace coterie::data
