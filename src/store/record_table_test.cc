// What RecordTable promises, over LMDB and a real Redis.
#include "store/record_table.h"

#include <thread>

#include <gmock/gmock.h>

#include "store/test_support_internal.h"

namespace coterie::store {
namespace {

using testing::ElementsAre;
using testing::Pair;

class RecordContract : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    options_.folder = folder_.path();
    url_ = "lmdb:online";
    if (GetParam() == "lmdb") return;
    COTERIE_NEED_REDIS(server);
    url_ = server.url();
    options_.key_space = server.new_key_space();
  }
  std::unique_ptr<RecordTable> open() const {
    auto table = open_record_table(url_, options_, "features");
    if (!table.ok()) ADD_FAILURE() << table.error().to_text();
    return *std::move(table);
  }

  TemporaryFolder folder_;
  StoreOptions options_;
  std::string url_;
};

Status put(RecordTable& table, std::string_view key, const std::vector<RecordField>& fields,
           int64_t ttl_s = 0) {
  const Record record{key, fields};
  return table.put({&record, 1}, ttl_s);
}

TEST_P(RecordContract, ARecordIsReplacedWhole) {
  const auto table = open();
  EXPECT_EQ(*table->get("customer:1"), std::nullopt);
  ASSERT_TRUE(put(*table, "customer:1", {{"spend", "19.90"}, {"city", "Åre \"x\"\r\n"}}).ok());
  const auto other = open();
  EXPECT_THAT(**other->get("customer:1"),
              ElementsAre(Pair("city", "Åre \"x\"\r\n"), Pair("spend", "19.90")));
  ASSERT_TRUE(put(*table, "customer:1", {{"orders", ""}}).ok());
  EXPECT_THAT(**other->get("customer:1"), ElementsAre(Pair("orders", "")));
  ASSERT_TRUE(put(*table, "customer:1", {}).ok());
  EXPECT_EQ(*other->get("customer:1"), std::nullopt);
}

TEST_P(RecordContract, ManyAtOnceAndClearByPrefix) {
  const auto table = open();
  std::vector<std::string> keys;
  for (int i = 0; i < 2'500; ++i) keys.push_back(fmt::format("customer:{}", i));
  keys.emplace_back("article:1");
  const std::vector<RecordField> fields = {{"a", "1"}, {"b", "2"}};
  std::vector<Record> records;
  for (const std::string& key : keys) records.push_back({key, fields});
  ASSERT_EQ(error_text(table->put(records)), "");
  EXPECT_EQ((*table->get("customer:2499"))->at("b"), "2");
  EXPECT_EQ(*table->clear("customer:"), 2'500);
  EXPECT_EQ(*table->get("customer:7"), std::nullopt);
  EXPECT_TRUE((*table->get("article:1")).has_value());
  EXPECT_EQ(*table->clear(""), 1);
}

TEST_P(RecordContract, StandsApartFromTheStoresKeys) {
  const auto table = open();
  const auto store = open_or_fail(url_, options_);
  WriteBatch batch;
  batch.put("g1/customer/1", "bytes");
  ASSERT_TRUE(store->write(batch).ok());
  ASSERT_TRUE(put(*table, "g1/customer/1", {{"a", "1"}}).ok());
  EXPECT_EQ(*table->clear(""), 1);
  EXPECT_EQ(*store->get("g1/customer/1"), "bytes");
}

TEST_P(RecordContract, ExpiresAndIsGone) {
  const auto table = open();
  ASSERT_TRUE(put(*table, "stays", {{"a", "1"}}, 3'600).ok());
  EXPECT_THAT(**table->get("stays"), ElementsAre(Pair("a", "1")));
  ASSERT_TRUE(put(*table, "goes", {{"a", "1"}}, 1).ok());
  for (int i = 0; i < 1'000 && (*table->get("goes")).has_value(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(*table->get("goes"), std::nullopt);
  // Put again without an end it stays.
  ASSERT_TRUE(put(*table, "stays", {{"a", "2"}}).ok());
  EXPECT_THAT(**table->get("stays"), ElementsAre(Pair("a", "2")));
}

TEST_P(RecordContract, RefusesWhatNoReaderCouldRead) {
  const auto table = open();
  EXPECT_EQ(error_text(put(*table, "", {{"a", "1"}})), "a record's key must not be empty");
  EXPECT_EQ(error_text(put(*table, "k", {{"expires_at", "1"}})),
            "'k': a field has a name that the store needs itself");
  EXPECT_EQ(error_text(put(*table, "k", {{"", "1"}})), "'k': a field has an empty name");
  EXPECT_EQ(error_text(put(*table, "k", {{"a", "\xFF"}})), "'k': the value of 'a' is not UTF-8");
  EXPECT_EQ(*table->get("k"), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Stores, RecordContract, testing::Values("lmdb", "redis"),
                         [](const auto& backend) { return backend.param; });

TEST(RecordsInRedis, OneHgetallReadsARecord) {
  COTERIE_NEED_REDIS(server);
  StoreOptions options;
  options.key_space = server.new_key_space();
  const auto table = open_record_table(server.url(), options, "features").value();
  ASSERT_TRUE(put(*table, "customer:42", {{"spend", "19.90"}}, 60).ok());
  const std::string key = options.key_space + ":features:{customer:42}";
  EXPECT_EQ(server.command({"HGET", key, "spend"}), "19.90");
  EXPECT_EQ(server.command({"HLEN", key}), "1");
  EXPECT_EQ(server.command({"TTL", key}), "60");
}

TEST(RecordsInRedis, AServerThatCameBackIsUsedAgain) {
  auto started = RedisTestServer::start({});
  if (!started.ok() && started.error().code == ErrorCode::kNotFound)
    GTEST_SKIP() << started.error().to_text();
  ASSERT_TRUE(started.ok()) << started.error().to_text();
  RedisTestServer& server = **started;
  const auto table = open_record_table(server.url(), {}, "features").value();
  server.stop();
  const Status down = put(*table, "k", {{"a", "1"}});
  ASSERT_FALSE(down.ok());
  EXPECT_EQ(down.error().code, ErrorCode::kUnavailable);
  ASSERT_TRUE(server.launch().ok());
  ASSERT_EQ(error_text(put(*table, "k", {{"a", "2"}})), "");
  EXPECT_EQ((*table->get("k"))->at("a"), "2");
}

TEST(RecordsInLmdb, AreJsonUnderTheirKey) {
  const TemporaryFolder folder;
  StoreOptions options;
  options.folder = folder.path();
  const auto table = open_record_table("lmdb:online", options, "features").value();
  ASSERT_TRUE(put(*table, "customer:42", {{"spend", "19.90"}}).ok());
  const auto store = open_or_fail("lmdb:online", options);
  EXPECT_EQ(*store->get("features/customer:42"), R"({"spend":"19.90"})");
}

}  // namespace
}  // namespace coterie::store
