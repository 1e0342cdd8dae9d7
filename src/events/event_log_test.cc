#include "events/event_log.h"

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "events/segment.h"
#include "events/test_support_internal.h"

namespace coterie::events {
namespace {

using Events = std::vector<std::pair<std::string, std::string>>;

TEST(EventLog, KeepsEventsAcrossReopening) {
  const TemporaryFolder folder;
  {
    EventLog log = open_log(folder.path());
    EXPECT_EQ(log.begin(), 0);
    EXPECT_EQ(append(log, "a", "1").offset, 0);
    append(log, "", "no id");
    append(log, "c", std::string("\0\xFF", 2));
  }
  EventLog log = open_log(folder.path());
  EXPECT_EQ(append(log, "d", "").offset, 64);
  EXPECT_EQ(log.end(), 83);
  EXPECT_EQ(read_all(folder.path()),
            (Events{{"a", "1"}, {"", "no id"}, {"c", std::string("\0\xFF", 2)}, {"d", ""}}));
}

TEST(EventLog, RecognisesDuplicatesAlsoAfterReopening) {
  const TemporaryFolder folder;
  Offset first = 0;
  {
    EventLog log = open_log(folder.path());
    append(log, "x", "before");
    first = append(log, "a", "1").offset;
    const Appended again = append(log, "a", "other payload");
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(again.offset, first);
    // Events without an id are never duplicates.
    EXPECT_FALSE(append(log, "", "same").duplicate);
    EXPECT_FALSE(append(log, "", "same").duplicate);
    const std::vector<NewEvent> batch{{"b", "1"}, {"b", "2"}, {"a", "3"}};
    const auto answers = log.append(batch);
    ASSERT_TRUE(answers.ok());
    EXPECT_FALSE((*answers)[0].duplicate);
    EXPECT_TRUE((*answers)[1].duplicate);
    EXPECT_EQ((*answers)[1].offset, (*answers)[0].offset);
    EXPECT_TRUE((*answers)[2].duplicate);
    EXPECT_EQ(log.stats().duplicates, 3);
    EXPECT_EQ(log.stats().events, 5);
  }
  EventLog log = open_log(folder.path());
  const Appended again = append(log, "a", "1");
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(again.offset, first);
  EXPECT_EQ(read_all(folder.path()).size(), 5U);
}

TEST(EventLog, TheWindowOfIdsIsBoundedAndReachesOverSegments) {
  const TemporaryFolder folder;
  const EventLogOptions options{.segment_bytes = 200, .dedup_window = 20};
  {
    EventLog log = open_log(folder.path(), options);
    for (int i = 0; i < 50; ++i) append(log, "id" + std::to_string(i), "payload");
    EXPECT_TRUE(append(log, "id30", "").duplicate);
    EXPECT_FALSE(append(log, "id29", "again").duplicate);  // 21 back: forgotten
  }
  EXPECT_GT(list_segments(folder.path())->size(), 5U);
  EventLog log = open_log(folder.path(), options);
  for (int i = 31; i < 50; ++i) EXPECT_TRUE(append(log, "id" + std::to_string(i), "").duplicate);
  EXPECT_TRUE(append(log, "id29", "").duplicate);
  EXPECT_FALSE(append(log, "id30", "").duplicate);
}

TEST(EventLog, ManyWritersShareSyncs) {
  const TemporaryFolder folder;
  constexpr int kThreads = 8;
  constexpr int kEach = 200;
  std::set<Offset> offsets;
  {
    EventLog log = open_log(folder.path(), {.segment_bytes = 10'000});
    std::vector<std::vector<Offset>> answered(kThreads);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          const std::string id = std::to_string(t) + "-" + std::to_string(i);
          const auto appended = log.append({id, "payload of " + id});
          if (appended.ok()) answered[static_cast<size_t>(t)].push_back(appended->offset);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(log.stats().events, kThreads * kEach);
    EXPECT_LE(log.stats().syncs, kThreads * kEach);
    for (const auto& list : answered) {
      EXPECT_EQ(list.size(), static_cast<size_t>(kEach));
      EXPECT_TRUE(std::ranges::is_sorted(list));  // one writer's events stand in its order
      offsets.insert(list.begin(), list.end());
    }
  }
  EXPECT_EQ(offsets.size(), static_cast<size_t>(kThreads * kEach));
  for (const auto& [id, payload] : read_all(folder.path())) EXPECT_EQ(payload, "payload of " + id);
  EXPECT_EQ(read_all(folder.path()).size(), offsets.size());
}

TEST(EventLog, ManyWritersOfOneIdStoreItOnce) {
  const TemporaryFolder folder;
  EventLog log = open_log(folder.path());
  std::vector<std::thread> threads;
  std::atomic<int> fresh = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const auto appended = log.append({"id" + std::to_string(i), "x"});
        if (appended.ok() && !appended->duplicate) ++fresh;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(fresh, 50);
  EXPECT_EQ(read_all(folder.path()).size(), 50U);
}

TEST(EventLog, RefusesASecondWriterInThisAndAnotherProcess) {
  const TemporaryFolder folder;
  const EventLog log = open_log(folder.path());
  const std::string want =
      folder.path() + ": process " + std::to_string(::getpid()) +
      " writes to this event log\n  mend: stop it first (coterie serve?); a log "
      "has one writer, readers need no lock";
  const auto second = EventLog::open(folder.path());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_EQ(second.error().to_text(), want);
  const int status = run_child([&] {
    const auto other = EventLog::open(folder.path());
    return !other.ok() && other.error().to_text() == want ? 0 : 1;
  });
  EXPECT_EQ(status, 0);
}

TEST(EventLog, RefusesWhatIsTooLong) {
  const TemporaryFolder folder;
  EventLog log = open_log(folder.path(), {.max_event_bytes = 100, .max_group_bytes = 300});
  const auto error_of = [&log](const std::vector<NewEvent>& events) {
    const auto answers = log.append(events);
    return answers.ok() ? "" : answers.error().to_text();
  };
  const std::string long_id(1025, 'i');
  const std::string long_payload(101, 'p');
  const std::string half(80, 'h');
  EXPECT_EQ(
      error_of({{long_id, ""}}),
      "the event's id is 1025 bytes long, at most 1024 are stored\n  mend: send a shorter id, "
      "such as a UUID");
  EXPECT_EQ(error_of({{"a", "fits"}, {"", long_payload}}),
            "the event is 101 bytes long, at most 100 are stored\n  mend: send less in one event");
  EXPECT_EQ(
      error_of({{"", half}, {"", half}, {"", half}, {"", half}}),
      "4 events of 392 bytes in one call, at most 300 bytes are stored\n  mend: append them in "
      "several calls");
  EXPECT_EQ(log.end(), 0);
  EXPECT_EQ(error_of({}), "");
  EXPECT_EQ(error_of({{std::string_view(long_id).substr(0, 20), half}}), "");
}

TEST(EventLog, RemovesWholeOldSegmentsOnly) {
  const TemporaryFolder folder;
  EventLog log = open_log(folder.path(), {.segment_bytes = 300});
  std::vector<Offset> offsets;
  for (int i = 0; i < 60; ++i)
    offsets.push_back(append(log, "", "event " + std::to_string(i)).offset);
  const auto before = *list_segments(folder.path());
  ASSERT_GT(before.size(), 4U);
  EXPECT_EQ(*log.remove_before(before[1].base - 1), 0);
  const auto freed = log.remove_before(before[2].base + 1);
  ASSERT_TRUE(freed.ok());
  EXPECT_EQ(*freed, before[0].bytes + before[1].bytes);
  EXPECT_EQ(log.begin(), before[2].base);
  EXPECT_EQ(read_log_range(folder.path())->begin, before[2].base);
  // The segment being written stays even when everything is read.
  ASSERT_TRUE(log.remove_before(log.end()).ok());
  EXPECT_EQ(list_segments(folder.path())->size(), 1U);
  append(log, "", "last");
  const auto rest = read_all(folder.path());
  ASSERT_FALSE(rest.empty());
  EXPECT_EQ(rest.back().second, "last");
}

TEST(EventLog, TheLimitOfBytesRefusesAndLetsGoAgain) {
  const TemporaryFolder folder;
  EventLog log = open_log(folder.path(), {.segment_bytes = 200, .max_bytes = 1000});
  int stored = 0;
  std::string text;
  while (stored < 100) {
    const auto appended = log.append({"id" + std::to_string(stored), "payload"});
    if (!appended.ok()) {
      EXPECT_EQ(appended.error().code, ErrorCode::kResourceExhausted);
      text = appended.error().to_text();
      break;
    }
    ++stored;
  }
  EXPECT_GT(stored, 20);
  EXPECT_LT(stored, 50);
  EXPECT_EQ(text, folder.path() +
                      ": the event log holds 976 B of at most 1000 B\n  mend: load its events into "
                      "the warehouse, which lets old segments go, or raise the limit");
  EXPECT_EQ(read_all(folder.path()).size(), static_cast<size_t>(stored));
  ASSERT_TRUE(log.remove_before(log.end()).ok());
  // The refused event's id was not remembered.
  EXPECT_FALSE(append(log, "id" + std::to_string(stored), "payload").duplicate);
}

}  // namespace
}  // namespace coterie::events
