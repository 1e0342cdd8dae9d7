#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "models/recommend/history_internal.h"

namespace coterie::recommend {

Status check_interactions(const math::Csr& interactions) {
  if (interactions.entries() == 0) return invalid_input("there are no interactions to learn from");
  for (int32_t user = 0; user < interactions.rows; ++user) {
    const auto items = interactions.row_indices(user);
    const auto values = interactions.row_values(user);
    for (size_t i = 0; i < items.size(); ++i) {
      if (!(values[i] > 0) || !std::isfinite(values[i])) {
        return invalid_input(
            fmt::format("the confidence of user {} and item {} is {}, it must be finite and "
                        "greater than 0",
                        user, items[i], values[i]));
      }
    }
  }
  return {};
}

Status check_request(std::span<const int32_t> users, const math::Csr& history, int32_t items,
                     const RecommendOptions& options) {
  if (options.k < 0) return invalid_input(fmt::format("k = {} is negative", options.k));
  if (!options.allowed_items.empty() &&
      static_cast<int64_t>(options.allowed_items.size()) != items) {
    return invalid_input(fmt::format("allowed_items has {} bytes for {} items",
                                     options.allowed_items.size(), items));
  }
  for (const int32_t user : users) {
    if (user < 0 || user >= history.rows) {
      return invalid_input(
          fmt::format("user {} is outside of the history's {} rows", user, history.rows));
    }
  }
  return {};
}

Status check_items(std::span<const int32_t> items, int32_t model_items, int k) {
  if (k < 0) return invalid_input(fmt::format("k = {} is negative", k));
  for (const int32_t item : items) {
    if (item < 0 || item >= model_items) {
      return invalid_input(fmt::format("item {} is outside of the model's {}", item, model_items));
    }
  }
  return {};
}

Status check_offsets(std::span<const int64_t> offsets, int64_t entries) {
  if (offsets.empty() || offsets.front() != 0 || offsets.back() != entries ||
      !std::is_sorted(offsets.begin(), offsets.end())) {
    return corrupt(fmt::format("row offsets do not rise from 0 to {}", entries));
  }
  return {};
}

std::vector<float> item_popularity(const math::Csr& interactions) {
  std::vector<double> sums(static_cast<size_t>(interactions.cols), 0.0);
  for (size_t i = 0; i < interactions.indices.size(); ++i) {
    sums[interactions.indices[i]] += interactions.values[i];
  }
  return {sums.begin(), sums.end()};
}

void popularity_lists(std::span<const float> popularity, std::span<const int32_t> users,
                      std::span<const uint8_t> which, const math::Csr& history,
                      const RecommendOptions& options, ThreadPool& pool, TopK& out) {
  std::vector<int32_t> order;
  for (size_t item = 0; item < popularity.size(); ++item) {
    if (options.allowed_items.empty() || options.allowed_items[item] != 0) {
      order.push_back(static_cast<int32_t>(item));
    }
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](int32_t a, int32_t b) { return popularity[a] > popularity[b]; });
  pool.parallel_for(static_cast<int64_t>(users.size()), 256, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      if (!which.empty() && which[i] == 0) continue;
      const auto seen = history.row_indices(users[i]);
      int32_t count = 0;
      for (size_t next = 0; next < order.size() && count < out.k; ++next) {
        const int32_t item = order[next];
        if (options.filter_seen && std::binary_search(seen.begin(), seen.end(), item)) continue;
        out.items[i * out.k + count] = item;
        out.scores[i * out.k + count++] = popularity[item];
      }
      out.counts[i] = count;
      std::fill(out.items.begin() + i * out.k + count, out.items.begin() + (i + 1) * out.k, -1);
      std::fill(out.scores.begin() + i * out.k + count, out.scores.begin() + (i + 1) * out.k, 0.0F);
    }
  });
}

void popularity_for_unknown(std::span<const float> popularity, std::span<const int32_t> users,
                            std::span<const uint8_t> unknown, const math::Csr& history,
                            const RecommendOptions& options, ThreadPool& pool, TopK& out) {
  if (std::find(unknown.begin(), unknown.end(), 1) == unknown.end()) return;
  popularity_lists(popularity, users, unknown, history, options, pool, out);
}

}  // namespace coterie::recommend
