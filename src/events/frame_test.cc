#include "events/frame.h"

#include <algorithm>
#include <deque>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "events/dedup_window.h"

namespace coterie::events {
namespace {

std::string one_frame(Offset offset, Offset group_start) {
  std::string bytes;
  append_frame(bytes, {"id-1", "payload"}, offset, group_start);
  return bytes;
}

TEST(Frame, ReadsBackWhatWasWritten) {
  const std::string bytes = one_frame(1000, 900);
  EXPECT_EQ(static_cast<int64_t>(bytes.size()), frame_bytes({"id-1", "payload"}));
  const FrameResult result = decode_frame(bytes, 1000);
  ASSERT_EQ(result.state, FrameState::kWhole);
  EXPECT_EQ(result.frame.event.id, "id-1");
  EXPECT_EQ(result.frame.event.payload, "payload");
  EXPECT_EQ(result.frame.event.offset, 1000);
  EXPECT_EQ(result.frame.event.next, 1000 + static_cast<Offset>(bytes.size()));
  EXPECT_EQ(result.frame.group_start, 900);
  std::string empty;
  append_frame(empty, {"", ""}, 0, 0);
  EXPECT_EQ(decode_frame(empty, 0).state, FrameState::kWhole);
}

TEST(Frame, EveryFlippedBitIsNoticed) {
  const std::string bytes = one_frame(1000, 900);
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    // More bytes behind, so that a longer length is no excuse.
    EXPECT_NE(decode_frame(damaged + std::string(300, 'x'), 1000).state, FrameState::kWhole) << bit;
  }
}

TEST(Frame, ATornOneIsIncompleteAndZerosAreNot) {
  const std::string bytes = one_frame(1000, 900);
  for (size_t length = 1; length < bytes.size(); ++length) {
    EXPECT_EQ(decode_frame(bytes.substr(0, length), 1000).state, FrameState::kIncomplete) << length;
  }
  EXPECT_EQ(decode_frame(std::string(64, '\0'), 1000).state, FrameState::kBad);
  EXPECT_EQ(decode_frame(std::string(2, '\0'), 1000).state, FrameState::kBad);
}

TEST(Frame, OneInTheWrongPlaceIsBad) {
  EXPECT_EQ(decode_frame(one_frame(1000, 900), 1001).state, FrameState::kBad);
}

TEST(DedupWindow, AgreesWithAListOfTheLastIds) {
  std::mt19937 random(20240131);
  for (const int64_t capacity : {1, 2, 7, 64}) {
    DedupWindow window(capacity);
    std::deque<std::pair<std::string, Offset>> list;
    for (int step = 0; step < 20'000; ++step) {
      const std::string id = std::to_string(random() % static_cast<unsigned>(3 * capacity));
      const auto found = std::ranges::find(list, id, &std::pair<std::string, Offset>::first);
      ASSERT_EQ(window.find(id).has_value(), found != list.end());
      if (found != list.end()) {
        ASSERT_EQ(*window.find(id), found->second);
      } else {
        window.insert(id, step);
        list.emplace_back(id, step);
        if (static_cast<int64_t>(list.size()) > capacity) list.pop_front();
      }
      if (random() % 10 == 0) {
        const int64_t count = random() % 3;
        window.undo(count);
        for (int64_t i = 0; i < count && !list.empty(); ++i) list.pop_back();
      }
      ASSERT_EQ(window.size(), static_cast<int64_t>(list.size()));
    }
  }
}

TEST(DedupWindow, OfNoCapacityRemembersNothing) {
  DedupWindow window(0);
  window.insert("a", 1);
  EXPECT_FALSE(window.find("a").has_value());
  window.undo(1);
}

}  // namespace
}  // namespace coterie::events
