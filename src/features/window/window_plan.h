#pragma once
// What is computed from an entity's events of one source at a time q.
//
// Visible at q are the events with time <= q and arrival <= q. A window w holds those of the
// visible events whose time is in (q - w, q]; kLifetime holds all of them. `x` below are the values
// of the aggregate's column at the events of its window that its mask counts. Nulls do not count in
// any function but kLatest.
//
//   kCount        number of events (of non-null values where the mask names the column); 0 if none
//   kSum          integers: exact, null beyond 64 bits; reals: 1e-9 relative to the sum of |x|,
//                 null beyond the range of a double
//   kMean         real: sum / count; integers: from the exact sum
//   kMin, kMax    of integers, reals, or texts by their bytes
//   kStd          real: sample standard deviation (n - 1) about the mean, not from sums of squares;
//                 null of fewer than two x
//   kLast         the x of the latest time; of equal times the greatest (texts by bytes)
//   kFirst        the x of the earliest time; of equal times the least
//   kLatest       the value at the latest visible event at all, mask and window apply, also if it
//                 is null; of equal times the greatest, a null only if all are
//   kDistinct     number of different values, exact; 0 if none
//   kDistinctHll  the same by HyperLogLog with 4,096 registers: standard error 1.6 %
//                 (Flajolet et al. 2007, with linear counting up to 2.5 registers). A text hashes
//                 as hash64 of its bytes, an integer or a code without a pool as mix64; the upper
//                 12 bits are the register
//   kGroups       list of (code, count) of the column `group`, or (code, sum of x) where a column
//                 is given, ascending by the group's text; null groups are left out
//   kTopK         the same, only the `k` greatest, greatest first; of equal ones the first by text
//   kTimeSince    integer: microseconds from the latest x (or counted event) to q, null beyond 64
//                 bits
//   kStreak       integer: the most n such that each of the n periods (q - p, q], (q - 2p, q - p],
//                 ... holds a counted event; 0 if the first holds none. At most window / p
//   kEntropy      real: Shannon entropy of the distribution of values, in bits
//   kPercentile   real: the x of rank floor(quantile * (n - 1)) in ascending order, exact: the
//                 events are there, a sketch would cost more and say less
//
// Without any x every function but the counts (0), kStreak (0) and the lists (empty) is null.

#include <cstdint>
#include <limits>
#include <vector>

#include "base/clock.h"

namespace coterie::features {

inline constexpr Micros kLifetime = std::numeric_limits<Micros>::max();

enum class Function : uint8_t {
  kCount,
  kSum,
  kMean,
  kMin,
  kMax,
  kStd,
  kLast,
  kFirst,
  kLatest,
  kDistinct,
  kDistinctHll,
  kGroups,
  kTopK,
  kTimeSince,
  kStreak,
  kEntropy,
  kPercentile,
};

struct Aggregate {
  Function function = Function::kCount;
  int column = -1;    // of the layout; -1 where the function needs none
  int mask = -1;      // of the layout; -1 = all events. Names the column where nulls are possible
  int distinct = -1;  // kDistinct: the index of the layout
  int group = -1;     // kGroups, kTopK: a kCode column, whose nulls the mask does not cover
  Micros window = kLifetime;
  int k = 1;
  double quantile = 0.5;
  Micros period = kMicrosPerDay;
  int slot = 0;  // where the result goes
};

// Aggregates in any order; the evaluator sorts them once.
using WindowPlan = std::vector<Aggregate>;

}  // namespace coterie::features
