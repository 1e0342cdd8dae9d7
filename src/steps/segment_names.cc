#include "steps/segment_names.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace coterie::steps {
namespace {

struct Rule {
  const char* name;
  const char* meaning;
  SegmentTraits weights;  // the fit is the dot product with a segment's traits
  double bonus;           // what the name is worth without any trait
};

// Weights are in standard deviations: a rule wins where its traits stand out together. Names that
// say little ("Occasional shoppers") have small weights, so that they are left for segments near
// the average.
constexpr std::array<Rule, kSegmentNames + 1> kPurchaseRules = {{
    {"High value",
     "buy often and spend most",
     {.recency = -0.5, .frequency = 1.0, .monetary = 1.0, .order_value = 0.3},
     0.0},
    {"Inactive",
     "have not bought for a long time",
     {.recency = 1.6, .frequency = -0.5, .monetary = -0.3},
     0.0},
    {"Budget shoppers",
     "spend little an order",
     {.recency = -0.3, .frequency = 0.3, .monetary = -0.3, .order_value = -1.4},
     0.0},
    {"Trend followers",
     "look around and wish a lot, and bought lately",
     {.recency = -0.6, .frequency = 0.3, .engagement = 1.2},
     0.0},
    {"New users",
     "came recently and have bought little yet",
     {.recency = -0.6, .frequency = -0.6, .monetary = -0.4, .tenure = -1.4},
     0.0},
    {"Big baskets",
     "buy seldom, but much at once",
     {.frequency = -0.6, .monetary = 0.3, .order_value = 1.4},
     0.0},
    {"Loyal regulars",
     "come back again and again",
     {.recency = -0.4, .frequency = 0.9, .monetary = 0.4, .order_value = -0.3, .tenure = 0.4},
     0.0},
    {"At risk",
     "used to buy a lot and have stayed away since",
     {.recency = 1.0, .frequency = 0.7, .monetary = 0.6},
     0.0},
    {"Recent buyers",
     "bought lately, so far not often",
     {.recency = -1.1, .frequency = -0.5, .monetary = -0.2},
     0.0},
    {"Frequent buyers",
     "buy more often than most, and lately",
     {.recency = -0.4, .frequency = 1.0},
     -0.4},
    {"Light buyers",
     "bought fewer times than most, and not lately",
     {.recency = 0.4, .frequency = -1.0, .monetary = -0.6},
     0.0},
    {"Window shoppers",
     "look much and buy little",
     {.frequency = -0.6, .monetary = -0.5, .engagement = 1.0},
     0.0},
    {"Occasional shoppers",
     "are close to the average customer",
     {.recency = 0.1, .frequency = -0.1},
     0.4},
}};

constexpr std::array<Rule, kSegmentNames + 2> kActivityRules = {{
    {"Enthusiasts", "are here often and meet most", {.recency = -0.5, .frequency = 1.4}, 0.0},
    {"Inactive", "have not been here for a long time", {.recency = 1.5, .frequency = -0.3}, 0.0},
    {"Recent visitors",
     "were here lately, so far not often",
     {.recency = -1.2, .frequency = -0.4},
     0.0},
    {"Fading away",
     "used to be here a lot and have stayed away since",
     {.recency = 1.0, .frequency = 0.9},
     0.0},
    {"Fans", "like most of what they meet", {.engagement = 1.4}, 0.0},
    {"Choosy", "meet much and like little of it", {.frequency = 0.4, .engagement = -1.3}, 0.0},
    {"Light visitors", "met less than most", {.recency = 0.3, .frequency = -1.3}, 0.0},
    {"Regulars", "come back again and again", {.recency = -0.4, .frequency = 0.8}, 0.0},
    {"Happy few", "meet little and like it", {.frequency = -0.7, .engagement = 0.9}, 0.0},
    {"Critics", "were here lately and liked little", {.recency = -0.6, .engagement = -0.9}, 0.0},
    {"Lost interest",
     "liked little and have stayed away since",
     {.recency = 0.9, .engagement = -0.7},
     0.0},
    {"Frequent visitors", "met more than most", {.frequency = 0.7}, 0.0},
    {"Casual visitors", "met somewhat less than most", {.frequency = -0.8}, 0.0},
    {"Occasional visitors",
     "are close to the average customer",
     {.recency = 0.1, .frequency = -0.1},
     0.4},
}};

constexpr std::array<Rule, kSegmentNames> kEventRules = {{
    {"Heavy users",
     "are active on most days, and do most",
     {.recency = -0.5, .frequency = 1.2, .engagement = 0.6},
     0.0},
    {"Dormant", "have not been active for a long time", {.recency = 1.5, .frequency = -0.4}, 0.0},
    {"New users",
     "were first seen lately",
     {.recency = -0.4, .frequency = -0.4, .tenure = -1.3},
     0.0},
    {"Fading away",
     "used to be active a lot and have stayed away since",
     {.recency = 1.0, .frequency = 0.9},
     0.0},
    {"Intense users",
     "are active on few days, but do much on them",
     {.frequency = -0.6, .engagement = 1.3},
     0.0},
    {"Light users", "are active less than most", {.recency = 0.3, .frequency = -1.3}, 0.0},
    {"Regulars",
     "come back again and again",
     {.recency = -0.4, .frequency = 0.9, .engagement = -0.3},
     0.0},
    {"Brief users",
     "come often enough, and do little each time",
     {.frequency = 0.3, .engagement = -1.3},
     0.0},
    {"Recently active",
     "were active lately, so far not often",
     {.recency = -1.1, .frequency = -0.5},
     0.0},
    {"Long-standing", "have been here longer than most", {.tenure = 1.2}, 0.0},
    {"Tried it once",
     "came not long ago and have not come back",
     {.recency = 0.5, .frequency = -0.9, .tenure = -0.7},
     0.0},
    {"Average users",
     "are close to the average customer",
     {.recency = 0.1, .frequency = -0.1},
     0.4},
}};

std::span<const Rule> rules_of(SegmentBasis basis) {
  if (basis == SegmentBasis::kActivity) return kActivityRules;
  if (basis == SegmentBasis::kEvents) return kEventRules;
  return kPurchaseRules;
}

// Of a rule's weights, on traits in which no two segments differ: beyond this it says too much.
constexpr double kMostUnfounded = 0.3;

constexpr std::array kTraits = {&SegmentTraits::recency,  &SegmentTraits::frequency,
                                &SegmentTraits::monetary, &SegmentTraits::order_value,
                                &SegmentTraits::tenure,   &SegmentTraits::engagement};

double fit(const Rule& rule, const SegmentTraits& traits) {
  double value = rule.bonus;
  for (const auto trait : kTraits) value += rule.weights.*trait * traits.*trait;
  return value;
}

double weight_of(const Rule& rule, const std::vector<double SegmentTraits::*>& traits) {
  double sum = 0;
  for (const auto trait : traits) sum += std::abs(rule.weights.*trait);
  return sum;
}

// Traits that are the same in every segment: nothing tells whether a rule that speaks of them is
// true.
std::vector<double SegmentTraits::*> flat_traits(const std::vector<SegmentTraits>& segments) {
  std::vector<double SegmentTraits::*> flat;
  for (const auto trait : kTraits) {
    const bool same = std::ranges::all_of(
        segments, [&](const SegmentTraits& traits) { return traits.*trait == 0; });
    if (same) flat.push_back(trait);
  }
  return flat;
}

// Which rule names which segment; kNone: no rule is left for it.
constexpr size_t kNone = SIZE_MAX;

class Naming {
 public:
  Naming(const std::vector<SegmentTraits>& segments, std::span<const Rule> rules)
      : rule_of_(segments.size(), kNone), fits_(segments.size()) {
    const auto flat = flat_traits(segments);
    for (const Rule& rule : rules) {
      const double unfounded = weight_of(rule, flat);
      const double whole = weight_of(rule, {kTraits.begin(), kTraits.end()});
      // Of the average customer little is said, so little can be wrong.
      const bool average = rule.bonus > 0;
      used_.push_back(!average && unfounded > kMostUnfounded * whole);
      for (size_t s = 0; s < segments.size(); ++s)
        fits_[s].push_back(fit(rule, segments[s]) - unfounded);
    }
  }

  std::vector<size_t> run() {
    while (take_best()) {
    }
    while (swap_two()) {
    }
    return rule_of_;
  }

 private:
  double value(size_t segment, size_t rule) const {
    return rule == kNone ? 0 : fits_[segment][rule];
  }

  // The pair that fits best, of segments without a name and rules not used.
  bool take_best() {
    size_t segment = kNone, rule = kNone;
    for (size_t s = 0; s < fits_.size(); ++s) {
      for (size_t r = 0; r < used_.size(); ++r) {
        if (rule_of_[s] != kNone || used_[r]) continue;
        if (segment != kNone && fits_[s][r] <= fits_[segment][rule]) continue;
        segment = s;
        rule = r;
      }
    }
    if (segment == kNone) return false;
    rule_of_[segment] = rule;
    used_[rule] = true;
    return true;
  }

  // What one segment took may have left another only a name that is wrong.
  bool swap_two() {
    constexpr double kLeastGain = 1e-9;
    for (size_t a = 0; a < rule_of_.size(); ++a) {
      for (size_t b = a + 1; b < rule_of_.size(); ++b) {
        const double gain = value(a, rule_of_[b]) + value(b, rule_of_[a]) - value(a, rule_of_[a]) -
                            value(b, rule_of_[b]);
        if (gain <= kLeastGain) continue;
        std::swap(rule_of_[a], rule_of_[b]);
        return true;
      }
    }
    return false;
  }

  std::vector<size_t> rule_of_;
  std::vector<std::vector<double>> fits_;  // by segment and rule
  std::vector<bool> used_;
};

}  // namespace

std::vector<SegmentName> name_segments(const std::vector<SegmentTraits>& segments,
                                       SegmentBasis basis) {
  CHECK(segments.size() <= kSegmentNames);
  const std::span<const Rule> rules = rules_of(basis);
  std::vector<SegmentName> names;
  for (const size_t rule : Naming(segments, rules).run()) {
    if (rule == kNone) {
      names.push_back({fmt::format("Group {}", names.size() + 1),
                       "differ in their medians, with no word for it"});
    } else {
      names.push_back({rules[rule].name, rules[rule].meaning});
    }
  }
  return names;
}

SegmentName name_of_absent(SegmentBasis basis) {
  switch (basis) {
    case SegmentBasis::kActivity:
      return {"No activity yet", "are known, but have not met anything"};
    case SegmentBasis::kEvents:
      return {"No activity yet", "are known, but have done nothing"};
    case SegmentBasis::kNothing:
      return {"All customers", "no table says what they did"};
    case SegmentBasis::kPurchases:
      break;
  }
  return {"No purchases yet", "are known, but have not bought anything"};
}

}  // namespace coterie::steps
