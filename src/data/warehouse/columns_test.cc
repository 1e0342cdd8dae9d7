#include <gtest/gtest.h>

#include "data/warehouse/columns_internal.h"
#include "data/warehouse/test_warehouse_internal.h"

namespace coterie::data {
namespace {

// The error of a write, as the user reads it.
class ColumnRules : public testing::Test {
 protected:
  std::string refusal(const Result<int64_t>& result) {
    EXPECT_FALSE(result.ok());
    if (result.ok()) return "";
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidInput);
    return result.error().to_text();
  }
  std::string append(const std::string& select, const TableOptions& options = {}) {
    WriteTransaction transaction = take(test_.warehouse.begin("run"));
    Connection connection = test_.connect();
    return refusal(transaction.append("t", connection, select, options));
  }
  std::string replace(const std::string& select, const TableOptions& options = {}) {
    WriteTransaction transaction = take(test_.warehouse.begin("run"));
    Connection connection = test_.connect();
    return refusal(transaction.replace("t", connection, select, options));
  }
  TestWarehouse test_;
};

TEST_F(ColumnRules, AddedColumnReadsNullInOlderParts) {
  test_.replace("t", "select 1 as a, 'x' as b");
  test_.append("t", "select 'y' as b, 2 as a, 2.5::decimal(18,2) as price");
  test_.append("t", "select 3 as a, 3.5::decimal(18,2) as price, 'z' as b, date '2020-01-01' as d");
  EXPECT_EQ(test_.text("select string_agg(concat_ws('/', a, b, coalesce(price::varchar, 'null'), "
                       "coalesce(d::varchar, 'null')), ' ' order by a) from t"),
            "1/x/null/null 2/y/2.50/null 3/z/3.50/2020-01-01");
  EXPECT_EQ(test_.text("select string_agg(column_name || ' ' || column_type, ', ') from "
                       "(describe t)"),
            "a INTEGER, b VARCHAR, price DECIMAL(18,2), d DATE");
  EXPECT_EQ(test_.number("select count(*) from t where price > 2"), 2);
}

TEST_F(ColumnRules, RemovedColumnIsRefused) {
  test_.replace("t", "select 1 as a, 'x' as b");
  const std::string expected =
      "table 't', column 'b': the table has this column, what is written has not\n"
      "  mend: write it too (null where unknown), or drop the table first";
  EXPECT_EQ(append("select 1 as a"), expected);
  EXPECT_EQ(replace("select 1 as a"), expected);
  EXPECT_EQ(test_.info("t").rows, 1);
}

TEST_F(ColumnRules, RetypedColumnIsRefused) {
  test_.replace("t", "select 1 as a, 'x' as b");
  EXPECT_EQ(append("select 1::bigint as a, 'x' as b"),
            "table 't', column 'a': is INTEGER in the table, BIGINT in what is written\n"
            "  mend: cast it to INTEGER, or drop the table first");
}

TEST_F(ColumnRules, ReshapeAllowsBothForReplace) {
  test_.replace("t", "select 1 as a, 'x' as b", {.key = {"a"}});
  test_.replace("t", "select 'new' as a, 1 as c", {.key = {"c"}, .reshape = true});
  EXPECT_EQ(test_.text("select a from t"), "new");
  EXPECT_EQ(test_.info("t").key, std::vector<std::string>{"c"});
}

TEST_F(ColumnRules, DeclarationsMustAgree) {
  test_.replace("t", "select 1 as a, 2 as b, date '2020-01-01' as d", {.key = {"a"}});
  EXPECT_EQ(append("select 1 as a, 2 as b, date '2020-01-01' as d", {.key = {"a", "b"}}),
            "table 't': the key is a in the table, a, b in what is written\n"
            "  mend: declare the same key, or drop the table first");
  EXPECT_EQ(append("select 1 as a, 2 as b, date '2020-01-01' as d", {.day_column = "d"}),
            "table 't', column 'd': declared as the day column, the table has none\n"
            "  mend: declare the same, or drop the table first");
  EXPECT_EQ(
      append("select 1 as a, 2 as b, date '2020-01-01' as d", {.entities = {{"b", "customer"}}}),
      "table 't', column 'b': holds plain integers in the table, codes of 'customer' in what "
      "is written\n  mend: declare the same entity, or drop the table first");
  test_.append("t", "select 1 as a, 2 as b, date '2020-01-01' as d", {.sort_by = {"b"}});
  EXPECT_EQ(test_.info("t").sort_by, std::vector<std::string>{"b"});
  EXPECT_EQ(test_.info("t").key, std::vector<std::string>{"a"});
}

TEST_F(ColumnRules, DeclaredColumnsMustExist) {
  EXPECT_EQ(append("select 1 as a", {.key = {"b"}}),
            "table 't', column 'b': declared as key but not a column\n"
            "  mend: write the column, or correct the declaration");
  EXPECT_EQ(append("select 1 as a", {.day_column = "a"}),
            "table 't', column 'a': the day column must be DATE, not INTEGER\n"
            "  mend: cast it to DATE");
  EXPECT_EQ(append("select 'x' as a", {.entities = {{"a", "customer"}}}),
            "table 't', column 'a': codes of 'customer' must be INTEGER, not VARCHAR\n"
            "  mend: join facts.dict_customer and write its column `code`");
  EXPECT_EQ(append("select 1 as a", {.entities = {{"b", "customer"}}}),
            "table 't', column 'b': declared as codes of 'customer' but not written\n"
            "  mend: write the column, or leave out the declaration");
}

TEST_F(ColumnRules, NamesMustBeUnique) {
  EXPECT_EQ(append("select 1 as a, 2 as A"),
            "table 't', column 'A': the column's name is empty or comes twice\n"
            "  mend: give every column a name of its own");
}

TEST_F(ColumnRules, NamesAreComparedWithoutCase) {
  test_.replace("t", "select 1 as Price");
  test_.append("t", "select 2 as PRICE");
  EXPECT_EQ(test_.number("select sum(price)::bigint from t"), 3);
}

TEST_F(ColumnRules, TypesThatParquetWouldChangeAreCastOrRefused) {
  test_.replace("t",
                "select sum(i) as total, 'a'::enum('a', 'b') as kind, "
                "'2020-01-01 10:00:00'::timestamp_s as moment, [1.5, 2.5]::float[2] as vector, "
                "{'n': 5::hugeint, 'HUGEINT': 'x'} as pair from range(10) r(i)");
  EXPECT_EQ(test_.text("select string_agg(column_name || ' ' || column_type, ', ') from "
                       "(describe t)"),
            "total BIGINT, kind VARCHAR, moment TIMESTAMP, vector FLOAT[], "
            "pair STRUCT(n BIGINT, HUGEINT VARCHAR)");
  EXPECT_EQ(test_.text("select concat_ws(' ', total, kind, moment, vector, pair.n) from t"),
            "45 a 2020-01-01 10:00:00 [1.5, 2.5] 5");
  test_.drop("t");
  EXPECT_EQ(append("select '101'::bit as a"),
            "table 't', column 'a': type BIT cannot be stored\n"
            "  mend: cast the column to another type, such as VARCHAR");
}

TEST_F(ColumnRules, ASumBeyond64BitsIsAnErrorNotARoundedNumber) {
  EXPECT_NE(
      append("select 170141183460469231731687303715884105727::hugeint as a").find("out of range"),
      std::string::npos);
}

TEST_F(ColumnRules, EveryStoredTypeComesBackAsItWas) {
  const std::string row =
      "select true b, 1::tinyint t, 2::smallint s, 3::integer i, 4::bigint bi, 5::utinyint ut, "
      "6::usmallint us, 7::uinteger ui, 8::ubigint ubi, 1.5::float f, 2.5::double d, "
      "1.1::decimal(4,1) d4, 2.22::decimal(18,2) d18, 3.33::decimal(38,2) d38, 'text' v, "
      "'\\x00\\xFF'::blob bl, date '2020-02-29' da, time '12:34:56' ti, "
      "'2020-01-01 01:02:03.000004'::timestamp ts, '2020-01-01 01:02:03.000000004'::timestamp_ns "
      "tn, '2020-01-01 01:02:03+02'::timestamptz tz, interval 3 day iv, "
      "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid u, [1, null, 3] l, {'a': 1, 'b': ['x']} st, "
      "map {'k': 2} m, '{\"a\": 1}'::json j, null::varchar n";
  test_.replace("t", row);
  const Snapshot snapshot = take(test_.warehouse.snapshot());
  Connection connection = test_.connect();
  must(snapshot.attach(connection));
  EXPECT_EQ(take(connection.scalar_text("select (t)::varchar from t")),
            take(connection.scalar_text("select (t)::varchar from (" + row + ") t")));
  std::vector<std::string> types;
  for (const ColumnInfo& column : take(connection.describe(row))) types.push_back(column.sql_type);
  std::vector<std::string> stored;
  for (const ColumnInfo& column : take(connection.describe("from t"))) {
    stored.push_back(column.sql_type);
  }
  EXPECT_EQ(stored, types);
}

TEST(StillAgrees, IfNothingWasTakenAwayOrRetyped) {
  const TableShape staged{{{"a", "INTEGER", ""}, {"b", "VARCHAR", ""}}, {"a"}, "", {}};
  TableShape now = staged;
  EXPECT_TRUE(still_agrees(staged, now));
  now.columns.pop_back();
  EXPECT_TRUE(still_agrees(staged, now));
  now.columns.push_back({"c", "VARCHAR", ""});
  EXPECT_FALSE(still_agrees(staged, now));
  now = staged;
  now.columns[0].sql_type = "BIGINT";
  EXPECT_FALSE(still_agrees(staged, now));
  now = staged;
  now.key = {"b"};
  EXPECT_FALSE(still_agrees(staged, now));
}

TEST_F(ColumnRules, AColumnAddedMeanwhileIsAConflict) {
  test_.replace("t", "select 1 as a");
  WriteTransaction transaction = take(test_.warehouse.begin("late"));
  Connection connection = test_.connect();
  take(transaction.append("t", connection, "select 2 as a"));
  test_.append("t", "select 3 as a, 'x' as b");
  const Result<int64_t> refused = transaction.commit();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().to_text(),
            "table 't': its columns were changed by run run while this one was writing\n"
            "  mend: run it again");
}

}  // namespace
}  // namespace coterie::data
