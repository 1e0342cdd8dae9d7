#include "steps/segment_names.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>

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
constexpr std::array<Rule, kSegmentNames> kPurchaseRules = {{
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

constexpr std::array<Rule, kSegmentNames> kActivityRules = {{
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

double fit(const Rule& rule, const SegmentTraits& traits) {
  return rule.bonus + rule.weights.recency * traits.recency +
         rule.weights.frequency * traits.frequency + rule.weights.monetary * traits.monetary +
         rule.weights.order_value * traits.order_value + rule.weights.tenure * traits.tenure +
         rule.weights.engagement * traits.engagement;
}

// How much of a rule speaks of traits that are the same in every segment: nothing tells then
// whether it is true.
double unfounded(const Rule& rule, const std::vector<SegmentTraits>& segments) {
  constexpr std::array kTraits = {&SegmentTraits::recency,  &SegmentTraits::frequency,
                                  &SegmentTraits::monetary, &SegmentTraits::order_value,
                                  &SegmentTraits::tenure,   &SegmentTraits::engagement};
  double share = 0;
  for (const auto trait : kTraits) {
    const bool flat = std::ranges::all_of(
        segments, [&](const SegmentTraits& traits) { return traits.*trait == 0; });
    if (flat) share += std::abs(rule.weights.*trait);
  }
  return share;
}

}  // namespace

std::vector<SegmentName> name_segments(const std::vector<SegmentTraits>& segments,
                                       SegmentBasis basis) {
  const std::span<const Rule> rules = rules_of(basis);
  CHECK(segments.size() <= rules.size());
  std::vector<double> penalties;
  for (const Rule& rule : rules) penalties.push_back(unfounded(rule, segments));
  std::vector<SegmentName> names(segments.size());
  std::vector<bool> named(segments.size(), false);
  std::array<bool, kSegmentNames> taken{};
  for (size_t round = 0; round < segments.size(); ++round) {
    size_t best_segment = 0, best_rule = 0;
    std::optional<double> best;
    for (size_t s = 0; s < segments.size(); ++s) {
      for (size_t r = 0; r < rules.size(); ++r) {
        if (named[s] || taken[r]) continue;
        const double value = fit(rules[r], segments[s]) - penalties[r];
        if (best && value <= *best) continue;
        best = value;
        best_segment = s;
        best_rule = r;
      }
    }
    named[best_segment] = true;
    taken[best_rule] = true;
    names[best_segment] = {rules[best_rule].name, rules[best_rule].meaning};
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
