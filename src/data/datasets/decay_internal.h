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
#include <vector>

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

// The same in memory: one term, and the sum of a group's terms.
struct DecayTerm {
  int64_t ticks = 0;
  int32_t tier = 0;
};

// Terms of a weight by age in days, 0 to the first fact's.
std::vector<DecayTerm> decay_terms(const Facts& facts, const DecayPlan& plan, double weight);

// Not thread-safe; one a thread, cleared for every group.
class DecaySum {
 public:
  DecaySum(const Facts& facts, const DecayPlan& plan);
  void add(DecayTerm term) { sums_[static_cast<size_t>(term.tier)] += term.ticks; }
  double total() const;
  void clear();

 private:
  __extension__ using Wide = __int128;  // of 2^64 terms
  std::vector<Wide> sums_;              // by tier
  std::vector<double> scales_;
};

}  // namespace coterie::data
