#include "features/window/entity_history.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "features/window/random_log_internal.h"

namespace coterie::features {
namespace {

// In the order they came, some earlier than others of later times.
std::vector<OracleEvent> in_some_order(std::vector<OracleEvent> events,
                                       math::RandomStream& random) {
  std::sort(events.begin(), events.end(),
            [](const OracleEvent& a, const OracleEvent& b) { return a.time < b.time; });
  for (size_t i = 1; i < events.size(); ++i) {
    if (random.chance(0.5)) continue;
    const uint32_t reach = random.chance(0.1) ? static_cast<uint32_t>(i) : std::min<uint32_t>(i, 4);
    std::swap(events[i], events[i - random.below(reach + 1)]);
  }
  return events;
}

void expect_oracle(const LogShape& shape, int checks, uint64_t seed) {
  const RandomLog log = make_random_log(shape, seed);
  math::RandomStream random(seed, 20, 0);
  EntityHistory::ViewScratch scratch;
  for (const auto& events : log.log) {
    const auto order = in_some_order(events, random);
    EntityHistory history(log.layout);
    std::vector<OracleEvent> seen;
    for (size_t i = 0; i < order.size(); ++i) {
      history.insert(order[i].row());
      seen.push_back(order[i]);
      const bool last = i + 1 == order.size();
      if (!last && random.below(static_cast<uint32_t>(order.size())) >= 2) continue;
      const auto at = random_times(seen, checks, seed + i);
      ASSERT_EQ(history.size(), static_cast<int64_t>(seen.size()));
      ASSERT_EQ(difference_from_oracle(log, history.view(scratch), seen, log.pools(), at), "")
          << "after " << i + 1 << " events, seed " << seed;
    }
  }
}

TEST(EntityHistory, AsTheOracle) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    expect_oracle({.entities = 12, .events = 30}, 6, seed);
    expect_oracle({.entities = 12, .events = 30, .late = 0.2}, 6, seed);
  }
  expect_oracle({.entities = 8, .events = 30, .null = 0}, 6, 4);
  expect_oracle({.entities = 8, .events = 15, .late = 0.1, .extreme = true}, 6, 5);
}

TEST(EntityHistory, AsTheOracleWithLongHistories) {
  expect_oracle({.entities = 2, .events = 5'000, .grain = kMicrosPerDay / 20}, 2, 6);
  expect_oracle({.entities = 2, .events = 1'500, .late = 0.01}, 2, 7);
}

// Each event's next occurrence, whatever the order of the insertions.
TEST(EntityHistory, ChainsOfEqualValues) {
  EventLayout layout;
  layout.columns = {Cell::kCode};
  layout.filters = 1;
  layout.add_mask({.filter = 0, .column = -1});
  layout.add_distinct({.column = 0, .mask = 0});
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    math::RandomStream random(seed, 21, 0);
    EntityHistory history(layout);
    EntityHistory::ViewScratch scratch;
    for (int i = 0; i < 200; ++i) {
      const EventValue value{.code = random.between(0, 20), .null = false};
      const uint8_t passes = random.chance(0.8) ? 1 : 0;
      const Micros time = random.chance(0.7) ? i : random.between(0, i);
      history.insert({time, time, {&value, 1}, {&passes, 1}});
      if (i > 60 && random.chance(0.1)) history.keep_newest(60);
    }
    const EventsView view = history.view(scratch);
    for (int64_t i = view.first; i < view.count; ++i) {
      int32_t expected = view.masks[0] == nullptr || view.masks[0][i] != 0 ? kNoNext : -1;
      for (auto j = static_cast<int32_t>(i) + 1; j < view.count && expected == kNoNext; ++j) {
        const bool counts = view.masks[0] == nullptr || view.masks[0][j] != 0;
        if (counts && view.columns[0].codes[j] == view.columns[0].codes[i]) expected = j;
      }
      ASSERT_EQ(view.next[0][i], expected) << "event " << i << " seed " << seed;
    }
  }
}

// Dropped events are as if they had never been, as often as it happens.
TEST(EntityHistory, KeepsTheNewest) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    const LogShape shape{.entities = 1, .events = 1'200, .grain = 1, .late = 0.05};
    const RandomLog log = make_random_log(shape, seed);
    math::RandomStream random(seed, 22, 0);
    EntityHistory history(log.layout);
    EntityHistory::ViewScratch scratch;
    std::vector<OracleEvent> kept;
    int64_t most_bytes = 0;
    for (const OracleEvent& event : in_some_order(log.log[0], random)) {
      history.insert(event.row());
      const auto later = [](const OracleEvent& a, const OracleEvent& b) { return a.time < b.time; };
      kept.insert(std::upper_bound(kept.begin(), kept.end(), event, later), event);
      if (kept.size() > 100) {
        ASSERT_EQ(history.keep_newest(100), 1);
        kept.erase(kept.begin());
      }
      most_bytes = std::max(most_bytes, history.bytes());
      if (!random.chance(0.02)) continue;
      const auto at = random_times(kept, 3, seed);
      ASSERT_EQ(difference_from_oracle(log, history.view(scratch), kept, log.pools(), at), "")
          << "seed " << seed;
    }
    EXPECT_LT(most_bytes, 40'000) << "memory follows what is kept, not what has been";
    EXPECT_EQ(history.keep_newest(0), static_cast<int64_t>(kept.size()));
    EXPECT_EQ(history.size(), 0);
    EXPECT_EQ(history.view(scratch).count, history.view(scratch).first);
  }
}

TEST(EntityHistory, BytesAndBack) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    const LogShape shape{.entities = 10,
                         .events = 40,
                         .late = seed % 2 == 0 ? 0.2 : 0,
                         .null = seed % 3 == 0 ? 0 : 0.3,
                         .extreme = seed == 5};
    const RandomLog log = make_random_log(shape, seed);
    for (const auto& events : log.log) {
      EntityHistory history(log.layout);
      for (const OracleEvent& event : events) history.insert(event.row());
      std::string bytes;
      history.encode(log.pools(), bytes);
      // Another process, whose pools number the texts in their own way.
      TextPool categories;
      TextPool customers;
      categories.add("milk");
      TextPool* pools[] = {nullptr, nullptr, &categories, &customers, nullptr};
      auto decoded = EntityHistory::decode(log.layout, bytes, pools);
      ASSERT_TRUE(decoded.ok()) << decoded.error().to_text();
      const std::vector<const TextPool*> const_pools(std::begin(pools), std::end(pools));
      std::string again;
      decoded->encode(const_pools, again);
      EXPECT_EQ(again, bytes);
      EntityHistory::ViewScratch scratch;
      const auto at = random_times(events, 5, seed);
      EXPECT_EQ(difference_from_oracle(log, decoded->view(scratch), events, const_pools, at), "")
          << "seed " << seed;
      // And it goes on from there.
      decoded->insert(
          {.time = 1, .arrived = 1, .values = std::vector<EventValue>(5), .passes = {{0, 0}}});
      EXPECT_EQ(decoded->size(), static_cast<int64_t>(events.size()) + 1);
    }
  }
}

TEST(EntityHistory, HostileBytesAreRefused) {
  const RandomLog log = make_random_log({.entities = 1, .events = 60, .late = 0.1}, 2);
  EntityHistory history(log.layout);
  for (const OracleEvent& event : log.log[0]) history.insert(event.row());
  std::string bytes;
  history.encode(log.pools(), bytes);
  const auto decode = [&](std::string_view from, const EventLayout& layout) {
    TextPool categories;
    TextPool customers;
    TextPool* pools[] = {nullptr, nullptr, &categories, &customers, nullptr};
    return EntityHistory::decode(layout, from, pools);
  };
  for (size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_FALSE(decode(std::string_view(bytes).substr(0, n), log.layout).ok()) << n;
  }
  EXPECT_FALSE(decode(bytes + '\0', log.layout).ok());
  int refused = 0;
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const auto decoded = decode(flipped, log.layout);
    refused += decoded.ok() ? 0 : 1;
  }
  EXPECT_GT(refused, 100);
  EventLayout other = log.layout;
  other.masks[0].filter = 1;
  EXPECT_EQ(decode(bytes, other).error().to_text(),
            "an entity's events are not what was written for this layout\n"
            "  mend: coterie features rebuild: it restores the store from the event log");
}

}  // namespace
}  // namespace coterie::features
