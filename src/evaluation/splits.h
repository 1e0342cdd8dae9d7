#pragma once
// Ways to part interactions into what a model may learn from and what it must predict. Each returns
// one Part an interaction, in input order; ties of time keep input order; equal input and seed give
// equal parts. Users with a single interaction keep it for training, where a split is by user.

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace coterie::evaluation {

enum class Part : uint8_t {
  kTrain,
  kHistory,  // of users whom training does not see: what they are folded in from
  kTest,
};

// All errors are kInvalidInput: shares outside of (0, 1), lengths that differ, nothing to split.

// The newest `share` of all interactions is the test; interactions of the cut's own time all go to
// one side, the test's.
Result<std::vector<Part>> split_by_time(std::span<const int64_t> times, double share);
// Everything at or after `cut` is the test.
std::vector<Part> split_at(std::span<const int64_t> times, int64_t cut);
// The newest `share` of every user's interactions, at least one if the user has two or more.
Result<std::vector<Part>> split_by_user_time(std::span<const int32_t> users,
                                             std::span<const int64_t> times, double share);
// The newest `count` >= 1 interactions of every user, all but one of those who have no more.
Result<std::vector<Part>> split_leave_last_out(std::span<const int32_t> users,
                                               std::span<const int64_t> times, int count = 1);
// Files that somebody split before, one behind the other: `train` interactions, then `test`.
Result<std::vector<Part>> split_as_given(int64_t train, int64_t test);
// Every interaction by itself, with probability `share`.
Result<std::vector<Part>> split_randomly(int64_t interactions, double share, uint64_t seed);
// A random `share` of every user's interactions, rounded down, at least one if the user has two or
// more.
Result<std::vector<Part>> split_users_randomly(std::span<const int32_t> users, double share,
                                               uint64_t seed);
// Strong generalisation: a random `user_share` of users is unseen in training; of each, a random
// `share` is the test and the rest the history.
Result<std::vector<Part>> split_strongly(std::span<const int32_t> users, double user_share,
                                         double share, uint64_t seed);

}  // namespace coterie::evaluation
