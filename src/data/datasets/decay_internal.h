#pragma once
// Sum of w * 2^(-age / half_life) over the rows of a group, exactly the same for any order of the
// rows and any number of threads, and within 1e-9 of the true sum.
//
// Each term is an integer number of ticks of 2^-bits, so sums are integer sums. Ages are cut into
// tiers of `tier_days`, each with its own origin: inside a tier even the smallest weight at the
// highest age is more than 2^30 ticks, which bounds the relative error of a term by 2^-31. The sum
// is the tiers' sums, scaled by powers of two and added in order.

#include <cstdint>
#include <string>

#include "base/result.h"
#include "data/datasets/facts_internal.h"

namespace coterie::data {

struct DecayPlan {
  int bits = 0;  // a tick is 2^-bits
  int64_t tier_days = 1;
  int tiers = 1;  // terms beyond the last are below the smallest double
};

// kInvalidInput: the positive weights differ by more than a factor of 2^24.
Result<DecayPlan> plan_decay(const Facts& facts);

// Undecayed weights are counted in units of 10^-6.
inline constexpr int kWeightDigits = 6;
int64_t weight_units(double weight);

// SELECT of (kind, day, tier, ticks, units) for every weighted kind and every day from the first
// fact to today.
std::string decay_sql(const Facts& facts, const DecayPlan& plan);
// Aggregates "sum of `ticks` in tier t" for each tier, called `name`_0, `name`_1, ...
std::string tier_sums(const DecayPlan& plan, const std::string& ticks, const std::string& name);
// DOUBLE expression of the whole sum over these aggregates.
std::string tier_total(const Facts& facts, const DecayPlan& plan, const std::string& name);

}  // namespace coterie::data
