#include "evaluation/splits.h"

#include <algorithm>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"

namespace coterie::evaluation {
namespace {

constexpr Part kTr = Part::kTrain;
constexpr Part kTe = Part::kTest;

struct Log {
  std::vector<int32_t> users;
  std::vector<int64_t> times;
};

Log random_log(int count, int users) {
  Log log;
  for (int i = 0; i < count; ++i) {
    log.users.push_back(static_cast<int32_t>(mix64(i) % users));
    log.times.push_back(static_cast<int64_t>(mix64(i + 1000000) % 500));
  }
  return log;
}

int64_t count_of(const std::vector<Part>& parts, Part part) {
  return std::count(parts.begin(), parts.end(), part);
}

TEST(SplitsTest, ByTimePutsTheNewestIntoTheTest) {
  const Log log = random_log(10000, 50);
  const auto parts = *split_by_time(log.times, 0.2);
  int64_t newest_train = 0;
  int64_t oldest_test = 1000;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] == kTr) newest_train = std::max(newest_train, log.times[i]);
    if (parts[i] == kTe) oldest_test = std::min(oldest_test, log.times[i]);
  }
  EXPECT_LT(newest_train, oldest_test);
  EXPECT_NEAR(static_cast<double>(count_of(parts, kTe)), 2000, 60);
}

TEST(SplitsTest, ByUserTimeTakesEachUsersNewest) {
  const std::vector<int32_t> users{7, 7, 7, 7, 2, 9, 9};
  const std::vector<int64_t> times{40, 10, 30, 20, 5, 1, 1};
  EXPECT_EQ(*split_by_user_time(users, times, 0.5),
            (std::vector<Part>{kTe, kTr, kTe, kTr, kTr, kTr, kTe}));
  EXPECT_EQ(*split_leave_last_out(users, times),
            (std::vector<Part>{kTe, kTr, kTr, kTr, kTr, kTr, kTe}));
}

// An interaction is among the user's newest `count` if fewer than that many of the user's come
// after it, by time and then by input order.
int later_ones(const Log& log, size_t i) {
  int later = 0;
  for (size_t j = 0; j < log.users.size(); ++j) {
    if (log.users[j] != log.users[i]) continue;
    later += log.times[j] > log.times[i] || (log.times[j] == log.times[i] && j > i);
  }
  return later;
}

TEST(SplitsTest, NewestOfEveryUserEqualCountingLaterOnes) {
  const Log log = random_log(1500, 200);
  std::map<int32_t, int> sizes;
  for (const int32_t user : log.users) ++sizes[user];
  const auto by_share = *split_by_user_time(log.users, log.times, 0.3);
  const auto last = *split_leave_last_out(log.users, log.times);
  const auto last_three = *split_leave_last_out(log.users, log.times, 3);
  for (size_t i = 0; i < log.users.size(); ++i) {
    const int size = sizes[log.users[i]];
    const int later = later_ones(log, i);
    const int share = size < 2 ? 0 : std::max(1, size * 3 / 10);
    EXPECT_EQ(by_share[i] == kTe, later < share) << "interaction " << i;
    EXPECT_EQ(last[i] == kTe, size > 1 && later < 1) << "interaction " << i;
    EXPECT_EQ(last_three[i] == kTe, later < std::min(3, size - 1)) << "interaction " << i;
  }
}

TEST(SplitsTest, NewestShareEqualsSortingTimes) {
  for (const double share : {0.05, 0.37, 0.9}) {
    const Log log = random_log(997, 5);
    std::vector<int64_t> sorted = log.times;
    std::sort(sorted.begin(), sorted.end());
    const int64_t cut = sorted[static_cast<size_t>((1 - share) * 997)];
    const auto parts = *split_by_time(log.times, share);
    for (size_t i = 0; i < parts.size(); ++i) EXPECT_EQ(parts[i] == kTe, log.times[i] >= cut);
  }
}

TEST(SplitsTest, GivenFilesKeepTheirParts) {
  EXPECT_EQ(*split_as_given(2, 1), (std::vector<Part>{kTr, kTr, kTe}));
  EXPECT_EQ(split_as_given(2, 0).error().message, "2 interactions to learn from and 0 to predict");
}

TEST(SplitsTest, RandomSharesAreKeptPerUserAndRepeatable) {
  const Log log = random_log(20000, 300);
  const auto parts = *split_users_randomly(log.users, 0.25, 5);
  EXPECT_EQ(parts, *split_users_randomly(log.users, 0.25, 5));
  EXPECT_NE(parts, *split_users_randomly(log.users, 0.25, 6));
  std::map<int32_t, std::pair<int, int>> counts;  // test, all
  for (size_t i = 0; i < parts.size(); ++i) {
    counts[log.users[i]].first += parts[i] == kTe;
    counts[log.users[i]].second += 1;
  }
  for (const auto& [user, count] : counts) EXPECT_EQ(count.first, count.second / 4) << user;
  EXPECT_NEAR(static_cast<double>(count_of(*split_randomly(20000, 0.1, 3), kTe)), 2000, 150);
}

TEST(SplitsTest, StrongGeneralisationHidesWholeUsers) {
  const Log log = random_log(20000, 1000);
  const auto parts = *split_strongly(log.users, 0.3, 0.5, 8);
  std::map<int32_t, std::map<Part, int>> counts;
  for (size_t i = 0; i < parts.size(); ++i) ++counts[log.users[i]][parts[i]];
  int hidden = 0;
  for (auto& [user, by_part] : counts) {
    if (by_part[kTe] == 0) {
      EXPECT_EQ(by_part[Part::kHistory], 0);
      continue;
    }
    ++hidden;
    EXPECT_EQ(by_part[kTr], 0) << "user " << user << " is in training too";
    EXPECT_GE(by_part[Part::kHistory], by_part[kTe]);
  }
  EXPECT_NEAR(hidden, 300, 60);
}

TEST(SplitsTest, RefusesWhatCannotBeSplit) {
  const std::vector<int32_t> users{1, 2};
  const std::vector<int64_t> times{1};
  EXPECT_EQ(split_randomly(10, 1.5, 1).error().message, "a share of 1.5 is not between 0 and 1");
  EXPECT_EQ(split_by_user_time(users, times, 0.5).error().message, "2 users with 1 times");
  EXPECT_EQ(split_users_randomly({}, 0.5, 1).error().message, "there are no interactions to split");
  EXPECT_FALSE(split_by_time({}, 0.5).ok());
  const std::vector<int64_t> both{1, 2};
  EXPECT_EQ(split_leave_last_out(users, both, 0).error().message, "cannot leave the last 0 out");
  const std::vector<int32_t> negative{-1};
  EXPECT_EQ(split_strongly(negative, 0.5, 0.5, 1).error().message,
            "user codes must not be negative");
}

}  // namespace
}  // namespace coterie::evaluation
