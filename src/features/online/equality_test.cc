// The equality proof: whatever was pushed in whatever order, online values are those of the naive
// oracle for the events of the log, at any moment, over LMDB and Redis, through kill -9 and
// restart.
#include <random>
#include <thread>

#include "base/child_process.h"
#include "features/online/materialize.h"
#include "features/online/test_online_internal.h"

namespace coterie::features {
namespace {

constexpr Micros kEnd = 1'717'200'000'000'000;  // 2024-06-01

class Equality : public OverStores {
 protected:
  unsigned seed_ = std::random_device{}();
};

TEST_P(Equality, OnlineIsTheOracleAtRandomTimes) {
  SCOPED_TRACE(fmt::format("seed {}", seed_));
  const auto online = open();
  RandomRows rows(seed_, kEnd);
  OnlineOracle oracle(shop_.plan, shop_.zone);
  for (int step = 0; step < 60; ++step) {
    const PushedRows pushed = rows.next(1 + rows.pick(60));
    const auto answer = online->push(pushed);
    ASSERT_TRUE(answer.ok()) << answer.error().to_text();
    EXPECT_EQ(answer->stored, static_cast<int64_t>(pushed.rows()));
    oracle.add(pushed);
    // Sent again, nothing is counted twice.
    if (rows.pick(4) == 0) {
      const auto again = online->push(pushed);
      ASSERT_TRUE(again.ok());
      EXPECT_EQ(again->duplicates, static_cast<int64_t>(pushed.rows()));
    }
    ASSERT_TRUE(online->wait_until_folded(answer->end, 30));
    if (rows.pick(3) != 0) continue;
    const Micros at = kEnd - 12 * kMicrosPerDay + rows.pick(14 * 86'400) * kMicrosPerSecond;
    ASSERT_EQ(difference_from(oracle, shop_, online->serving(), rows, at), "") << "step " << step;
  }
}

TEST_P(Equality, AfterEachRestart) {
  SCOPED_TRACE(fmt::format("seed {}", seed_));
  RandomRows rows(seed_, kEnd);
  OnlineOracle oracle(shop_.plan, shop_.zone);
  for (int round = 0; round < 6; ++round) {
    const auto online = open();
    ASSERT_TRUE(online->wait_until_folded(online->log().end(), 30));
    ASSERT_EQ(difference_from(oracle, shop_, online->serving(), rows, kEnd), "");
    for (int step = 0; step < 8; ++step) {
      const PushedRows pushed = rows.next(1 + rows.pick(40));
      ASSERT_TRUE(online->push(pushed).ok());
      oracle.add(pushed);
      if (rows.pick(3) != 0) continue;
      ASSERT_EQ(error_text(online->checkpoint()), "");
    }
  }
}

// Pushes rows with ids until it is killed; says a byte for each acknowledged push.
int push_until_killed(const TestShop& shop, const OnlineConfig& config, unsigned seed,
                      const ChildProcess::Link& link) {
  const auto online = OnlineStore::open(shop.plan, {}, config, shop.zone);
  if (!online.ok()) return 1;
  RandomRows rows(seed, kEnd);
  while (true) {
    const PushedRows pushed = rows.next(7);
    if (!(*online)->push(pushed).ok()) return 2;
    link.say('p');
  }
}

TEST_P(Equality, NothingAcknowledgedIsLostOrCountedTwiceWhenKilled) {
  SCOPED_TRACE(fmt::format("seed {}", seed_));
  std::mt19937 random(seed_);
  for (unsigned round = 0; round < 8; ++round) {
    // Every round sends the rows of the first again, and some more; some rounds take over a new
    // generation meanwhile.
    size_t acknowledged = 0;
    if (round % 3 == 2) {
      ASSERT_TRUE(rebuild(shop_.plan, {.log_folder = config_.log_folder,
                                       .store_url = config_.store_url,
                                       .store = config_.store,
                                       .limits = config_.limits})
                      .ok());
    }
    {
      ChildProcess child([&](const ChildProcess::Link& link) {
        return push_until_killed(shop_, config_, seed_, link);
      });
      const size_t enough = 5 + 8 * round + random() % 40;
      char said = 0;
      while (acknowledged < enough && child.link().hear(said)) ++acknowledged;
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
      EXPECT_TRUE(WIFSIGNALED(child.finish(SIGKILL)));
      while (child.link().hear(said)) ++acknowledged;
    }
    const auto online = open();
    const events::Offset end = online->log().end();
    ASSERT_TRUE(online->wait_until_folded(end, 30));
    LogTruth truth = read_truth(shop_, config_.log_folder, end);
    EXPECT_EQ(truth.repeated, "");
    EXPECT_GE(truth.ids.size(), 7 * acknowledged);
    for (size_t i = 1; i <= 7 * acknowledged; ++i)
      ASSERT_TRUE(truth.ids.contains(fmt::format("event-{}", i))) << i;
    const RandomRows names(seed_, kEnd);
    for (const Micros at : {kEnd, kEnd - 5 * kMicrosPerDay})
      ASSERT_EQ(difference_from(*truth.oracle, shop_, online->serving(), names, at), "")
          << "round " << round;
    ASSERT_EQ(error_text(online->checkpoint()), "");
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, Equality, testing::Values("lmdb", "redis"),
                         [](const auto& backend) { return backend.param; });

}  // namespace
}  // namespace coterie::features
