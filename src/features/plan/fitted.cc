#include "features/plan/fitted.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace coterie::features {
namespace {

using Json = nlohmann::ordered_json;

bool is_finite(double value) { return std::isfinite(value); }

FittedStatistics statistics_from(const Json& entry) {
  FittedStatistics statistics;
  statistics.as_of = entry.at("as_of").get<Micros>();
  statistics.bounds = entry.at("bounds").get<std::vector<double>>();
  statistics.centre = entry.at("centre").get<double>();
  statistics.spread = entry.at("spread").get<double>();
  statistics.values = entry.at("values").get<std::vector<std::string>>();
  return statistics;
}

}  // namespace

void FittedSet::add(const std::string& reference, FittedStatistics statistics) {
  std::vector<FittedStatistics>& all = statistics_[reference];
  const auto at = std::ranges::lower_bound(all, statistics.as_of, {}, &FittedStatistics::as_of);
  if (at != all.end() && at->as_of == statistics.as_of) {
    *at = std::move(statistics);
  } else {
    all.insert(at, std::move(statistics));
  }
}

const FittedStatistics* FittedSet::at(std::string_view reference, Micros at) const {
  const auto found = statistics_.find(reference);
  if (found == statistics_.end()) return nullptr;
  const auto after = std::ranges::upper_bound(found->second, at, {}, &FittedStatistics::as_of);
  return after == found->second.begin() ? nullptr : &*(after - 1);
}

const FittedStatistics* FittedSet::first(std::string_view reference) const {
  const auto found = statistics_.find(reference);
  return found == statistics_.end() || found->second.empty() ? nullptr : &found->second.front();
}

std::string FittedSet::to_text(std::string_view reference) const {
  Json all = Json::array();
  const auto found = statistics_.find(reference);
  if (found != statistics_.end()) {
    for (const FittedStatistics& each : found->second) {
      all.push_back({{"as_of", each.as_of},
                     {"bounds", each.bounds},
                     {"centre", each.centre},
                     {"spread", each.spread},
                     {"values", each.values}});
    }
  }
  return all.dump();
}

Status FittedSet::read(const std::string& reference, std::string_view text) {
  const auto damaged = [&](std::string_view what) {
    return corrupt(fmt::format("fitted statistics of {}: {}", reference, what))
        .with_mend("run `coterie features build`, which fits them anew");
  };
  try {
    for (const Json& entry : Json::parse(text)) {
      FittedStatistics statistics = statistics_from(entry);
      if (!std::ranges::all_of(statistics.bounds, is_finite) || !is_finite(statistics.centre) ||
          !is_finite(statistics.spread))
        return damaged("a number is not finite");
      add(reference, std::move(statistics));
    }
  } catch (const Json::exception& fault) {
    return damaged(fault.what());
  }
  return {};
}

}  // namespace coterie::features
