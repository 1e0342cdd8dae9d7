#pragma once
// For tests: pairwise learning in double, one interaction after the other, written from the order
// that pairwise.h promises and without the fast code's data structures. Draws come from the same
// streams.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "math/random.h"
#include "math/random_distributions.h"
#include "math/sparse.h"
#include "models/recommend/pairwise.h"
#include "models/recommend/pairwise_tiles_internal.h"

namespace coterie::recommend {

struct PairwiseOracle {
  using Score = std::function<double(int32_t item)>;
  using Met = std::function<bool(int32_t item)>;
  using Draw = std::function<int32_t()>;
  // Item (-1: none) and pull for a positive item.
  using Rule = std::function<std::pair<int32_t, double>(int32_t positive, const Score&, const Met&,
                                                        const Draw&, int32_t met_items)>;

  const math::Csr& data;
  PairwiseOptions options;
  int block;  // draws are made so many at a time; what an interaction leaves over is lost
  Rule rule;
  std::vector<int32_t> met;
  std::vector<std::vector<double>> users, items;  // the bias stands behind an item's factors
  std::vector<double> user_sums, item_sums, bias_sums;
  int64_t steps = 0;

  PairwiseOracle(const math::Csr& matrix, const PairwiseOptions& o, int draws, Rule r)
      : data(matrix), options(o), block(draws), rule(std::move(r)) {
    for (int32_t item = 0; item < data.cols; ++item) {
      if (std::count(data.indices.begin(), data.indices.end(), item) > 0) met.push_back(item);
    }
    users.assign(data.rows, std::vector<double>(o.factors, 0.0));
    items.assign(data.cols, std::vector<double>(o.factors + 1, 0.0));
    for (int32_t user = 0; user < data.rows; ++user) {
      if (!data.row_indices(user).empty()) start(users[user], kStartUser, user);
    }
    for (const int32_t item : met) start(items[item], kStartItem, item);
    user_sums.assign(data.rows, 1);
    item_sums.assign(data.cols, 1);
    bias_sums.assign(data.cols, 1);
    for (int epoch = 0; epoch < o.epochs; ++epoch) run(epoch);
  }

  void start(std::vector<double>& row, uint32_t purpose, int32_t index) const {
    math::RandomStream random(options.seed, purpose, static_cast<uint64_t>(index));
    for (int f = 0; f < options.factors; ++f) {
      row[f] = 0.5 / std::sqrt(options.factors) * math::normal(random);
    }
  }

  template <typename T>
  static void shuffle(std::vector<T>& values, math::RandomStream& random) {
    for (uint32_t n = static_cast<uint32_t>(values.size()); n > 1; --n) {
      std::swap(values[n - 1], values[random.below(n)]);
    }
  }

  // Range of a user: the first whose share of the interactions ends above where the user begins.
  int range_of(int32_t user, int stripes) const {
    int range = 0;
    while (range + 1 < stripes && data.offsets[user] >= data.entries() * (range + 1) / stripes) {
      ++range;
    }
    return range;
  }

  void run(int epoch) {
    const auto count = static_cast<int64_t>(met.size());
    const int stripes =
        static_cast<int>(std::clamp<int64_t>(std::min<int64_t>(count, data.rows) / 32, 1, 16));
    math::RandomStream random(options.seed, kDealItems, static_cast<uint64_t>(epoch));
    std::vector<int32_t> dealt = met;
    shuffle(dealt, random);
    std::vector<int> shifts;
    for (int s = 0; s < stripes; ++s) shifts.push_back(s);
    shuffle(shifts, random);
    for (const int shift : shifts) {
      for (int range = 0; range < stripes; ++range) {
        const int stripe = (range + shift) % stripes;
        const std::vector<int32_t> drawn_from(dealt.begin() + count * stripe / stripes,
                                              dealt.begin() + count * (stripe + 1) / stripes);
        const uint64_t tile = (uint64_t(epoch) * stripes + range) * stripes + stripe;
        math::RandomStream order(options.seed, kTileOrder, tile);
        run_tile(range, stripes, drawn_from, order);
      }
    }
  }

  void run_tile(int range, int stripes, const std::vector<int32_t>& drawn_from,
                math::RandomStream& random) {
    struct Entry {
      int32_t user, item;
      double weight;
    };
    std::vector<Entry> entries;
    for (int32_t user = 0; user < data.rows; ++user) {
      if (range_of(user, stripes) != range) continue;
      for (size_t i = 0; i < data.row_indices(user).size(); ++i) {
        const int32_t item = data.row_indices(user)[i];
        if (std::find(drawn_from.begin(), drawn_from.end(), item) == drawn_from.end()) continue;
        entries.push_back({user, item, data.row_values(user)[i]});
      }
    }
    shuffle(entries, random);
    for (const Entry& entry : entries) {
      std::vector<int32_t> ready;  // the next one first
      const Draw draw = [&] {
        while (ready.empty()) {
          for (int pair = 0; pair < block / 2; ++pair) {
            const uint64_t bits = random.next();
            for (const uint64_t half : {bits % (uint64_t{1} << 32), bits / (uint64_t{1} << 32)}) {
              ready.push_back(drawn_from[half * drawn_from.size() / (uint64_t{1} << 32)]);
            }
          }
        }
        const int32_t item = ready.front();
        ready.erase(ready.begin());
        return item;
      };
      const auto history = data.row_indices(entry.user);
      const auto [other, pull] = rule(
          entry.item, [&](int32_t item) { return score(users[entry.user], item); },
          [&](int32_t item) {
            return std::find(history.begin(), history.end(), item) != history.end();
          },
          draw, static_cast<int32_t>(met.size()));
      if (other >= 0) step(entry.user, entry.item, other, std::min(10.0, pull * entry.weight));
    }
  }

  double score(const std::vector<double>& user, int32_t item) const {
    double sum = items[item].back();
    for (size_t f = 0; f < user.size(); ++f) sum += user[f] * items[item][f];
    return sum;
  }

  void step(int32_t user, int32_t better, int32_t worse, double pull) {
    ++steps;
    const int d = options.factors;
    const std::vector<double> u = users[user], b = items[better], w = items[worse];
    std::vector<double> user_slope(d), better_slope(d), worse_slope(d);
    for (int f = 0; f < d; ++f) {
      user_slope[f] = pull * (b[f] - w[f]) - options.regularisation * u[f];
      better_slope[f] = pull * u[f] - options.regularisation * b[f];
      worse_slope[f] = -pull * u[f] - options.regularisation * w[f];
    }
    climb(users[user], user_slope, user_sums[user]);
    climb(items[better], better_slope, item_sums[better]);
    climb(items[worse], worse_slope, item_sums[worse]);
    climb_bias(better, pull - options.regularisation * b[d]);
    climb_bias(worse, -pull - options.regularisation * w[d]);
  }

  void climb(std::vector<double>& row, const std::vector<double>& slope, double& sum) const {
    double squares = 0;
    for (size_t f = 0; f < slope.size(); ++f) {
      row[f] += options.learning_rate / std::sqrt(sum) * slope[f];
      squares += slope[f] * slope[f];
    }
    sum += squares / static_cast<double>(slope.size());
  }

  void climb_bias(int32_t item, double slope) {
    items[item].back() += options.learning_rate / std::sqrt(bias_sums[item]) * slope;
    bias_sums[item] += slope * slope;
  }
};

}  // namespace coterie::recommend
