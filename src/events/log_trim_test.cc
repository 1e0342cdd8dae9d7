#include "events/log_trim.h"

#include <algorithm>
#include <filesystem>
#include <random>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "events/segment.h"
#include "events/test_support_internal.h"

namespace coterie::events {
namespace {

constexpr Micros kLater = std::numeric_limits<Micros>::max();

TrimReport trim(const std::string& folder, const TrimLimits& limits) {
  const auto report = trim_log(folder, limits);
  if (!report.ok()) ADD_FAILURE() << report.error().to_text();
  return *report;
}

// A log of many small segments.
constexpr EventLogOptions kSmall{.segment_bytes = 600, .dedup_window = 50};

// Ten events a call, which costs a sync.
void fill(EventLog& log, int from, int to) {
  for (int begin = from; begin < to; begin += 10) {
    std::vector<std::string> texts;
    for (int i = begin; i < std::min(begin + 10, to); ++i) {
      texts.push_back("id" + std::to_string(i));
      texts.push_back("payload " + std::to_string(i));
    }
    std::vector<NewEvent> events;
    for (size_t t = 0; t < texts.size(); t += 2) events.push_back({texts[t], texts[t + 1]});
    const auto appended = log.append(events);
    ASSERT_TRUE(appended.ok()) << appended.error().to_text();
  }
}

std::vector<Segment> segments_of(const std::string& folder) {
  const auto segments = list_segments(folder);
  EXPECT_TRUE(segments.ok());
  return *segments;
}

TEST(LogTrim, WholeSegmentsBeforeTheOffset) {
  const TemporaryFolder folder;
  EventLog log = open_log(folder.path(), kSmall);
  fill(log, 0, 400);
  const auto before = segments_of(folder.path());
  const auto events = read_all(folder.path());
  ASSERT_GT(before.size(), 10u);
  // An offset inside a segment keeps all of it.
  const TrimReport report = trim(
      folder.path(), {.before = before[4].base + 40, .written_before = kLater, .keep_events = 0});
  EXPECT_EQ(report.segments, 4);
  EXPECT_EQ(report.bytes, before[0].bytes + before[1].bytes + before[2].bytes + before[3].bytes);
  EXPECT_EQ(report.begin, before[4].base);
  EXPECT_EQ(report.end, log.end());
  EXPECT_EQ(log.begin(), before[4].base) << "the writer learns of it";
  // The rest is as it was, at the same offsets, and the log goes on.
  const auto left = read_all(folder.path());
  EXPECT_TRUE(
      std::equal(left.begin(), left.end(), events.end() - static_cast<int64_t>(left.size())));
  const Offset end = log.end();
  EXPECT_EQ(append(log, "next", "one").offset, end);
  // Nothing more to do.
  EXPECT_EQ(trim(folder.path(),
                 {.before = before[4].base + 40, .written_before = kLater, .keep_events = 0})
                .segments,
            0);
  const auto gone = EventReader::open(folder.path(), 0);
  EXPECT_EQ(gone.error().code, ErrorCode::kNotFound);
}

TEST(LogTrim, TheSegmentBeingWrittenStays) {
  const TemporaryFolder folder;
  EventLog log = open_log(folder.path(), kSmall);
  fill(log, 0, 60);
  trim(folder.path(), {.before = log.end(), .written_before = kLater, .keep_events = 0});
  EXPECT_EQ(segments_of(folder.path()).size(), 1u);
  fill(log, 60, 70);
  EXPECT_EQ(read_all(folder.path()).back().second, "payload 69");
}

TEST(LogTrim, YoungSegmentsStay) {
  const TemporaryFolder folder;
  EventLog log = open_log(folder.path(), kSmall);
  fill(log, 0, 60);
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  const Micros between = now_micros();
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  const Offset then = log.end();
  fill(log, 60, 120);
  const TrimReport report =
      trim(folder.path(), {.before = log.end(), .written_before = between, .keep_events = 0});
  EXPECT_GT(report.segments, 0);
  EXPECT_LE(report.begin, then);
  EXPECT_EQ(read_all(folder.path()).back().second, "payload 119");
}

// Ids are recognised after a restart as they were before, though their events may be gone.
TEST(LogTrim, DuplicatesAreRecognisedAcrossIt) {
  for (const int count : {70, 200, 333}) {
    const TemporaryFolder folder;
    const TemporaryFolder twin;
    for (const TemporaryFolder* each : {&folder, &twin}) {
      EventLog log = open_log(each->path(), kSmall);
      fill(log, 0, count);
      if (each == &twin) continue;
      const TrimReport report =
          trim(each->path(),
               {.before = log.end(), .written_before = kLater, .keep_events = kSmall.dedup_window});
      EXPECT_GT(report.segments, 0);
      EXPECT_GE(static_cast<int64_t>(read_all(each->path()).size()), kSmall.dedup_window);
      EXPECT_TRUE(append(log, fmt::format("id{}", count - 1), "again").duplicate);
    }
    EventLog trimmed = open_log(folder.path(), kSmall);
    EventLog whole = open_log(twin.path(), kSmall);
    for (int i = count - 1; i >= count - kSmall.dedup_window; --i) {
      const std::string id = "id" + std::to_string(i);
      const Appended answer = append(trimmed, id, "again");
      ASSERT_TRUE(answer.duplicate) << id;
      ASSERT_EQ(answer.offset, append(whole, id, "again").offset);
    }
  }
}

// A log at its limit of bytes takes events again.
TEST(LogTrim, MakesRoomBelowTheLimit) {
  const TemporaryFolder folder;
  EventLog log = open_log(folder.path(), {.segment_bytes = 600, .max_bytes = 5'000});
  Result<Appended> appended = log.append({"", "payload"});
  while (appended.ok()) appended = log.append({"", "payload"});
  EXPECT_EQ(appended.error().code, ErrorCode::kResourceExhausted);
  EXPECT_GT(trim(folder.path(), {.before = log.end(), .written_before = kLater, .keep_events = 0})
                .segments,
            3);
  EXPECT_TRUE(log.append({"", "payload"}).ok());
}

TEST(LogTrim, NoLog) {
  const TemporaryFolder folder;
  EXPECT_EQ(trim_log(folder / "none", {}).error().code, ErrorCode::kNotFound);
}

// Killed anywhere while it removes segments, beside a writer that goes on: no gap, nothing lost
// that had to stay, offsets continue.
TEST(LogTrim, KilledInTheMiddle) {
  const TemporaryFolder folder;
  const unsigned seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  int next = 0;
  Offset must_stay = 0;
  for (int round = 0; round < 20; ++round) {
    Offset end = 0;
    {
      EventLog log = open_log(folder.path(), kSmall);
      ASSERT_GE(log.end(), must_stay);
      fill(log, next, next + 150);
      next += 150;
      must_stay = log.begin() +
                  static_cast<Offset>(random() % static_cast<uint64_t>(log.end() - log.begin()));
      const pid_t child = ::fork();
      if (child == 0) {
        const auto done = trim_log(
            folder.path(), {.before = must_stay, .written_before = kLater, .keep_events = 0});
        ::_exit(done.ok() ? 0 : 1);
      }
      fill(log, next, next + 20);
      next += 20;
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 2'000));
      ::kill(child, SIGKILL);
      int status = 0;
      ::waitpid(child, &status, 0);
      ASSERT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
      end = log.end();
    }
    const auto segments = segments_of(folder.path());
    ASSERT_TRUE(check_contiguous(segments).ok());
    ASSERT_LE(segments.front().base, must_stay);
    EventLog log = open_log(folder.path(), kSmall);
    ASSERT_EQ(log.end(), end);
    const auto events = read_all(folder.path());
    for (size_t i = 0; i < events.size(); ++i) {
      ASSERT_EQ(events[events.size() - 1 - i].second,
                "payload " + std::to_string(next - 1 - static_cast<int>(i)));
    }
  }
}

}  // namespace
}  // namespace coterie::events
