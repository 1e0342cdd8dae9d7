// What every KeyValueStore promises, over LMDB and a real Redis.
#include <atomic>
#include <map>
#include <random>
#include <thread>

#include <gmock/gmock.h>

#include "base/child_process.h"
#include "store/test_support_internal.h"

namespace coterie::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Entries = std::vector<std::pair<std::string, std::string>>;

class StoreContract : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    options_.folder = folder_.path();
    url_ = "lmdb:online";
    if (GetParam() == "lmdb") return;
    COTERIE_NEED_REDIS(server);
    url_ = server.url();
    options_.key_space = server.new_key_space();
  }
  std::unique_ptr<KeyValueStore> open() const { return open_or_fail(url_, options_); }

  TemporaryFolder folder_;
  StoreOptions options_;
  std::string url_;
};

void put(KeyValueStore& store, const Entries& entries) {
  WriteBatch batch;
  for (const auto& [key, value] : entries) batch.put(key, value);
  ASSERT_EQ(error_text(store.write(batch)), "");
}

Entries scanned(const KeyValueStore& store, const std::string& prefix) {
  Entries entries;
  EXPECT_EQ(error_text(store.scan(prefix,
                                  [&](std::string_view key, std::string_view value) -> Status {
                                    entries.emplace_back(key, value);
                                    return {};
                                  })),
            "");
  return entries;
}

TEST_P(StoreContract, ReadsWhatWasWritten) {
  const auto store = open();
  const std::string binary_key("a\0\xFF\r\n*", 6);
  const std::string binary_value("\0\r\n$5\xFF", 6);
  put(*store, {{binary_key, binary_value}, {"empty", ""}, {"long", std::string(1 << 20, 'x')}});
  EXPECT_EQ(*store->get(binary_key), binary_value);
  EXPECT_EQ(*store->get("empty"), "");
  EXPECT_EQ(*store->get("long"), std::string(1 << 20, 'x'));
  EXPECT_EQ(*store->get("absent"), std::nullopt);
  EXPECT_EQ(*store->get("a"), std::nullopt);
}

TEST_P(StoreContract, OfTwoChangesOfOneKeyTheLaterWins) {
  const auto store = open();
  put(*store, {{"gone", "old"}, {"back", "old"}});
  WriteBatch batch;
  batch.put("twice", "first");
  batch.put("twice", "second");
  batch.put("gone", "new");
  batch.erase("gone");
  batch.erase("back");
  batch.put("back", "new");
  batch.erase("never there");
  ASSERT_TRUE(store->write(batch).ok());
  EXPECT_EQ(*store->get("twice"), "second");
  EXPECT_EQ(*store->get("gone"), std::nullopt);
  EXPECT_EQ(*store->get("back"), "new");
}

TEST_P(StoreContract, BatchReadKeepsOrderAndRepetitions) {
  const auto store = open();
  put(*store, {{"a", "1"}, {"b", "2"}});
  const std::vector<std::string_view> keys = {"b", "absent", "a", "b"};
  EXPECT_THAT(*store->get(keys), ElementsAre("2", std::nullopt, "1", "2"));
  EXPECT_TRUE(store->get(std::span<const std::string_view>{})->empty());
}

TEST_P(StoreContract, MetadataStandsApartFromKeys) {
  const auto store = open();
  WriteBatch batch;
  batch.put("offset", "a key");
  batch.set_metadata("offset", "4711");
  ASSERT_TRUE(store->write(batch).ok());
  EXPECT_EQ(*store->get("offset"), "a key");
  EXPECT_EQ(*store->metadata("offset"), "4711");
  const std::vector<std::string_view> names = {"version", "offset"};
  EXPECT_THAT(*store->metadata(names), ElementsAre(std::nullopt, "4711"));
  EXPECT_EQ(*store->clear(""), 1);
  EXPECT_EQ(*store->metadata("offset"), "4711");
  EXPECT_EQ(store->stats()->keys, 0);
}

TEST_P(StoreContract, ScansAPrefixInOrder) {
  const auto store = open();
  put(*store, {{"u:2", "b"},
               {"u:10", "a"},
               {"u*", "star"},
               {"u", "u"},
               {"t:\xFF", "t"},
               {"\xFF\xFF", "last"},
               {"u[1]\\", "pattern"}});
  EXPECT_EQ(scanned(*store, "u:"), (Entries{{"u:10", "a"}, {"u:2", "b"}}));
  EXPECT_EQ(scanned(*store, "u*"), (Entries{{"u*", "star"}}));
  EXPECT_EQ(scanned(*store, "u[1]\\"), (Entries{{"u[1]\\", "pattern"}}));
  EXPECT_EQ(scanned(*store, "\xFF"), (Entries{{"\xFF\xFF", "last"}}));
  EXPECT_EQ(scanned(*store, "v"), Entries{});
  EXPECT_EQ(scanned(*store, "").size(), 7U);
}

TEST_P(StoreContract, AnErrorOfTheVisitorEndsTheScan) {
  const auto store = open();
  put(*store, {{"a", ""}, {"b", ""}, {"c", ""}});
  int visited = 0;
  const Status status = store->scan("", [&](std::string_view key, std::string_view) -> Status {
    ++visited;
    return key == "b" ? Status(invalid_input("enough")) : Status();
  });
  EXPECT_EQ(error_text(status), "enough");
  EXPECT_EQ(visited, 2);
  put(*store, {{"d", ""}});
}

TEST_P(StoreContract, ClearsByPrefix) {
  const auto store = open();
  Entries entries;
  for (int i = 0; i < 2'500; ++i) entries.emplace_back(fmt::format("user/{}", i), "x");
  entries.emplace_back("item/1", "y");
  put(*store, entries);
  EXPECT_EQ(*store->clear("nobody/"), 0);
  EXPECT_EQ(*store->clear("user/"), 2'500);
  EXPECT_EQ(*store->clear("user/"), 0);
  EXPECT_EQ(scanned(*store, ""), (Entries{{"item/1", "y"}}));
}

TEST_P(StoreContract, RefusesWhatNoStoreCanHold) {
  const auto store = open();
  put(*store, {{std::string(kMaxKeyBytes, 'k'), "at the limit"}});
  EXPECT_EQ(*store->get(std::string(kMaxKeyBytes, 'k')), "at the limit");
  EXPECT_EQ(store->get("").error().to_text(), "a key must not be empty");
  const std::string too_long = "\n" + std::string(kMaxKeyBytes, 'k');
  EXPECT_EQ(store->get(too_long).error().to_text(),
            "a key of 512 bytes is too long (at most 511): '\\x0a" + std::string(79, 'k') +
                "…'\n  mend: shorten it, for instance to a hash");
  WriteBatch batch;
  batch.put("fine", "x");
  batch.set_metadata("", "x");
  EXPECT_EQ(error_text(store->write(batch)), "a name of metadata must not be empty");
  batch.clear();
  batch.put("fine", "x");
  batch.put("huge", std::string(kMaxValueBytes + 1, 'x'));
  EXPECT_EQ(error_text(store->write(batch)),
            "the value of 'huge' is too long: 64.0 MiB (at most 64.0 MiB)\n"
            "  mend: divide it between several keys");
  EXPECT_EQ(*store->get("fine"), std::nullopt);
}

TEST_P(StoreContract, AnotherStoreSeesIt) {
  const auto writer = open();
  const auto reader = open();
  EXPECT_EQ(*reader->get("k"), std::nullopt);
  put(*writer, {{"k", "v"}});
  EXPECT_EQ(*reader->get("k"), "v");
}

TEST_P(StoreContract, AgreesWithAMapOverARandomHistory) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  const auto random_key = [&random] {
    std::string key(1 + random() % 3, ' ');
    for (char& c : key) c = "ab*\xFF"[random() % 4];
    return key;
  };
  std::map<std::string, std::string> want;
  auto store = open();
  for (int step = 0; step < 300; ++step) {
    WriteBatch batch;
    for (size_t n = random() % 12; n > 0; --n) {
      const std::string key = random_key();
      const std::string value(random() % 50, static_cast<char>(random()));
      if (random() % 3 == 0) {
        batch.erase(key);
        want.erase(key);
      } else {
        batch.put(key, value);
        want[key] = value;
      }
    }
    batch.set_metadata("step", std::to_string(step));
    ASSERT_EQ(error_text(store->write(batch)), "");
    if (random() % 10 == 0) {
      const std::string prefix = random_key();
      const auto gone =
          std::erase_if(want, [&](const auto& entry) { return entry.first.starts_with(prefix); });
      ASSERT_EQ(*store->clear(prefix), static_cast<int64_t>(gone));
    }
    if (random() % 50 == 0) store = open();
    const std::string key = random_key();
    const auto found = want.find(key);
    ASSERT_EQ(*store->get(key), found == want.end() ? std::nullopt : std::optional(found->second));
    ASSERT_EQ(scanned(*store, ""), Entries(want.begin(), want.end()));
    ASSERT_EQ(store->stats()->keys, static_cast<int64_t>(want.size()));
    ASSERT_EQ(*store->metadata("step"), std::to_string(step));
  }
}

// Each batch writes one number to all keys and to the metadata.
WriteBatch generation(const std::vector<std::string>& keys, int number) {
  WriteBatch batch;
  for (const std::string& key : keys) batch.put(key, std::to_string(number));
  batch.set_metadata("generation", std::to_string(number));
  return batch;
}
std::vector<std::string> numbered_keys(int count) {
  std::vector<std::string> keys;
  for (int i = 0; i < count; ++i) keys.push_back(fmt::format("key-{}", i));
  return keys;
}

TEST_P(StoreContract, NoBatchIsSeenByHalf) {
  const auto store = open();
  const std::vector<std::string> keys = numbered_keys(20);
  const std::vector<std::string_view> views(keys.begin(), keys.end());
  ASSERT_TRUE(store->write(generation(keys, 0)).ok());
  std::atomic<int> writing = 2;
  std::atomic<int> torn = 0;
  const auto write = [&](int first) {
    for (int n = first; n < first + 60; ++n) EXPECT_TRUE(store->write(generation(keys, n)).ok());
    --writing;
  };
  const auto read = [&] {
    while (writing > 0) {
      const auto values = store->get(views);
      if (!values.ok() || std::ranges::count(*values, (*values)[0]) != 20) ++torn;
    }
  };
  {
    std::vector<std::jthread> threads;
    threads.emplace_back(write, 1'000);
    threads.emplace_back(write, 2'000);
    threads.emplace_back(read);
    threads.emplace_back(read);
  }
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(*store->get("key-0"), *store->metadata("generation"));
}

TEST_P(StoreContract, AWriterKilledInABatchLeavesWholeBatches) {
  const std::vector<std::string> keys = numbered_keys(5'000);
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 6; ++round) {
    ChildProcess child([&](const ChildProcess::Link& link) {
      const auto store = open();
      for (int n = 100 * round;; ++n) {
        if (!store->write(generation(keys, n)).ok()) return 1;
        link.say('w');
      }
    });
    char said = 0;
    ASSERT_TRUE(child.link().hear(said));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 30'000));
    EXPECT_TRUE(WIFSIGNALED(child.finish(SIGKILL)));
    const auto store = open();
    const auto want = *store->metadata("generation");
    ASSERT_TRUE(want.has_value());
    EXPECT_GE(std::stoi(*want), 100 * round);
    for (const auto& [key, value] : scanned(*store, "")) ASSERT_EQ(value, *want) << key;
    EXPECT_EQ(store->stats()->keys, 5'000);
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract, testing::Values("lmdb", "redis"),
                         [](const auto& backend) { return backend.param; });

TEST(OpenStore, RefusesOtherSchemes) {
  const auto text = [](const std::string& url) { return open_store(url, {}).error().to_text(); };
  EXPECT_EQ(text("memcached://h"),
            "not the URL of a key-value store\n  mend: write lmdb:FOLDER or redis://HOST:PORT");
  EXPECT_EQ(
      text("rediss://h"),
      "Redis over TLS (rediss://) is not offered\n  mend: write redis:// and let a TLS tunnel "
      "or a private network protect the connection");
  EXPECT_THAT(text("lmdb:"), HasSubstr("mend: write lmdb:FOLDER, for instance lmdb:online"));
}

}  // namespace
}  // namespace coterie::store
