#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/warehouse/test_warehouse_internal.h"

namespace coterie::data {
namespace {

using testing::HasSubstr;

// What an ingest does: encode, then write facts with codes.
int64_t load(TestWarehouse& test, const std::string& select, bool numeric = false) {
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  Connection connection = test.connect();
  must(connection.execute("create temp table source as " + select));
  must(transaction.encode_ids("customer", connection, "select id from source", numeric));
  const std::string join = numeric ? "d.number = s.id" : "d.id = s.id::varchar";
  take(transaction.append("facts_of", connection,
                          "select d.code as customer_id, s.n from source s "
                          "left join facts.dict_customer d on " +
                              join,
                          {.entities = {{"customer_id", "customer"}}}));
  return take(transaction.commit());
}

TEST(Dictionary, RestoresTextIdsAsTheyWereWritten) {
  TestWarehouse test;
  load(test,
       "select * from (values ('0108775015', 1), ('B-7', 2), (null, 3), ('0108775015', 4)) "
       "v(id, n)");
  EXPECT_EQ(test.text("select string_agg(coalesce(customer_id, 'null') || n, ' ' order by n) "
                      "from facts_of"),
            "01087750151 B-72 null3 01087750154");
  EXPECT_EQ(test.text("select string_agg(coalesce(customer_id::varchar, 'null'), ' ' order by n) "
                      "from facts.facts_of"),
            "0 1 null 0");
  const DictionaryInfo info = take(test.warehouse.snapshot()).dictionary("customer").value();
  EXPECT_EQ(info.size, 2);
  EXPECT_FALSE(info.numeric);
  EXPECT_EQ(info.version, 1);
  EXPECT_EQ(take(test.warehouse.snapshot()).tables().size(), 1U);
}

TEST(Dictionary, NewIdsGetTheNextCodesInOrder) {
  TestWarehouse test;
  load(test, "select * from (values ('d', 1), ('b', 2)) v(id, n)");
  load(test, "select * from (values ('c', 3), ('a', 4), ('b', 5)) v(id, n)");
  load(test, "select * from (values ('b', 6)) v(id, n)");
  EXPECT_EQ(test.text("select string_agg(id || code, ' ' order by code) from facts.dict_customer"),
            "b0 d1 a2 c3");
  const DictionaryInfo info = take(test.warehouse.snapshot()).dictionary("customer").value();
  EXPECT_EQ(info.version, 2);
  EXPECT_EQ(info.size, 4);
}

TEST(Dictionary, RestoresIntegersAsBigint) {
  TestWarehouse test;
  load(test, "select * from (values (17850, 1), (9007199254740993, 2), (-3, 3)) v(id, n)", true);
  EXPECT_EQ(test.text("select typeof(customer_id) from facts_of limit 1"), "BIGINT");
  EXPECT_EQ(test.text("select string_agg(customer_id, ' ' order by n) from facts_of"),
            "17850 9007199254740993 -3");
  EXPECT_EQ(test.text("select string_agg(code || ':' || id || ':' || number, ' ' order by code) "
                      "from facts.dict_customer"),
            "0:-3:-3 1:17850:17850 2:9007199254740993:9007199254740993");
}

TEST(Dictionary, TextIdsTurnANumericDictionaryIntoText) {
  TestWarehouse test;
  load(test, "select * from (values (5, 1), (7, 2)) v(id, n)", true);
  load(test, "select * from (values ('7', 3), ('A1', 4), ('07', 5)) v(id, n)", false);
  load(test, "select * from (values (7, 6), (8, 7)) v(id, n)", false);
  EXPECT_EQ(test.text("select typeof(customer_id) from facts_of limit 1"), "VARCHAR");
  EXPECT_EQ(test.text("select string_agg(customer_id, ' ' order by n) from facts_of"),
            "5 7 7 A1 07 7 8");
  EXPECT_EQ(test.text("select string_agg(id || code, ' ' order by code) from facts.dict_customer"),
            "50 71 072 A13 84");
}

TEST(Dictionary, IntegersJoinATextDictionaryAsText) {
  TestWarehouse test;
  load(test, "select * from (values ('7', 1)) v(id, n)");
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  Connection connection = test.connect();
  must(transaction.encode_ids("customer", connection, "select 7 as id union all select 9", true));
  EXPECT_EQ(take(connection.scalar_text(
                "select string_agg(id || code, ' ' order by code) from facts.dict_customer")),
            "70 91");
}

TEST(Dictionary, NumericMustBeIntegers) {
  TestWarehouse test;
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  Connection connection = test.connect();
  const Status status =
      transaction.encode_ids("customer", connection, "select '0123' as customer_id", true);
  EXPECT_EQ(status.error().to_text(),
            "ids of 'customer' were declared to be integers, column 'customer_id' is VARCHAR\n"
            "  mend: cast the column to BIGINT, or declare the ids as text");
  EXPECT_EQ(transaction.encode_ids("../x", connection, "select 'a'").error().code,
            ErrorCode::kInvalidInput);
}

TEST(Dictionary, SeveralEncodesOfOneTransactionAddUp) {
  TestWarehouse test;
  WriteTransaction transaction = take(test.warehouse.begin("run"));
  Connection connection = test.connect();
  must(transaction.encode_ids("customer", connection, "select 'b' as id"));
  must(transaction.encode_ids("article", connection, "select 'x' as id"));
  must(transaction.encode_ids("customer", connection, "select 'a' as id union all select 'b'"));
  must(transaction.encode_ids("customer", connection, "select null::varchar as id"));
  take(transaction.commit());
  EXPECT_EQ(test.text("select string_agg(id || code, ' ' order by code) from facts.dict_customer"),
            "b0 a1");
  EXPECT_EQ(take(test.warehouse.snapshot()).dictionaries().size(), 2U);
}

TEST(Dictionary, RollbackLeavesNoIds) {
  TestWarehouse test;
  {
    WriteTransaction transaction = take(test.warehouse.begin("run"));
    Connection connection = test.connect();
    must(transaction.encode_ids("customer", connection, "select 'lost' as id"));
  }
  load(test, "select 'kept' as id, 1 as n");
  EXPECT_EQ(test.text("select string_agg(id || code, ' ' order by code) from facts.dict_customer"),
            "kept0");
}

TEST(Dictionary, TheSameInputGivesTheSameCodesWithAnyThreads) {
  std::set<std::string> found;
  for (const int threads : {1, 2, 4}) {
    TestWarehouse test;
    test.engine = take(Engine::open({.threads = threads}));
    load(test, "select 'id' || hash(i) as id, i as n from range(50000) r(i)");
    load(test, "select 'id' || hash(i * 7) as id, i as n from range(50000) r(i)");
    found.insert(
        test.text("select md5(string_agg(id || code, ',' order by code)) from "
                  "facts.dict_customer"));
  }
  EXPECT_EQ(found.size(), 1U);
}

TEST(Dictionary, TextsOfAllKindsKeepTheirBytes) {
  TestWarehouse test;
  const std::string ids =
      "select * from (values ('', 1), (' ', 2), ('å', 3), ('a''b', 4), ('\"', 5), (chr(10), 6), "
      "('NULL', 7), ('17850.0', 8)) v(id, n)";
  load(test, ids);
  EXPECT_EQ(test.number("select count(*) from facts_of join (" + ids +
                        ") s on s.n = facts_of.n and s.id = facts_of.customer_id"),
            8);
}

TEST(Dictionary, ConcurrentTransactionsNeverShareACode) {
  TestWarehouse test;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = 0; i < 10; ++i) {
        load(test, "select 'w' || " + std::to_string(writer % 2) + " || '-' || (i + " +
                       std::to_string(i * 5) + ") as id, i as n from range(10) r(i)");
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(test.text("select concat_ws(' ', count(*), count(distinct code), count(distinct id), "
                      "max(code) + 1) from facts.dict_customer"),
            "110 110 110 110");
  EXPECT_EQ(test.number("select count(*) from facts_of where customer_id is null"), 0);
  EXPECT_EQ(test.number("select count(*) from facts_of"), 400);
}

TEST(Dictionary, WaitingForTheRightToAddIdsEndsWithTheHoldersName) {
  TestWarehouse test({.encode_timeout_s = 0.05});
  Connection connection = test.connect();
  WriteTransaction holder = take(test.warehouse.begin("ingest-7"));
  must(holder.encode_ids("customer", connection, "select 'a' as id"));
  WriteTransaction other = take(test.warehouse.begin("run"));
  const Status status = other.encode_ids("article", connection, "select 'a' as id");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(status.error().to_text(), HasSubstr("another run is adding ids: ingest-7 since "));
  take(holder.commit());
  EXPECT_TRUE(other.encode_ids("article", connection, "select 'a' as id").ok());
}

}  // namespace
}  // namespace coterie::data
