#include "base/progress.h"

#include <chrono>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/captured_error.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/progress_internal.h"
#include "base/utf8.h"

namespace coterie {
namespace {

using internal::ProgressState;

// What a terminal shows after `bytes`, as far as the progress bar uses one.
std::vector<std::string> screen_after(std::string_view bytes) {
  std::vector<std::string> lines(1);
  size_t row = 0;
  size_t column = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (c == '\r') {
      column = 0;
    } else if (c == '\n') {
      if (++row == lines.size()) lines.emplace_back();
      column = 0;
    } else if (c == '\x1b') {
      const size_t end = bytes.find_first_of("KJA", i);
      if (bytes[end] == 'A') row -= std::stoul(std::string(bytes.substr(i + 2)));
      if (bytes[end] == 'K' || bytes[end] == 'J') lines[row].resize(column);
      if (bytes[end] == 'J') lines.resize(row + 1);
      i = end;
    } else {
      lines[row].resize(std::max(lines[row].size(), column + 1), ' ');
      lines[row][column++] = c;
    }
  }
  return lines;
}

void sleep_s(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

ProgressState loading() {
  return {.title = "Loading",
          .unit = "rows",
          .note = "",
          .done = 12'000'000,
          .total = 31'700'000,
          .elapsed_s = 5,
          .rate = 2'600'000};
}

TEST(ProgressText, BarSaysShareRateAndTimeLeft) {
  EXPECT_EQ(
      internal::bar_line(loading(), 100),
      "Loading  [==========>                 ]  37 %  12.0M of 31.7M rows, 2.6M/s, 8.0 s left");
}

TEST(ProgressText, BarFitsAnyWidth) {
  ProgressState state = loading();
  state.title = "Läser in 表表表";
  state.note = "file 3 of 8, a rather long name of a file that does not fit";
  for (int columns = 1; columns < 200; ++columns) {
    const std::string line = internal::bar_line(state, columns);
    EXPECT_LE(display_width(line), std::max(1, columns - 1)) << line;
    EXPECT_EQ(find_invalid_utf8(line), std::string::npos) << line;
  }
  EXPECT_EQ(internal::bar_line(loading(), 60),
            "Loading   37 %  12.0M of 31.7M rows, 2.6M/s, 8.0 s left");
}

TEST(ProgressText, UnknownTotalShowsNoBarAndNoTimeLeft) {
  ProgressState state = loading();
  state.total = 0;
  state.note = "part 7";
  EXPECT_EQ(internal::bar_line(state, 80), "Loading  12.0M rows, 2.6M/s  part 7");
  EXPECT_EQ(internal::plain_line(state), "Loading: 12,000,000 rows, 2.6M/s; part 7");
}

TEST(ProgressText, MoreThanTheTotalIsAll) {
  ProgressState state = loading();
  state.done = 40'000'000;
  EXPECT_EQ(internal::plain_line(state), "Loading: 40,000,000 of 31,700,000 rows (100 %), 2.6M/s");
}

TEST(ProgressText, AllIsSaidWhenItIsTrue) {
  ProgressState state = loading();
  state.done = state.total - 1;
  EXPECT_THAT(internal::plain_line(state), testing::HasSubstr("(99 %)"));
}

TEST(ProgressText, BytesHaveTheirOwnUnits) {
  ProgressState state = loading();
  state.unit = "bytes";
  state.done = int64_t{1} << 30;
  state.total = int64_t{3} << 30;
  state.rate = 100 << 20;
  EXPECT_EQ(internal::plain_line(state),
            "Loading: 1.0 GiB of 3.0 GiB (33 %), 100.0 MiB/s, 20.0 s left");
}

TEST(ProgressText, FinalLineSaysCountTimeAndMeanRate) {
  ProgressState state = loading();
  state.elapsed_s = 10;
  EXPECT_EQ(internal::final_line(state), "Loading: 12,000,000 rows in 10.0 s (1.2M/s)");
  state.elapsed_s = 0.5;
  EXPECT_EQ(internal::final_line(state), "Loading: 12,000,000 rows in 500 ms");
}

TEST(ProgressText, ShortCounts) {
  EXPECT_EQ(internal::short_count(0), "0");
  EXPECT_EQ(internal::short_count(0.25), "0.2");
  EXPECT_EQ(internal::short_count(9999), "9999");
  EXPECT_EQ(internal::short_count(10'000), "10.0k");
  EXPECT_EQ(internal::short_count(999'999), "1.0M");
  EXPECT_EQ(internal::short_count(31'700'000), "31.7M");
}

TEST(RateEstimate, IsTheMeanAtFirstAndFollowsAChangeLater) {
  internal::RateEstimate estimate;
  estimate.update(0.5, 50);
  EXPECT_DOUBLE_EQ(estimate.rate(), 100);
  int64_t done = 50;
  for (double at = 1; at <= 10; at += 0.5) estimate.update(at, done += 50);
  EXPECT_NEAR(estimate.rate(), 100, 1e-9);
  for (double at = 10.5; at <= 20; at += 0.5) estimate.update(at, done += 500);
  // One time constant after a jump from 100 to 1,000 the share e^-1 of it is still missing.
  EXPECT_NEAR(estimate.rate(), 1000 - 900 * std::exp(-1.0), 1);
}

TEST(Progress, BarIsClearedAndFinalLinesStay) {
  CapturedError captured(100);
  {
    const auto progress = make_progress({.mode = ProgressMode::kBar, .redraw_s = 0.01});
    const auto task = progress->start("Loading", 1000, "rows");
    task->advance(400);
    task->set_note("file 1");
    captured.wait_for("40 %  400 of 1000 rows");
    captured.wait_for("file 1");
    log::warning("careful");
    progress->print("a line of its own");
    task->advance(600);
  }
  const auto screen = screen_after(captured.text());
  ASSERT_EQ(screen.size(), 4U) << captured.text();
  EXPECT_THAT(screen[0], testing::EndsWith("warning careful"));
  EXPECT_EQ(screen[1], "a line of its own");
  EXPECT_THAT(screen[2], testing::StartsWith("Loading: 1,000 rows in "));
  EXPECT_EQ(screen[3], "");
}

TEST(Progress, BarIsRedrawnAtMostAsOftenAsSaid) {
  CapturedError captured(100);
  const Stopwatch watch;
  {
    const auto progress = make_progress({.mode = ProgressMode::kBar, .redraw_s = 0.05});
    const auto task = progress->start("Counting", 0, "steps");
    for (int i = 0; i < 300; ++i) {
      task->advance(1);
      sleep_s(0.001);
    }
  }
  const double elapsed_s = watch.seconds();
  const auto drawings = std::ranges::count(captured.text(), '\x1b');
  // Besides one at the start and one at the end of the task.
  EXPECT_LE(static_cast<double>(drawings), elapsed_s / 0.05 + 2);
  EXPECT_GE(elapsed_s, 0.3);
  EXPECT_GE(drawings, 2);
}

TEST(Progress, NewestTaskHasTheBarAndTheOldOneGetsItBack) {
  CapturedError captured(100);
  {
    const auto progress = make_progress({.mode = ProgressMode::kBar, .redraw_s = 0.01});
    const auto outer = progress->start("Outer", 10, "steps");
    {
      const auto inner = progress->start("Inner", 5, "rows");
      inner->advance(5);
    }
    outer->advance(10);
  }
  const auto screen = screen_after(captured.text());
  ASSERT_EQ(screen.size(), 3U);
  EXPECT_THAT(screen[0], testing::StartsWith("Inner: 5 rows in "));
  EXPECT_THAT(screen[1], testing::StartsWith("Outer: 10 steps in "));
}

TEST(Progress, BoardStaysAboveTheBarAndGoesAway) {
  CapturedError captured(40);
  {
    const auto progress = make_progress({.mode = ProgressMode::kBar, .redraw_s = 0.01});
    ASSERT_TRUE(progress->set_board([](int columns, int rows) {
      EXPECT_EQ(columns, 40);
      EXPECT_EQ(rows, 24);
      return std::vector<std::string>{"step one", "step two " + std::string(100, '.')};
    }));
    const auto task = progress->start("Working", 0, "rows");
    captured.wait_for("Working  0 rows");
    log::info("in between");
    progress->set_board(nullptr);
  }
  const auto screen = screen_after(captured.text());
  ASSERT_EQ(screen.size(), 3U) << captured.text();
  EXPECT_THAT(screen[0], testing::EndsWith("in between"));
  EXPECT_THAT(screen[1], testing::StartsWith("Working: 0 rows in "));
  EXPECT_THAT(captured.text(), testing::HasSubstr("step two " + std::string(30, '.') + "\r\n"));
}

TEST(Progress, PlainLinesAreFewAndHoldNoEscapes) {
  CapturedError captured;
  {
    const auto progress = make_progress({.redraw_s = 0.005, .plain_line_s = 0.02});
    EXPECT_FALSE(progress->set_board([](int, int) { return std::vector<std::string>{"x"}; }));
    const auto task = progress->start("Loading", 1000, "rows");
    task->advance(250);
    captured.wait_for("Loading: 250 of 1,000 rows (25 %)");
    task->advance(750);
  }
  EXPECT_THAT(captured.text(), testing::ContainsRegex("\nLoading: 1,000 rows in [^\n]*\n$"));
  EXPECT_THAT(captured.text(), testing::Not(testing::HasSubstr("\x1b")));
}

TEST(Progress, ShortWorkGivesOneLineElsewhere) {
  CapturedError captured;
  {
    const auto progress = make_progress(ProgressMode::kAuto);
    const auto task = progress->start("Loading", 3, "rows");
    for (int i = 0; i < 3; ++i) task->advance(1);
  }
  EXPECT_THAT(captured.text(), testing::MatchesRegex("Loading: 3 rows in [0-9.]+ ms\n"));
}

TEST(Progress, SilentWritesNothing) {
  CapturedError captured;
  {
    const auto progress = make_progress(ProgressMode::kSilent);
    const auto task = progress->start("Loading", 3, "rows");
    task->advance(3);
    progress->print("line");
  }
  EXPECT_EQ(captured.text(), "");
}

TEST(Progress, CountsFromManyThreads) {
  CapturedError captured;
  {
    const auto progress = make_progress({.mode = ProgressMode::kPlain, .redraw_s = 0.001});
    const auto task = progress->start("Adding", 0, "rows");
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) {
          task->advance(1);
          if (i % 100 == 0) task->set_note("n");
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_THAT(captured.text(), testing::StartsWith("Adding: 4,000 rows in "));
}

}  // namespace
}  // namespace coterie
