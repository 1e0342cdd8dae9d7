#include "events/event_reader.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "events/durable_mark.h"
#include "events/frame.h"
#include "events/segment.h"
#include "events/test_support_internal.h"

namespace coterie::events {
namespace {

TEST(EventReader, GoesOnFromAnyEvent) {
  const TemporaryFolder folder;
  EventLog log = open_log(folder.path(), {.segment_bytes = 500});
  std::vector<Offset> offsets;
  for (int i = 0; i < 100; ++i) {
    offsets.push_back(append(log, "", std::string(static_cast<size_t>(i % 90), 'x')).offset);
  }
  for (size_t i = 0; i < offsets.size(); i += 7) {
    auto reader = EventReader::open(folder.path(), offsets[i]);
    ASSERT_TRUE(reader.ok()) << reader.error().to_text();
    const auto event = reader->next();
    ASSERT_TRUE(event.ok() && event->has_value());
    EXPECT_EQ((*event)->offset, offsets[i]);
    EXPECT_EQ((*event)->payload.size(), i % 90);
    EXPECT_EQ(reader->position(), (*event)->next);
    EXPECT_EQ(read_all(folder.path(), offsets[i]).size(), offsets.size() - i);
  }
  EXPECT_TRUE(read_all(folder.path(), log.end()).empty());
}

TEST(EventReader, FollowsAWriterAcrossSegments) {
  const TemporaryFolder folder;
  EventLog log = open_log(folder.path(), {.segment_bytes = 2000});
  constexpr int kEvents = 150;
  std::thread writer([&log] {
    for (int i = 0; i < kEvents; ++i) {
      const auto appended = log.append({"", "event " + std::to_string(i)});
      if (!appended.ok()) return;
    }
  });
  auto reader = EventReader::open(folder.path(), kOldestEvent);
  ASSERT_TRUE(reader.ok());
  int seen = 0;
  while (seen < kEvents) {
    const auto more = reader->wait(30);
    ASSERT_TRUE(more.ok() && *more);
    while (true) {
      const auto event = reader->next();
      ASSERT_TRUE(event.ok()) << event.error().to_text();
      if (!event->has_value()) break;
      ASSERT_EQ((*event)->payload, "event " + std::to_string(seen));
      ++seen;
    }
  }
  writer.join();
  const auto more = reader->wait(0.01);
  ASSERT_TRUE(more.ok());
  EXPECT_FALSE(*more);
}

TEST(EventReader, FollowsAWriterOfAnotherProcess) {
  const TemporaryFolder folder;
  open_log(folder.path());
  const pid_t child = ::fork();
  if (child == 0) {
    auto log = EventLog::open(folder.path(), {.segment_bytes = 3000});
    for (int i = 0; log.ok() && i < 100; ++i) {
      if (!log->append({"", "event " + std::to_string(i)}).ok()) ::_exit(1);
    }
    ::_exit(log.ok() ? 0 : 1);
  }
  auto reader = EventReader::open(folder.path(), kOldestEvent);
  ASSERT_TRUE(reader.ok());
  for (int seen = 0; seen < 100;) {
    const auto event = reader->next();
    ASSERT_TRUE(event.ok()) << event.error().to_text();
    if (event->has_value()) {
      ASSERT_EQ((*event)->payload, "event " + std::to_string(seen++));
      continue;
    }
    const auto more = reader->wait(30);
    ASSERT_TRUE(more.ok() && *more);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(EventReader, NeverReadsBehindTheMark) {
  const TemporaryFolder folder;
  EventLog log = open_log(folder.path());
  append(log, "", "durable");
  const Offset durable = log.end();
  append(log, "", "synced a moment ago");
  const auto mark = DurableMark::open_to_write(folder.path());
  ASSERT_TRUE(mark.ok());
  ASSERT_TRUE(mark->write(durable).ok());
  EXPECT_EQ(read_all(folder.path()).size(), 1U);
}

TEST(EventReader, FinishesASegmentThatIsRemovedMeanwhile) {
  const TemporaryFolder folder;
  EventLog log = open_log(folder.path(), {.segment_bytes = 1 << 20});
  const std::string big(10'000, 'x');
  for (int i = 0; i < 150; ++i) append(log, "", big);
  auto reader = EventReader::open(folder.path(), kOldestEvent);
  ASSERT_TRUE(reader.ok() && reader->next().ok());
  ASSERT_GT(*log.remove_before(log.end()), 0);
  for (int i = 1; i < 150; ++i) {
    const auto event = reader->next();
    ASSERT_TRUE(event.ok()) << event.error().to_text();
    ASSERT_TRUE(event->has_value()) << i;
  }
}

TEST(EventReader, ErrorsSayWhereToGoOn) {
  const TemporaryFolder folder;
  const auto error_of = [&folder](Offset from) {
    auto reader = EventReader::open(folder.path(), from);
    if (!reader.ok()) return reader.error().to_text();
    const auto event = reader->next();
    return event.ok() ? std::string("no error") : event.error().to_text();
  };
  EXPECT_EQ(error_of(0), folder.path() + ": there is no event log in this folder");
  EventLog log = open_log(folder.path(), {.segment_bytes = 100});
  for (int i = 0; i < 10; ++i) append(log, "", "payload");
  ASSERT_TRUE(log.remove_before(100).ok());
  EXPECT_EQ(log.begin(), 75);
  EXPECT_EQ(error_of(50),
            folder.path() +
                ": events before offset 75 have been removed, 50 among them\n  mend: rebuild from "
                "the warehouse and go on from the oldest event");
  EXPECT_EQ(
      error_of(1000),
      folder.path() +
          ": offset 1000 lies behind the end of the log, 250\n  mend: the checkpoint belongs to "
          "another log, or this one was restored from an older backup: go on from the oldest "
          "event");
  EXPECT_EQ(error_of(76),
            segment_path(folder.path(), 75) +
                ": no event begins at offset 76\n  mend: use offsets that the log has "
                "handed out");
}

TEST(DurableMark, IsZeroWhereItsFileIsDamaged) {
  const TemporaryFolder folder;
  const auto mark = DurableMark::open_to_write(folder.path());
  ASSERT_TRUE(mark.ok());
  EXPECT_EQ(*mark->read(), 0);
  ASSERT_TRUE(mark->write(123'456'789'012).ok());
  EXPECT_EQ(*mark->read(), 123'456'789'012);
  write_bytes(folder.path() + "/durable", "not a mark at all");
  EXPECT_EQ(*mark->read(), 0);
}

}  // namespace
}  // namespace coterie::events
