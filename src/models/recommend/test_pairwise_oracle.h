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
  // Rows of features, how each is pulled in a batch, and how often one of its holders was.
  struct Shared {
    const math::Csr* features = nullptr;
    std::vector<std::vector<double>> rows, pulls;
    std::vector<double> sums, bias_sums;
    std::vector<int64_t> touches, holders;
  };
  Shared user_shared, item_shared;
  struct Entry {
    int32_t user, item;
    double weight;
  };
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
    if (o.features != nullptr) {
      begin_shared(user_shared, o.features->users, data.rows,
                   [&](int32_t row) { return !data.row_indices(row).empty(); });
      begin_shared(item_shared, o.features->items, data.cols, [&](int32_t row) {
        return std::find(met.begin(), met.end(), row) != met.end();
      });
    }
    for (int epoch = 0; epoch < o.epochs; ++epoch) run(epoch);
  }

  template <typename Used>
  void begin_shared(Shared& shared, const math::Csr& features, int32_t rows, const Used& used) {
    const auto count = static_cast<size_t>(features.cols);
    shared.features = &features;
    shared.rows.assign(count, std::vector<double>(options.factors + 1, 0.0));
    shared.pulls = shared.rows;
    shared.sums.assign(count, 1);
    shared.bias_sums.assign(count, 1);
    shared.touches.assign(count, 0);
    shared.holders.assign(count, 0);
    for (int32_t row = 0; features.cols > 0 && row < rows; ++row) {
      if (!used(row)) continue;
      for (const int32_t feature : features.row_indices(row)) ++shared.holders[feature];
    }
  }

  // Own row (empty: none) and features; the last place is the bias.
  std::vector<double> sum_row(const std::vector<double>& own, const Shared& shared,
                              int32_t row) const {
    std::vector<double> sum(options.factors + 1, 0.0);
    std::copy(own.begin(), own.end(), sum.begin());
    if (shared.rows.empty()) return sum;
    const auto columns = shared.features->row_indices(row);
    const auto values = shared.features->row_values(row);
    for (size_t i = 0; i < columns.size(); ++i) {
      for (size_t f = 0; f < sum.size(); ++f) sum[f] += values[i] * shared.rows[columns[i]][f];
    }
    return sum;
  }
  std::vector<double> user_row(int32_t user) const {
    return sum_row(user < data.rows ? users[user] : std::vector<double>(), user_shared, user);
  }
  std::vector<double> item_row(int32_t item) const {
    return sum_row(item < data.cols ? items[item] : std::vector<double>(), item_shared, item);
  }

  static void pull_shared(Shared& shared, int32_t row, const std::vector<double>& pull) {
    if (shared.rows.empty()) return;
    const auto columns = shared.features->row_indices(row);
    const auto values = shared.features->row_values(row);
    for (size_t i = 0; i < columns.size(); ++i) {
      ++shared.touches[columns[i]];
      for (size_t f = 0; f < pull.size(); ++f) {
        shared.pulls[columns[i]][f] += values[i] * pull[f];
      }
    }
  }

  void move_shared(Shared& shared) const {
    for (size_t feature = 0; feature < shared.rows.size(); ++feature) {
      if (shared.touches[feature] == 0) continue;
      auto& row = shared.rows[feature];
      auto& slope = shared.pulls[feature];
      const double decay = options.regularisation * static_cast<double>(shared.touches[feature]) /
                           static_cast<double>(shared.holders[feature]);
      double squares = 0;
      for (size_t f = 0; f < row.size(); ++f) slope[f] -= decay * row[f];
      for (int f = 0; f < options.factors; ++f) squares += slope[f] * slope[f];
      shared.sums[feature] += squares / options.factors;
      shared.bias_sums[feature] += slope.back() * slope.back();
      for (size_t f = 0; f < row.size(); ++f) {
        const bool bias = f + 1 == row.size();
        row[f] += options.learning_rate /
                  std::sqrt(bias ? shared.bias_sums[feature] : shared.sums[feature]) * slope[f];
        slope[f] = 0;
      }
      shared.touches[feature] = 0;
    }
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
      struct Tile {
        std::vector<int32_t> drawn_from;
        math::RandomStream random;
        std::vector<Entry> entries;
      };
      std::vector<Tile> tiles;
      for (int range = 0; range < stripes; ++range) {
        const int stripe = (range + shift) % stripes;
        const uint64_t number = (uint64_t(epoch) * stripes + range) * stripes + stripe;
        Tile tile{{dealt.begin() + count * stripe / stripes,
                   dealt.begin() + count * (stripe + 1) / stripes},
                  math::RandomStream(options.seed, kTileOrder, number),
                  {}};
        tile.entries = entries_of(range, stripes, tile.drawn_from);
        shuffle(tile.entries, tile.random);
        tiles.push_back(std::move(tile));
      }
      for (size_t quarter = 0; quarter < 4; ++quarter) {
        for (Tile& tile : tiles) {
          const size_t size = tile.entries.size();
          for (size_t e = size * quarter / 4; e < size * (quarter + 1) / 4; ++e) {
            learn(tile.entries[e], tile.drawn_from, tile.random);
          }
        }
        move_shared(user_shared);
        move_shared(item_shared);
      }
    }
  }

  std::vector<Entry> entries_of(int range, int stripes,
                                const std::vector<int32_t>& drawn_from) const {
    std::vector<Entry> entries;
    for (int32_t user = 0; user < data.rows; ++user) {
      if (range_of(user, stripes) != range) continue;
      for (size_t i = 0; i < data.row_indices(user).size(); ++i) {
        const int32_t item = data.row_indices(user)[i];
        if (std::find(drawn_from.begin(), drawn_from.end(), item) == drawn_from.end()) continue;
        entries.push_back({user, item, data.row_values(user)[i]});
      }
    }
    return entries;
  }

  void learn(const Entry& entry, const std::vector<int32_t>& drawn_from,
             math::RandomStream& random) {
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
    const std::vector<double> user = user_row(entry.user);
    const auto [other, pull] = rule(
        entry.item, [&](int32_t item) { return score(user, item); },
        [&](int32_t item) {
          return std::find(history.begin(), history.end(), item) != history.end();
        },
        draw, static_cast<int32_t>(met.size()));
    if (other >= 0) step(entry.user, entry.item, other, std::min(10.0, pull * entry.weight));
  }

  double score(const std::vector<double>& user, int32_t item) const {
    const std::vector<double> row = item_row(item);
    double sum = row.back();
    for (int f = 0; f < options.factors; ++f) sum += user[f] * row[f];
    return sum;
  }

  void step(int32_t user, int32_t better, int32_t worse, double pull) {
    ++steps;
    const int d = options.factors;
    const std::vector<double> u = user_row(user), b = item_row(better), w = item_row(worse);
    std::vector<double> user_pull(d + 1, 0.0), better_pull(d + 1, pull), worse_pull(d + 1, -pull);
    for (int f = 0; f < d; ++f) {
      user_pull[f] = pull * (b[f] - w[f]);
      better_pull[f] = pull * u[f];
      worse_pull[f] = -pull * u[f];
    }
    climb(users[user], user_pull, user_sums[user]);
    climb(items[better], better_pull, item_sums[better]);
    climb(items[worse], worse_pull, item_sums[worse]);
    climb_bias(better, pull - options.regularisation * items[better][d]);
    climb_bias(worse, -pull - options.regularisation * items[worse][d]);
    pull_shared(user_shared, user, user_pull);
    pull_shared(item_shared, better, better_pull);
    pull_shared(item_shared, worse, worse_pull);
  }

  void climb(std::vector<double>& row, const std::vector<double>& pull, double& sum) const {
    double squares = 0;
    for (int f = 0; f < options.factors; ++f) {
      const double slope = pull[f] - options.regularisation * row[f];
      row[f] += options.learning_rate / std::sqrt(sum) * slope;
      squares += slope * slope;
    }
    sum += squares / options.factors;
  }

  void climb_bias(int32_t item, double slope) {
    items[item].back() += options.learning_rate / std::sqrt(bias_sums[item]) * slope;
    bias_sums[item] += slope * slope;
  }
};

}  // namespace coterie::recommend
