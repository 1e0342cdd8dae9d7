#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "data/datasets/decay_internal.h"
#include "data/engine/sql_text.h"

namespace coterie::data {
namespace {

constexpr int kTickBits = 61;       // the largest term stays below 2^62
constexpr int kPrecisionBits = 30;  // the smallest term of a tier is at least 2^30 ticks
constexpr double kMaxWeightRatio = 1 << 24;
constexpr double kDoubleRange = 1100;  // half-lives after which nothing of a double is left

}  // namespace

Result<DecayPlan> plan_decay(const Facts& facts) {
  double smallest = 0;
  double largest = 0;
  std::string kinds[2];
  for (const auto& [kind, weight] : facts.weights) {
    if (weight <= 0) continue;
    if (smallest == 0 || weight < smallest) {
      smallest = weight;
      kinds[0] = kind;
    }
    if (weight > largest) {
      largest = weight;
      kinds[1] = kind;
    }
  }
  if (largest == 0) return DecayPlan{};
  if (largest / smallest > kMaxWeightRatio)
    return invalid_input(fmt::format("the weights of '{}' ({}) and '{}' ({}) are too far apart",
                                     kinds[0], smallest, kinds[1], largest))
        .for_key("events.weights")
        .with_mend("weights may differ by a factor of 16 million; 0 leaves a kind out");
  DecayPlan plan;
  plan.bits = kTickBits - static_cast<int>(std::ceil(std::log2(largest)));
  const double half_lives = plan.bits + std::log2(smallest) - kPrecisionBits;
  plan.tier_days =
      std::max<int64_t>(1, static_cast<int64_t>(std::floor(half_lives * facts.half_life_days)));
  const int64_t max_age = std::max(0, facts.today - facts.first_day);
  const auto tier_width = static_cast<double>(plan.tier_days);
  const auto useful = static_cast<int64_t>(kDoubleRange * facts.half_life_days / tier_width) + 2;
  plan.tiers = static_cast<int>(std::min(max_age / plan.tier_days + 1, useful));
  return plan;
}

int64_t weight_units(double weight) { return std::llround(weight * std::pow(10, kWeightDigits)); }

std::string decay_sql(const Facts& facts, const DecayPlan& plan) {
  std::string weights;
  for (const auto& [kind, weight] : facts.weights) {
    if (!weights.empty()) weights += ", ";
    weights += fmt::format("({}, {:.17g}::DOUBLE, {}::INTEGER)", quote_text(kind), weight,
                           weight_units(weight));
  }
  return fmt::format(R"(SELECT kind, day, CASE WHEN tier < {tiers} THEN tier ELSE 0 END AS tier,
           CASE WHEN tier < {tiers} THEN
             CAST(round(weight * pow(2.0, -(age % {width}) / {half_life:.17g}::DOUBLE)
                        * pow(2.0, {bits})) AS BIGINT)
           ELSE 0 END AS ticks, units
    FROM (SELECT kind, weight, units, age, age // {width} AS tier, {today} - age::INTEGER AS day
          FROM (VALUES {weights}) AS weights(kind, weight, units), range({ages}) AS ages(age)))",
                     fmt::arg("tiers", plan.tiers), fmt::arg("width", plan.tier_days),
                     fmt::arg("half_life", facts.half_life_days), fmt::arg("bits", plan.bits),
                     fmt::arg("today", sql_date(facts.today)), fmt::arg("weights", weights),
                     fmt::arg("ages", facts.today - facts.first_day + 1));
}

std::string tier_sums(const DecayPlan& plan, const std::string& ticks, const std::string& name) {
  if (plan.tiers == 1) return fmt::format("sum({}) AS {}_0", ticks, name);
  std::string sums;
  for (int tier = 0; tier < plan.tiers; ++tier)
    sums += fmt::format("{}sum({}) FILTER (tier = {}) AS {}_{}", tier == 0 ? "" : ",\n           ",
                        ticks, tier, name, tier);
  return sums;
}

std::string tier_total(const Facts& facts, const DecayPlan& plan, const std::string& name) {
  std::string total;
  for (int tier = 0; tier < plan.tiers; ++tier) {
    const double shift =
        static_cast<double>(tier) * static_cast<double>(plan.tier_days) / facts.half_life_days;
    total += fmt::format("{}coalesce({}_{}::DOUBLE, 0) * pow(2.0, {:.17g})", tier == 0 ? "" : " + ",
                         name, tier, -plan.bits - shift);
  }
  return "(" + total + ")";
}

std::vector<DecayTerm> decay_terms(const Facts& facts, const DecayPlan& plan, double weight) {
  std::vector<DecayTerm> terms;
  for (int64_t age = 0; age <= std::max(0, facts.today - facts.first_day); ++age) {
    const int64_t tier = age / plan.tier_days;
    if (tier >= plan.tiers) {
      terms.push_back({0, 0});
      continue;
    }
    const double decayed =
        weight * std::exp2(-static_cast<double>(age % plan.tier_days) / facts.half_life_days);
    terms.push_back({std::llround(std::ldexp(decayed, plan.bits)), static_cast<int32_t>(tier)});
  }
  return terms;
}

DecaySum::DecaySum(const Facts& facts, const DecayPlan& plan)
    : sums_(static_cast<size_t>(plan.tiers)) {
  for (int tier = 0; tier < plan.tiers; ++tier) {
    const double half_lives =
        static_cast<double>(tier) * static_cast<double>(plan.tier_days) / facts.half_life_days;
    scales_.push_back(std::exp2(-plan.bits - half_lives));
  }
}

double DecaySum::total() const {
  double total = 0;
  for (size_t tier = 0; tier < sums_.size(); ++tier)
    total += static_cast<double>(sums_[tier]) * scales_[tier];
  return total;
}

void DecaySum::clear() { std::ranges::fill(sums_, 0); }

}  // namespace coterie::data
