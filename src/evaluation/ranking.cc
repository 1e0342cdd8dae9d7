#include "evaluation/ranking.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "math/random.h"

namespace coterie::evaluation {
namespace {

constexpr int64_t kUserGrain = 512;
constexpr uint32_t kResamplePurpose = 21;
constexpr int kMetricsPerCut = 6;
constexpr const char* kMetricNames[kMetricsPerCut] = {"precision", "recall",   "map",
                                                      "ndcg",      "hit_rate", "mrr"};

double discount(int rank) { return 1.0 / std::log2(rank + 1.0); }

// The six metrics of one list at one k.
void measure(std::span<const int32_t> list, std::span<const int32_t> truth, int k, double* out) {
  const auto reachable = static_cast<int>(std::min<size_t>(truth.size(), static_cast<size_t>(k)));
  int hits = 0;
  int first = 0;
  double precision_sum = 0;
  double gain = 0;
  for (int rank = 1; rank <= std::min(k, static_cast<int>(list.size())); ++rank) {
    if (!std::binary_search(truth.begin(), truth.end(), list[rank - 1])) continue;
    ++hits;
    if (first == 0) first = rank;
    precision_sum += static_cast<double>(hits) / rank;
    gain += discount(rank);
  }
  double ideal = 0;
  for (int rank = 1; rank <= reachable; ++rank) ideal += discount(rank);
  out[0] = static_cast<double>(hits) / k;
  out[1] = static_cast<double>(hits) / static_cast<double>(truth.size());
  out[2] = precision_sum / reachable;
  out[3] = gain / ideal;
  out[4] = hits > 0 ? 1 : 0;
  out[5] = first > 0 ? 1.0 / first : 0;
}

double area_under_curve(std::span<const int32_t> list, std::span<const int32_t> truth) {
  int64_t positives = 0;
  int64_t right = 0;  // pairs in order
  int64_t others = 0;
  for (size_t i = list.size(); i > 0; --i) {
    if (std::binary_search(truth.begin(), truth.end(), list[i - 1])) {
      ++positives;
      right += others;
    } else {
      ++others;
    }
  }
  if (positives == 0 || others == 0) return 0.5;
  return static_cast<double>(right) /
         (static_cast<double>(positives) * static_cast<double>(others));
}

// Values of every evaluated user, one row each.
struct UserValues {
  std::vector<std::string> names;
  std::vector<double> values;  // users × names
  int64_t users = 0;
};

UserValues measure_users(const math::TopK& lists, std::span<const int32_t> users,
                         std::span<const int64_t> evaluated, const math::Csr& test,
                         const RankingOptions& options, ThreadPool& pool) {
  UserValues result;
  for (const int k : options.at) {
    for (const char* name : kMetricNames) result.names.push_back(fmt::format("{}@{}", name, k));
  }
  if (!options.areas.empty()) result.names.emplace_back("auc");
  result.users = static_cast<int64_t>(evaluated.size());
  const size_t width = result.names.size();
  result.values.resize(evaluated.size() * width);
  pool.parallel_for(result.users, kUserGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto list = lists.list(evaluated[i]);
      const auto truth = test.row_indices(users[evaluated[i]]);
      double* out = result.values.data() + static_cast<size_t>(i) * width;
      for (const int k : options.at) {
        measure(list, truth, k, out);
        out += kMetricsPerCut;
      }
      if (!options.areas.empty()) *out = options.areas[evaluated[i]];
    }
  });
  return result;
}

std::map<std::string, Interval> bootstrap(const UserValues& values, const RankingOptions& options,
                                          ThreadPool& pool) {
  const size_t width = values.names.size();
  std::vector<double> means(static_cast<size_t>(options.resamples) * width, 0.0);
  pool.parallel_for(options.resamples, 1, [&](int64_t begin, int64_t end) {
    for (int64_t sample = begin; sample < end; ++sample) {
      math::RandomStream random(options.seed, kResamplePurpose, static_cast<uint64_t>(sample));
      double* sums = means.data() + static_cast<size_t>(sample) * width;
      for (int64_t i = 0; i < values.users; ++i) {
        const size_t user = random.below(static_cast<uint32_t>(values.users));
        for (size_t m = 0; m < width; ++m) sums[m] += values.values[user * width + m];
      }
      for (size_t m = 0; m < width; ++m) sums[m] /= static_cast<double>(values.users);
    }
  });
  std::map<std::string, Interval> intervals;
  for (size_t m = 0; m < width; ++m) {
    std::vector<double> column;
    for (int s = 0; s < options.resamples; ++s) column.push_back(means[s * width + m]);
    std::sort(column.begin(), column.end());
    const auto at = [&](double share) {
      return column[static_cast<size_t>(std::lround(share * (options.resamples - 1)))];
    };
    intervals[values.names[m]] = {at(0.025), at(0.975)};
  }
  return intervals;
}

double coverage(const math::TopK& lists, int k, int32_t items) {
  std::vector<uint8_t> shown(static_cast<size_t>(items), 0);
  for (size_t i = 0; i < lists.counts.size(); ++i) {
    const auto list = lists.list(static_cast<int64_t>(i));
    for (size_t r = 0; r < std::min(list.size(), static_cast<size_t>(k)); ++r) shown[list[r]] = 1;
  }
  return static_cast<double>(std::count(shown.begin(), shown.end(), 1)) / items;
}

Status check_lists(const math::TopK& lists, std::span<const int32_t> users, const math::Csr& test,
                   const RankingOptions& options) {
  if (lists.counts.size() != users.size()) {
    return invalid_input(fmt::format("{} lists for {} users", lists.counts.size(), users.size()));
  }
  if (!options.areas.empty() && options.areas.size() != users.size()) {
    return invalid_input(fmt::format("{} areas for {} users", options.areas.size(), users.size()));
  }
  for (const int k : options.at) {
    if (k < 1 || k > lists.k) {
      return invalid_input(fmt::format("cannot measure at {}: lists have {} items", k, lists.k));
    }
  }
  for (const int32_t user : users) {
    if (user < 0 || user >= test.rows) {
      return invalid_input(
          fmt::format("user {} is outside of the test's {} rows", user, test.rows));
    }
  }
  for (const int32_t item : lists.items) {
    if (item >= test.cols) {
      return invalid_input(fmt::format("item {} is outside of the test's {}", item, test.cols));
    }
  }
  return {};
}

}  // namespace

Result<RankingReport> evaluate_ranking(const math::TopK& lists, std::span<const int32_t> users,
                                       const math::Csr& test, const RankingOptions& options,
                                       ThreadPool& pool) {
  RETURN_IF_ERROR(check_lists(lists, users, test, options));
  std::vector<int64_t> evaluated;
  for (size_t i = 0; i < users.size(); ++i) {
    if (!test.row_indices(users[i]).empty()) evaluated.push_back(static_cast<int64_t>(i));
  }
  if (evaluated.empty()) return invalid_input("no user has anything in the test");
  const UserValues values = measure_users(lists, users, evaluated, test, options, pool);
  RankingReport report;
  report.users = values.users;
  report.users_without_test = static_cast<int64_t>(users.size()) - values.users;
  const size_t width = values.names.size();
  for (size_t m = 0; m < width; ++m) {
    double sum = 0;
    for (int64_t i = 0; i < values.users; ++i) sum += values.values[i * width + m];
    report.metrics[values.names[m]] = sum / static_cast<double>(values.users);
  }
  for (const int k : options.at) {
    report.metrics[fmt::format("coverage@{}", k)] = coverage(lists, k, test.cols);
  }
  if (options.resamples > 0) report.intervals = bootstrap(values, options, pool);
  return report;
}

Result<std::vector<double>> areas_under_curve(const math::TopK& lists,
                                              std::span<const int32_t> users, const math::Csr& test,
                                              ThreadPool& pool) {
  RETURN_IF_ERROR(check_lists(lists, users, test, {.at = {}}));
  std::vector<double> areas(users.size());
  pool.parallel_for(static_cast<int64_t>(users.size()), 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      areas[i] = area_under_curve(lists.list(i), test.row_indices(users[i]));
    }
  });
  return areas;
}

}  // namespace coterie::evaluation
