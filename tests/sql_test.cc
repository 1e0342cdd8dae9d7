// coterie sql: forms of output, and SQL that tries to get out.

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shop.h"

namespace coterie::tests {
namespace {

using testing::HasSubstr;

TEST(Sql, AnswersAsTableCsvJsonAndParquet) {
  const std::string& shop = Shop::finished();
  const std::string sql = "select 1 as a, 'x,y' as b, null as c, 1.50::decimal(9,2) as d";
  EXPECT_EQ(coterie({"sql", sql}, shop).out,
            "a  b    c     d\n─  ───  ─  ────\n1  x,y     1.50\n1 row\n");
  EXPECT_EQ(coterie({"sql", sql, "--format", "csv"}, shop).out, "a,b,c,d\n1,\"x,y\",,1.50\n");
  EXPECT_EQ(coterie({"sql", sql, "--json"}, shop).out,
            "[{\"a\":1,\"b\":\"x,y\",\"c\":null,\"d\":1.5}]\n");
  TemporaryFolder folder;
  const std::string out = folder / "rows.parquet";
  const Outcome written =
      coterie({"sql", "from customers", "--format", "parquet", "--out", out}, shop);
  EXPECT_EQ(written.status, 0) << written.all();
  EXPECT_EQ(read_text(out).substr(0, 4), "PAR1");
  const std::string csv = folder / "rows.csv";
  EXPECT_EQ(coterie({"sql", sql, "--format", "csv", "--out", csv}, shop).status, 0);
  EXPECT_EQ(read_text(csv), "a,b,c,d\n1,\"x,y\",,1.50\n");
}

TEST(Sql, ShowsExternalIdsAndTypesOfEveryKind) {
  const std::string& shop = Shop::finished();
  const auto rows = coterie_json(
      {"sql",
       "select [1, 2] as list, {'a': 1} as struct, interval 1 day as span, 2 as a, 3 as a, "
       "170141183460469231731687303715884105727::hugeint as huge"},
      shop);
  EXPECT_EQ(rows[0]["list"], "[1, 2]");
  EXPECT_EQ(rows[0]["struct"], "{'a': 1}");
  EXPECT_EQ(rows[0]["span"], "1 day");
  EXPECT_EQ(rows[0]["a"], 2);
  EXPECT_EQ(rows[0]["a_2"], 3);
  const auto tables = coterie_json({"sql", "show tables"}, shop);
  EXPECT_FALSE(tables.empty());
  const auto ids =
      coterie_json({"sql", "select typeof(customer_id) as kind from customers limit 1"}, shop);
  EXPECT_EQ(ids[0]["kind"], "VARCHAR");
  EXPECT_EQ(coterie({"sql", "select 1 where false", "--json"}, shop).out, "[]\n");
}

TEST(Sql, AMistakeIsTheUsersAndNamesTheNearest) {
  const Outcome unknown = coterie({"sql", "select * from customer_segment"}, Shop::finished());
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.err, HasSubstr("customer_segment"));
  const Outcome broken = coterie({"sql", "selec 1"}, Shop::finished());
  EXPECT_EQ(broken.status, 2);
  EXPECT_THAT(broken.err, HasSubstr("selec"));
}

TEST(Sql, CannotLeaveTheWarehouseOrChangeIt) {
  TemporaryFolder folder;
  const std::string shop = Shop::copy_finished(folder / "shop");
  write_text(folder / "secret.csv", "a\n1\n");
  const std::string part = [&] {
    for (const auto& entry : std::filesystem::directory_iterator(shop + "/warehouse/customers")) {
      return entry.path().string();
    }
    return std::string();
  }();
  ASSERT_NE(part, "");
  const std::string before = read_text(part);
  const std::vector<std::string> hostile = {
      "select * from read_csv('/etc/passwd')",
      "select * from read_text('" + (folder / "secret.csv") + "')",
      "select * from '" + (folder / "secret.csv") + "'",
      "select * from read_csv('" + shop + "/coterie.yaml')",
      "select * from read_parquet('" + shop + "/truth/*/*.parquet')",
      "select * from glob('/etc/*')",
      "copy (select 1) to '" + (folder / "out.csv") + "'",
      "copy (select 1) to '" + part + "' (format parquet)",
      "copy customers to '" + shop + "/warehouse/x.csv'",
      "export database '" + (folder / "db") + "'",
      "attach '" + (folder / "x.db") + "'",
      "install httpfs",
      "load httpfs",
      "set enable_external_access = true",
      "set threads = 64",
      "reset enable_external_access",
      "pragma database_list; copy (select 1) to '" + (folder / "y.csv") + "'",
      "create table t as select 1",
      "drop view customers",
      "insert into customers select * from customers",
      "delete from customers",
      "select 1; drop view customers",
      "select 1) ; copy (select 1) to '" + (folder / "z.csv") + "' ; select * from (select 1",
      "call pragma_version(); attach '" + (folder / "w.db") + "'",
      "explain analyze copy (select 1) to '" + (folder / "v.csv") + "'",
      "create secret s (type s3)",
      "checkpoint",
      "vacuum",
  };
  for (const std::string& sql : hostile) {
    for (const std::vector<std::string>& form :
         {std::vector<std::string>{}, {"--format", "parquet", "--out", folder / "o.parquet"}}) {
      std::vector<std::string> arguments = {"sql", sql};
      arguments.insert(arguments.end(), form.begin(), form.end());
      const Outcome outcome = coterie(arguments, shop);
      EXPECT_EQ(outcome.status, 2) << sql << "\n" << outcome.all();
      EXPECT_THAT(outcome.err, testing::Not(HasSubstr("root:"))) << sql;
    }
  }
  for (const char* made :
       {"out.csv", "db", "x.db", "y.csv", "z.csv", "w.db", "v.csv", "o.parquet"}) {
    EXPECT_FALSE(std::filesystem::exists(folder / made)) << made;
  }
  EXPECT_FALSE(std::filesystem::exists(shop + "/warehouse/x.csv"));
  EXPECT_EQ(read_text(part), before);
  EXPECT_EQ(coterie({"sql", "select count(*) from customers"}, shop).status, 0);
}

TEST(Sql, APlanIsShownWhole) {
  const Outcome plan = coterie({"sql", "explain select * from customers"}, Shop::finished());
  ASSERT_EQ(plan.status, 0) << plan.err;
  EXPECT_THAT(plan.out, testing::StartsWith("┌"));
  EXPECT_THAT(plan.out, testing::Not(testing::HasSubstr("…")));
  EXPECT_THAT(plan.out, testing::Not(testing::HasSubstr("explain_key")));
}

}  // namespace
}  // namespace coterie::tests
