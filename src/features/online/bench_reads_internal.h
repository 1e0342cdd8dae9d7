#pragma once
// For the benchmarks of this folder: a registry of 50 features, and what is said of timed reads.

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "base/clock.h"
#include "features/online/test_shop_internal.h"

namespace coterie::features {

inline constexpr double kReadTarget = 3e-6;
inline constexpr double kReadP99Target = 6e-6;
inline constexpr Micros kEnd = 1'717'200'000'000'000;  // 2024-06-01

// 50 features of a customer over two sources.
inline std::string fifty_features() {
  std::string text = kShopRegistry;
  text.erase(text.find("features:"));
  text += "features:\n";
  int count = 0;
  const auto add = [&](const std::string& source, const std::string& transformation,
                       const std::string& column, const std::string& more = "") {
    text += fmt::format("  - {{name: f{}, entity: customer, source: {}, transformation: {}{}{}}}\n",
                        ++count, source, transformation,
                        column.empty() ? "" : ", column: " + column, more);
  };
  for (const char* const days : {"1d", "7d", "30d", "90d", "365d"}) {
    add("sales", fmt::format("rolling_count_{}", days), "");
    add("sales", fmt::format("rolling_sum_{}", days), "amount");
    add("sales", fmt::format("rolling_mean_{}", days), "price");
    add("sales", fmt::format("rolling_max_{}", days), "price");
    add("sales", fmt::format("rolling_min_{}", days), "price");
    add("sales", fmt::format("rolling_sum_{}", days), "weight");
    add("sales", fmt::format("rolling_distinct_{}", days), "article_id");
    add("visits", fmt::format("rolling_count_{}", days), "");
  }
  add("sales", "lifetime_count", "");
  add("sales", "lifetime_sum", "amount");
  add("sales", "lifetime_distinct", "article_id");
  add("sales", "time_since_last", "");
  add("sales", "last", "channel", ", type: categorical");
  add("sales", "first", "price");
  add("visits", "lifetime_count", "");
  add("visits", "time_since_last", "");
  text += "  - {name: f49, transformation: f2 / f1}\n  - {name: f50, transformation: f42 / f41}\n";
  return text;
}

inline void report_reads(benchmark::State& state, std::vector<double>& seconds) {
  double sum = 0;
  for (const double each : seconds) sum += each;
  const auto p99 = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() * 99 / 100);
  std::nth_element(seconds.begin(), p99, seconds.end());
  const double mean = sum / static_cast<double>(seconds.size());
  state.counters["mean_us"] = mean * 1e6;
  state.counters["p99_us"] = *p99 * 1e6;
  state.counters["of_target_mean"] = kReadTarget / mean;
  state.counters["of_target_p99"] = kReadP99Target / *p99;
}

}  // namespace coterie::features
