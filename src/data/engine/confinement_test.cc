#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.h"
#include "data/engine/engine.h"

namespace coterie::data {
namespace {

using testing::HasSubstr;

class Confinement : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_ / "inside");
    std::filesystem::create_directories(folder_ / "inside-but-not");
    Connection writer = open({});
    for (const char* name : {"inside", "inside-but-not", "."}) {
      const std::string path = folder_ / (std::string(name) + "/t.parquet");
      ASSERT_TRUE(writer.execute("copy (select 42 as a) to " + quote_text(path)).ok());
    }
    confined_ = open({folder_ / "inside"});
  }
  static Connection open(const std::vector<std::string>& paths) {
    Engine engine = *Engine::open({.confined_to = paths});
    return *engine.connect();
  }
  std::string file(const std::string& name) { return quote_text(folder_ / name); }
  Error refusal(const std::string& sql) {
    const Status status = confined_->execute(sql);
    EXPECT_FALSE(status.ok()) << "allowed: " << sql;
    return status.ok() ? Error() : status.error();
  }

  TemporaryFolder folder_;
  std::optional<Connection> confined_;
};

TEST_F(Confinement, ReadsInsideOnly) {
  EXPECT_EQ(*confined_->scalar_int("select a from " + file("inside/t.parquet")), 42);
  for (const std::string& path : {file("t.parquet"), file("inside-but-not/t.parquet"),
                                  file("inside/../t.parquet"), file("*/t.parquet")}) {
    EXPECT_EQ(refusal("select * from " + path).code, ErrorCode::kPermission) << path;
  }
  for (const std::string function : {"read_csv", "read_text", "read_blob", "glob", "read_json"}) {
    const Error error = refusal("select * from " + function + "('/etc/passwd')");
    EXPECT_EQ(error.code, ErrorCode::kPermission) << function;
    EXPECT_THAT(error.message, HasSubstr("/etc/passwd"));
  }
}

TEST_F(Confinement, FollowsNoLinkOut) {
  std::filesystem::create_symlink("/etc/passwd", folder_ / "inside/link.csv");
  EXPECT_EQ(refusal("select * from read_text(" + file("inside/link.csv") + ")").code,
            ErrorCode::kPermission);
}

TEST_F(Confinement, RefusesOtherWaysOut) {
  for (const std::string& sql :
       {std::string("copy (select 1) to ") + file("x.csv"), "attach " + file("x.db") + " as x",
        std::string("install httpfs"), std::string("load httpfs"),
        "export database " + file("dump"), std::string("select * from 'http://localhost/x.csv'")}) {
    const Error error = refusal(sql);
    EXPECT_TRUE(error.code == ErrorCode::kPermission || error.code == ErrorCode::kInternal)
        << sql << ": " << error.to_text();
  }
}

TEST_F(Confinement, LocksTheConfiguration) {
  for (const std::string& sql :
       {std::string("set threads = 8"), std::string("set enable_external_access = true"),
        std::string("set lock_configuration = false"), std::string("reset memory_limit"),
        std::string("pragma threads = 8"), std::string("set allowed_directories = ['/']")}) {
    EXPECT_THAT(refusal(sql).message, HasSubstr("configuration")) << sql;
  }
}

TEST_F(Confinement, ReadsOnlyWhenTold) {
  ASSERT_TRUE(confined_->execute("create table t as select 1 as a").ok());
  confined_->allow_only_reads();
  for (const std::string& sql :
       {"copy (select 1) to " + file("inside/x.csv"),
        std::string("create table u(a integer)"),
        std::string("insert into t values (2)"),
        std::string("delete from t"),
        std::string("drop table t"),
        std::string("select 1; drop table t"),
        std::string("set threads = 1"),
        std::string("attach ':memory:' as m"),
        std::string("explain analyze delete from t"),
        "/* x */ EXPLAIN /* y */ ANALYZE copy (select 1) to " + file("inside/x.csv"),
        "explain (analyze) copy (select 1) to " + file("inside/x.csv"),
        std::string("prepare p as delete from t"),
        std::string("begin"),
        std::string("checkpoint"),
        std::string("pragma enable_profiling"),
        std::string("install httpfs"),
        std::string("call enable_logging()"),
        std::string("select * from enable_logging()"),
        std::string("select 1 where exists (from \"Enable_Logging\"(storage_path => 'x'))"),
        std::string("select * from query('select 1')"),
        std::string("select write_log('x')"),
        std::string("with a as (from checkpoint()) select * from range(1)"),
        std::string("vacuum"),
        std::string("use memory")}) {
    const Error error = refusal(sql);
    EXPECT_TRUE(error.code == ErrorCode::kPermission || error.code == ErrorCode::kInvalidInput)
        << sql << ": " << error.to_text();
  }
  confined_
      ->execute("select * from enable_logging(storage = 'file', storage_path = " +
                file("inside/logs") + ")")
      .ok();
  EXPECT_FALSE(std::filesystem::exists(folder_ / "inside/x.csv"));
  EXPECT_EQ(*confined_->scalar_int("select count(*) from t"), 1);
  for (const char* sql :
       {"select * from t", "with w as (select 1) select * from w", "from t", "describe t",
        "show tables", "explain select * from t", "EXPLAIN ANALYZE select * from t", "summarize t",
        "values (1)", "select 1 -- comment", "pivot t on a in (1, 2) using count(*)"}) {
    const Status status = confined_->execute(sql);
    EXPECT_TRUE(status.ok()) << sql << ": " << status.error().to_text();
  }
}

TEST_F(Confinement, ExplainsTheRefusal) {
  confined_->allow_only_reads();
  EXPECT_EQ(refusal("create table t(a integer)").to_text(),
            "only one statement that reads is allowed here\n"
            "  mend: write a single SELECT, DESCRIBE, SHOW or EXPLAIN");
}

TEST_F(Confinement, NamesTheFunctionThatIsNotAllowed) {
  confined_->allow_only_reads();
  EXPECT_EQ(refusal("select * from enable_logging(storage = 'file')").to_text(),
            "the function enable_logging is not allowed here\n"
            "  mend: leave it out: only functions that read may be called");
}

TEST_F(Confinement, ChecksAStatementForEmbedding) {
  EXPECT_TRUE(confined_->check_reads_only("select 1 -- end").ok());
  EXPECT_FALSE(confined_->check_reads_only("select 1) to '/tmp/x'; --").ok());
  EXPECT_FALSE(confined_->check_reads_only("select 1; select 2").ok());
}

TEST_F(Confinement, StillSpills) {
  Engine engine = *Engine::open({.memory_bytes = 64 << 20,
                                 .temporary_folder = folder_ / "spill",
                                 .confined_to = {folder_ / "inside"}});
  Connection connection = *engine.connect();
  const Result<int64_t> sorted = connection.scalar_int(
      "select count(*) from (select row_number() over (order by r) n from (select random() r from "
      "range(8000000))) where n > 0");
  ASSERT_TRUE(sorted.ok()) << sorted.error().to_text();
  EXPECT_EQ(*sorted, 8000000);
}

}  // namespace
}  // namespace coterie::data
