// What is Redis' own: URLs, logins, servers that go away, keys of other programs.
#include <gmock/gmock.h>

#include "base/secret.h"
#include "store/redis_connection_internal.h"
#include "store/test_support_internal.h"

namespace coterie::store {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Status put(KeyValueStore& store, const std::string& key, const std::string& value) {
  WriteBatch batch;
  batch.put(key, value);
  return store.write(batch);
}
std::string open_error(const std::string& url, const StoreOptions& options = {}) {
  const auto store = open_store(url, options);
  return store.ok() ? "" : store.error().to_text();
}

TEST(RedisUrl, IsTakenApart) {
  const auto full = *internal::parse_redis_url("redis://me:p%40ss%2F@db.example:7000/3");
  EXPECT_EQ(full.host, "db.example");
  EXPECT_EQ(full.port, 7000);
  EXPECT_EQ(full.database, 3);
  EXPECT_EQ(full.user, "me");
  EXPECT_EQ(full.password, "p@ss/");
  EXPECT_EQ(full.name(), "redis at db.example:7000/3");
  const auto least = *internal::parse_redis_url("redis://localhost");
  EXPECT_EQ(least.port, 6379);
  EXPECT_EQ(least.database, 0);
  EXPECT_EQ(least.password, "");
  EXPECT_EQ(internal::parse_redis_url("redis://:raw@sign@h")->password, "raw@sign");
  EXPECT_EQ(internal::parse_redis_url("redis://[::1]:7001/")->host, "::1");
  EXPECT_EQ(internal::parse_redis_url("redis://[::1]:7001/")->port, 7001);
}

TEST(RedisUrl, MistakesAreNamedAndPasswordsAreNot) {
  const auto error = [](const std::string& url) {
    return internal::parse_redis_url(url).error().message;
  };
  EXPECT_EQ(error("redis://"), "not the URL of a Redis server: the host is missing");
  EXPECT_EQ(error("redis://h:0"),
            "not the URL of a Redis server: the port is a number from 1 to 65535");
  EXPECT_EQ(error("redis://h:70000"),
            "not the URL of a Redis server: the port is a number from 1 to 65535");
  EXPECT_EQ(error("redis://h/zero"),
            "not the URL of a Redis server: the database is a number from 0 to 1048576");
  EXPECT_EQ(error("redis://h/0?timeout=1"),
            "not the URL of a Redis server: nothing may follow the database");
  EXPECT_EQ(error("redis://[::1"),
            "not the URL of a Redis server: ']' is missing behind the address");
  EXPECT_EQ(error("redis://[::1]7"),
            "not the URL of a Redis server: ':' and a port may follow the host");
  EXPECT_EQ(error("redis://hunter2@h"),
            "not the URL of a Redis server: a ':' must stand before the password");
  EXPECT_EQ(error("redis://me:@h"), "not the URL of a Redis server: the user has no password");
  EXPECT_EQ(error("redis://:long%4@h"),
            "not the URL of a Redis server: '%' is followed by two hexadecimal digits");
  EXPECT_EQ(redact("said hunter2"), "said ***");
}

TEST(RedisStore, NobodyListening) {
  const int port = Listener().port;
  EXPECT_EQ(open_error(fmt::format("redis://127.0.0.1:{}", port)),
            fmt::format("redis at 127.0.0.1:{}/0: cannot connect: Connection refused\n"
                        "  mend: check that Redis runs there and that host and port of the URL are "
                        "right",
                        port));
  EXPECT_THAT(open_error("redis://no-such-host.invalid"),
              StartsWith("redis at no-such-host.invalid:6379/0: cannot connect: "));
}

TEST(RedisStore, ASilentServerTimesOut) {
  const Listener listener;  // accepts nobody
  EXPECT_EQ(
      open_error(fmt::format("redis://127.0.0.1:{}", listener.port), {.answer_timeout_ms = 50}),
      fmt::format("redis at 127.0.0.1:{}/0: no answer: it did not answer within 50 ms\n"
                  "  mend: see what keeps the server busy (SLOWLOG GET), or give it more "
                  "processors",
                  listener.port));
}

TEST(RedisStore, AServerOfAnotherKindIsNamed) {
  const Listener listener;
  const std::jthread web([&listener] {
    const int caller = accept(listener.handle, nullptr, nullptr);
    const std::string_view answer = "HTTP/1.1 400 Bad Request\r\n\r\n";
    EXPECT_EQ(write(caller, answer.data(), answer.size()), std::ssize(answer));
    close(caller);
  });
  EXPECT_THAT(open_error(fmt::format("redis://127.0.0.1:{}", listener.port)),
              HasSubstr("no answer: what answers there is not Redis"));
}

TEST(RedisStore, KeysAreWhereOtherProgramsFindThem) {
  COTERIE_NEED_REDIS(server);
  const std::string space = server.new_key_space();
  const auto store = open_or_fail(server.url(), {.key_space = space});
  EXPECT_EQ(store->name(), "redis at " + server.address() + "/0");
  WriteBatch batch;
  batch.put("customer/7", "seven");
  batch.set_metadata("log_offset", "99");
  ASSERT_TRUE(store->write(batch).ok());
  EXPECT_EQ(server.command({"GET", space + ":data:customer/7"}), "seven");
  EXPECT_EQ(server.command({"GET", space + ":meta:log_offset"}), "99");
  const auto neighbour = open_or_fail(server.url(), {.key_space = server.new_key_space()});
  EXPECT_EQ(*neighbour->get("customer/7"), std::nullopt);
  EXPECT_EQ(*neighbour->clear(""), 0);
  const auto other_database = open_or_fail(server.url() + "/1", {.key_space = space});
  EXPECT_EQ(*other_database->get("customer/7"), std::nullopt);
  EXPECT_GT(store->stats()->bytes, 0);
}

TEST(RedisStore, AKeyOfAnotherKindIsNamed) {
  COTERIE_NEED_REDIS(server);
  const std::string space = server.new_key_space();
  const auto store = open_or_fail(server.url(), {.key_space = space});
  ASSERT_TRUE(put(*store, "good", "1").ok());
  server.command({"LPUSH", space + ":data:list", "x"});
  const std::string want =
      "'list': redis at " + server.address() +
      "/0: WRONGTYPE Operation against a key holding the wrong kind of value\n"
      "  mend: another program wrote this key: use a database of your own (redis://HOST:PORT/1)";
  EXPECT_EQ(store->get("list").error().to_text(), want);
  EXPECT_EQ(store->get("list").error().code, ErrorCode::kConflict);
  const std::vector<std::string_view> keys = {"good", "list"};
  EXPECT_EQ(store->get(keys).error().to_text(), want);
  EXPECT_EQ(*store->get("good"), "1");
  ASSERT_TRUE(put(*store, "list", "ours").ok());
  EXPECT_EQ(*store->get("list"), "ours");
}

TEST(RedisStore, Logins) {
  COTERIE_NEED_REDIS(open_server);
  const auto guarded = RedisTestServer::start({"--requirepass", "se%cret/word"});
  ASSERT_TRUE(guarded.ok());
  const RedisTestServer& server = **guarded;
  const auto store = open_or_fail(server.url(":se%25cret%2Fword@"));
  EXPECT_TRUE(put(*store, "k", "v").ok());
  EXPECT_EQ(open_error(server.url()),
            "redis at " + server.address() +
                "/0: NOAUTH Authentication required.\n"
                "  mend: the server wants a password: write redis://:PASSWORD@HOST:PORT");
  const std::string wrong = open_error(server.url(":not-the-secret@"));
  EXPECT_THAT(wrong, HasSubstr("WRONGPASS"));
  EXPECT_THAT(wrong, HasSubstr("mend: check user and password of the URL"));
  EXPECT_THAT(wrong, Not(HasSubstr("not-the-secret")));
  EXPECT_THAT(open_error(open_server.url(":needless@")),
              HasSubstr("mend: the server has no password: remove it from the URL"));
  EXPECT_EQ(redact("not-the-secret se%cret/word"), "*** ***");
}

TEST(RedisStore, ADatabaseBeyondTheServers) {
  COTERIE_NEED_REDIS(server);
  const auto store = open_store(server.url() + "/4711", {});
  EXPECT_EQ(store.error().code, ErrorCode::kInvalidInput);
  EXPECT_THAT(store.error().to_text(), HasSubstr("DB index is out of range\n  mend: give a "
                                                 "smaller number of a database"));
}

TEST(RedisStore, AServerThatGoesAndComesBack) {
  COTERIE_NEED_REDIS(other);
  auto started = RedisTestServer::start({});
  ASSERT_TRUE(started.ok());
  RedisTestServer& server = **started;
  const auto store = open_or_fail(server.url());
  ASSERT_TRUE(put(*store, "k", "v").ok());
  server.stop();
  const std::string refused = "redis at " + server.address() +
                              "/0: cannot connect: Connection refused\n"
                              "  mend: check that Redis runs there and that host and port of the "
                              "URL are right";
  EXPECT_EQ(store->get("k").error().to_text(), refused);
  EXPECT_EQ(error_text(put(*store, "k", "v")), refused);
  ASSERT_TRUE(server.launch().ok());
  EXPECT_EQ(*store->get("k"), std::nullopt);  // it kept nothing on disk
  EXPECT_EQ(error_text(put(*store, "k", "again")), "");
  // Restarted between two calls, unnoticed.
  server.stop();
  ASSERT_TRUE(server.launch().ok());
  EXPECT_EQ(error_text(put(*store, "k", "again")), "");
  EXPECT_EQ(*store->get("k"), "again");
}

TEST(RedisStore, WhatTheServerRefusesChangesNothing) {
  COTERIE_NEED_REDIS(other);
  const auto started = RedisTestServer::start({});
  ASSERT_TRUE(started.ok());
  const RedisTestServer& server = **started;
  const auto store = open_or_fail(server.url());
  ASSERT_TRUE(put(*store, "k", "v").ok());
  WriteBatch batch;
  batch.erase("k");
  batch.put("new", "x");
  batch.set_metadata("offset", "1");

  server.command({"CONFIG", "SET", "maxmemory", "1"});
  const Status full = store->write(batch);
  EXPECT_EQ(full.error().code, ErrorCode::kResourceExhausted);
  EXPECT_THAT(error_text(full), HasSubstr("\n  mend: raise maxmemory of the server"));
  EXPECT_EQ(*store->get("k"), "v");
  EXPECT_EQ(store->stats()->limit_bytes, 1);
  server.command({"CONFIG", "SET", "maxmemory", "0"});

  server.command({"REPLICAOF", "127.0.0.1", "1"});
  EXPECT_THAT(error_text(store->write(batch)),
              HasSubstr("\n  mend: give the URL of the primary, not of a replica"));
  server.command({"REPLICAOF", "NO", "ONE"});
  EXPECT_EQ(*store->get("k"), "v");
  EXPECT_EQ(*store->metadata("offset"), std::nullopt);

  EXPECT_EQ(error_text(store->write(batch)), "");
  EXPECT_EQ(*store->get("k"), std::nullopt);
}

TEST(RedisStore, ABusyServerTimesOutAndIsUsableAfterwards) {
  COTERIE_NEED_REDIS(other);
  const auto started = RedisTestServer::start({"--enable-debug-command", "yes"});
  ASSERT_TRUE(started.ok());
  const RedisTestServer& server = **started;
  const auto store = open_or_fail(server.url(), {.answer_timeout_ms = 100});
  ASSERT_TRUE(put(*store, "k", "v").ok());
  std::jthread sleeper([&server] { server.command({"DEBUG", "SLEEP", "1"}); });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const auto slow = store->get("k");
  ASSERT_FALSE(slow.ok());
  EXPECT_EQ(slow.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(slow.error().to_text(), HasSubstr("it did not answer within 100 ms"));
  sleeper.join();
  EXPECT_EQ(*store->get("k"), "v");  // not the late answer of the call before
}

}  // namespace
}  // namespace coterie::store
