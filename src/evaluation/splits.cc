#include "evaluation/splits.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include <fmt/format.h>

#include "math/random.h"

namespace coterie::evaluation {
namespace {

enum RandomPurpose : uint32_t { kEntries = 11, kUsers = 12, kWithinUser = 13 };

Status check_share(double share) {
  if (share > 0 && share < 1) return {};
  return invalid_input(fmt::format("a share of {} is not between 0 and 1", share));
}

Status check_sizes(size_t users, size_t times) {
  if (users == 0) return invalid_input("there are no interactions to split");
  if (users == times) return {};
  return invalid_input(fmt::format("{} users with {} times", users, times));
}

Status check_users(std::span<const int32_t> users) {
  if (users.empty()) return invalid_input("there are no interactions to split");
  if (*std::min_element(users.begin(), users.end()) < 0) {
    return invalid_input("user codes must not be negative");
  }
  return {};
}

// Positions of interactions grouped by user, users ascending, input order inside.
std::vector<int64_t> order_by_user(std::span<const int32_t> users) {
  std::vector<int64_t> order(users.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return users[a] < users[b]; });
  return order;
}

using UserRange = std::function<void(int32_t user, std::span<int64_t> positions)>;
void for_each_user(std::span<const int32_t> users, const UserRange& call) {
  std::vector<int64_t> order = order_by_user(users);
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin;
    while (end < order.size() && users[order[end]] == users[order[begin]]) ++end;
    call(users[order[begin]], std::span(order).subspan(begin, end - begin));
    begin = end;
  }
}

// The last `count` of the user's positions become `part`.
void mark_last(std::span<const int64_t> positions, size_t count, Part part,
               std::vector<Part>& parts) {
  for (const int64_t position : positions.last(count)) parts[position] = part;
}

size_t held_out(size_t interactions, double share) {
  if (interactions < 2) return 0;
  const auto count = static_cast<size_t>(std::floor(share * static_cast<double>(interactions)));
  return std::clamp<size_t>(count, 1, interactions - 1);
}

// Fisher-Yates with the user's own stream.
void shuffle(int32_t user, uint64_t seed, std::span<int64_t> positions) {
  math::RandomStream random(seed, kWithinUser, static_cast<uint64_t>(user));
  for (size_t i = positions.size(); i > 1; --i) {
    std::swap(positions[i - 1], positions[random.below(static_cast<uint32_t>(i))]);
  }
}

void sort_by_time(std::span<const int64_t> times, std::span<int64_t> positions) {
  std::stable_sort(positions.begin(), positions.end(),
                   [&](int64_t a, int64_t b) { return times[a] < times[b]; });
}

}  // namespace

Result<std::vector<Part>> split_by_time(std::span<const int64_t> times, double share) {
  RETURN_IF_ERROR(check_share(share));
  if (times.empty()) return invalid_input("there are no interactions to split");
  std::vector<int64_t> sorted(times.begin(), times.end());
  const auto position =
      std::min(static_cast<size_t>(std::floor((1 - share) * static_cast<double>(sorted.size()))),
               sorted.size() - 1);
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<int64_t>(position), sorted.end());
  return split_at(times, sorted[position]);
}

std::vector<Part> split_at(std::span<const int64_t> times, int64_t cut) {
  std::vector<Part> parts;
  parts.reserve(times.size());
  for (const int64_t time : times) parts.push_back(time >= cut ? Part::kTest : Part::kTrain);
  return parts;
}

Result<std::vector<Part>> split_by_user_time(std::span<const int32_t> users,
                                             std::span<const int64_t> times, double share) {
  RETURN_IF_ERROR(check_share(share));
  RETURN_IF_ERROR(check_users(users));
  RETURN_IF_ERROR(check_sizes(users.size(), times.size()));
  std::vector<Part> parts(users.size(), Part::kTrain);
  for_each_user(users, [&](int32_t, std::span<int64_t> positions) {
    sort_by_time(times, positions);
    mark_last(positions, held_out(positions.size(), share), Part::kTest, parts);
  });
  return parts;
}

Result<std::vector<Part>> split_leave_last_out(std::span<const int32_t> users,
                                               std::span<const int64_t> times, int count) {
  if (count < 1) return invalid_input(fmt::format("cannot leave the last {} out", count));
  RETURN_IF_ERROR(check_users(users));
  RETURN_IF_ERROR(check_sizes(users.size(), times.size()));
  std::vector<Part> parts(users.size(), Part::kTrain);
  for_each_user(users, [&](int32_t, std::span<int64_t> positions) {
    sort_by_time(times, positions);
    const size_t most = positions.size() - 1;
    mark_last(positions, std::min(static_cast<size_t>(count), most), Part::kTest, parts);
  });
  return parts;
}

Result<std::vector<Part>> split_as_given(int64_t train, int64_t test) {
  if (train < 1 || test < 1) {
    return invalid_input(
        fmt::format("{} interactions to learn from and {} to predict", train, test));
  }
  std::vector<Part> parts(static_cast<size_t>(train), Part::kTrain);
  parts.resize(static_cast<size_t>(train + test), Part::kTest);
  return parts;
}

Result<std::vector<Part>> split_randomly(int64_t interactions, double share, uint64_t seed) {
  RETURN_IF_ERROR(check_share(share));
  if (interactions <= 0) return invalid_input("there are no interactions to split");
  std::vector<Part> parts(static_cast<size_t>(interactions), Part::kTrain);
  math::RandomStream random(seed, kEntries, 0);
  for (Part& part : parts) {
    if (random.chance(share)) part = Part::kTest;
  }
  return parts;
}

Result<std::vector<Part>> split_users_randomly(std::span<const int32_t> users, double share,
                                               uint64_t seed) {
  RETURN_IF_ERROR(check_share(share));
  RETURN_IF_ERROR(check_users(users));
  std::vector<Part> parts(users.size(), Part::kTrain);
  for_each_user(users, [&](int32_t user, std::span<int64_t> positions) {
    shuffle(user, seed, positions);
    mark_last(positions, held_out(positions.size(), share), Part::kTest, parts);
  });
  return parts;
}

Result<std::vector<Part>> split_strongly(std::span<const int32_t> users, double user_share,
                                         double share, uint64_t seed) {
  RETURN_IF_ERROR(check_share(user_share));
  RETURN_IF_ERROR(check_share(share));
  RETURN_IF_ERROR(check_users(users));
  std::vector<Part> parts(users.size(), Part::kTrain);
  for_each_user(users, [&](int32_t user, std::span<int64_t> positions) {
    math::RandomStream random(seed, kUsers, static_cast<uint64_t>(user));
    if (positions.size() < 2 || !random.chance(user_share)) return;
    shuffle(user, seed, positions);
    mark_last(positions, positions.size(), Part::kHistory, parts);
    mark_last(positions, held_out(positions.size(), share), Part::kTest, parts);
  });
  return parts;
}

}  // namespace coterie::evaluation
