// The log loses what the warehouse has loaded and the store's checkpoint holds, and nothing else.
#include "features/online/log_retention.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>

#include "base/clock.h"
#include "features/online/build_lock_internal.h"
#include "features/online/test_online_internal.h"

namespace coterie::features {
namespace {

using testing::HasSubstr;

constexpr Micros kEnd = 1'717'200'000'000'000;  // 2024-06-01
constexpr int64_t kWindow = 40;

class LogRetention : public OverStores {
 protected:
  void SetUp() override {
    OverStores::SetUp();
    config_.log.segment_bytes = 3'000;
    config_.log.dedup_window = kWindow;
  }
  RetentionConfig retention(events::Offset loaded) const {
    return {.log_folder = config_.log_folder,
            .store_url = config_.store_url,
            .store = config_.store,
            .loaded = loaded,
            .keep = -kMicrosPerDay,  // segments of this moment are old enough
            .dedup_window = kWindow};
  }
  // `pieces` of rows, each one in the oracle too.
  void push(OnlineStore& online, int pieces) {
    for (int i = 0; i < pieces; ++i) {
      pushed_.push_back(rows_.next(20));
      oracle_.add(pushed_.back());
      push_and_fold(online, pushed_.back());
    }
  }
  std::string difference(OnlineStore& online) {
    return difference_from(oracle_, shop_, online.serving(), rows_, kEnd);
  }

  RandomRows rows_{17, kEnd};
  OnlineOracle oracle_{shop_.plan, shop_.zone};
  std::vector<PushedRows> pushed_;
};

// A process serves and is pushed to meanwhile; then it is started anew.
TEST_P(LogRetention, BesideAServingProcess) {
  events::Offset end = 0;
  {
    const auto online = open();
    push(*online, 30);
    const events::Offset loaded = online->log().end();
    std::atomic<bool> stop = false;
    int64_t segments = 0;
    std::jthread trimmer([&] {
      while (!stop) {
        const auto report = trim_event_log(retention(loaded));
        if (!report.ok()) ADD_FAILURE() << report.error().to_text();
        if (report.ok()) segments += report->trimmed.segments;
      }
    });
    push(*online, 20);
    ASSERT_EQ(error_text(online->checkpoint()), "");
    stop = true;
    trimmer.join();
    const RetentionReport last = take(trim_event_log(retention(loaded)));
    EXPECT_GT(segments + last.trimmed.segments, 5);
    EXPECT_LE(last.trimmed.begin, loaded);
    EXPECT_GT(last.trimmed.begin, loaded - 4'000) << "all that may go has gone";
    EXPECT_EQ(online->stats().log_begin, last.trimmed.begin);
    EXPECT_EQ(difference(*online), "");
    end = online->log().end();
  }
  const auto online = open();
  EXPECT_EQ(online->log().end(), end) << "offsets go on";
  ASSERT_TRUE(online->wait_until_folded(end, 30));
  EXPECT_EQ(difference(*online), "");
  // A push that is repeated, of which the log holds no event any more or the window's last ones.
  EXPECT_EQ(take(online->push(pushed_.back())).stored, 0);
  push(*online, 3);
  EXPECT_EQ(difference(*online), "");
}

TEST_P(LogRetention, NothingBehindTheWarehouseOrTheCheckpoint) {
  config_.checkpoint_every_s = 3'600;
  EXPECT_EQ(take(trim_event_log(retention(1'000'000))).trimmed.end, 0) << "no log yet";
  const auto online = open();
  push(*online, 20);
  const events::Offset middle = online->log().end();
  // The warehouse has everything, the store nothing.
  RetentionReport report = take(trim_event_log(retention(online->log().end())));
  EXPECT_EQ(report.checkpoint, 0);
  EXPECT_EQ(report.trimmed.segments, 0);
  ASSERT_EQ(error_text(online->checkpoint()), "");
  push(*online, 20);
  // Now the store lies behind.
  report = take(trim_event_log(retention(online->log().end())));
  EXPECT_EQ(report.checkpoint, middle);
  EXPECT_GT(report.trimmed.segments, 0);
  EXPECT_LE(report.trimmed.begin, middle);
  // And now the warehouse.
  ASSERT_EQ(error_text(online->checkpoint()), "");
  EXPECT_EQ(take(trim_event_log(retention(0))).trimmed.segments, 0);
  EXPECT_EQ(take(trim_event_log(retention(middle))).trimmed.begin, report.trimmed.begin);
  // What was written lately stays however little it is needed.
  RetentionConfig lately = retention(online->log().end());
  lately.keep = kMicrosPerDay;
  EXPECT_EQ(take(trim_event_log(lately)).trimmed.segments, 0);
}

// What waits to be taken over will be replayed from where it was built.
TEST_P(LogRetention, NothingThatAPendingStateNeeds) {
  events::Offset end = 0;
  {
    const auto online = open();
    push(*online, 20);
    ASSERT_EQ(error_text(online->checkpoint()), "");
    end = online->log().end();
  }
  ASSERT_EQ(take(rebuild(shop_.plan, materialize_config())).offset, 0);
  const RetentionReport report = take(trim_event_log(retention(end)));
  EXPECT_EQ(report.checkpoint, 0);
  EXPECT_EQ(report.trimmed.segments, 0);
  const auto online = open();
  ASSERT_TRUE(online->wait_until_folded(end, 30));
  ASSERT_EQ(error_text(online->checkpoint()), "");
  EXPECT_EQ(difference(*online), "");
  EXPECT_GT(take(trim_event_log(retention(end))).trimmed.segments, 0);
}

// While somebody builds a state, nothing goes; and the other way round.
TEST_P(LogRetention, OneAtATime) {
  const auto online = open();
  push(*online, 5);
  const FileLock lock = take(take_build_lock(config_.log_folder));
  const auto refused = trim_event_log(retention(online->log().end()));
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_THAT(
      refused.error().to_text(),
      HasSubstr("another process builds this online store, or trims its log\n  mend: wait"));
}

// The log alone says not all any more; warehouse and log together do.
TEST_P(LogRetention, MaterializedAgainAfterwards) {
  events::Offset loaded = 0;
  size_t in_warehouse = 0;
  {
    const auto online = open();
    push(*online, 25);
    loaded = online->log().end();
    in_warehouse = pushed_.size();
    push(*online, 5);
    ASSERT_EQ(error_text(online->checkpoint()), "");
    ASSERT_GT(take(trim_event_log(retention(loaded))).trimmed.segments, 0);
  }
  const auto rebuilt = rebuild(shop_.plan, materialize_config());
  EXPECT_EQ(rebuilt.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(
      rebuilt.error().to_text(),
      HasSubstr("have been removed\n  mend: run `coterie features materialize`, which begins "
                "with the warehouse"));
  const std::vector<PushedRows> history(pushed_.begin(),
                                        pushed_.begin() + static_cast<int64_t>(in_warehouse));
  // A warehouse that does not reach the log.
  Feed too_old(shop_, history, 10);
  const auto refused = materialize(shop_.plan, too_old, materialize_config());
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_THAT(refused.error().to_text(),
              HasSubstr("the warehouse has the log's events before offset 10, but those before "));
  Feed feed(shop_, history, loaded);
  const MaterializeReport built = take(materialize(shop_.plan, feed, materialize_config()));
  const auto online = open();
  EXPECT_EQ(online->stats().generation, built.generation);
  ASSERT_TRUE(online->wait_until_folded(online->log().end(), 30));
  EXPECT_EQ(difference(*online), "");
}

INSTANTIATE_TEST_SUITE_P(Stores, LogRetention, testing::Values("lmdb", "redis"),
                         [](const auto& backend) { return backend.param; });

}  // namespace
}  // namespace coterie::features
