#pragma once
// The steps of pairwise learning, for the rules of bpr.cc and warp.cc.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "math/aligned.h"
#include "math/kernels.h"
#include "math/random.h"
#include "math/sparse.h"
#include "models/recommend/pairwise_shared_internal.h"

namespace coterie::recommend {

struct ItemState {
  float bias = 0;
  float bias_squares = 1;  // of slopes so far, from 1
  float squares = 1;       // of the factors' slopes, mean over factors
};

struct PairwiseFactors {
  int d = 0;
  math::AlignedVector<float> users;  // users × d
  math::AlignedVector<float> items;  // items × d
  std::vector<float> user_squares;
  std::vector<ItemState> item_states;

  const float* item(int32_t id) const { return items.data() + int64_t{id} * d; }
};

struct PairwiseSample {
  int32_t user;
  int32_t item;
  float weight;
};

struct PairwiseRates {
  float learning_rate = 0;
  float regularisation = 0;
};

// What a rule judges: one user, and the items that it may draw from.
struct PairwiseScene {
  const PairwiseFactors& factors;
  const math::Kernels& kernels;
  const float* user;
  std::span<const int32_t> history;     // ascending; at least what of it can be drawn
  std::span<const int32_t> candidates;  // not empty
  int32_t items;                        // of the catalogue, that somebody met

  float score(int32_t id) const {
    return kernels.dot(user, factors.item(id), factors.d) + factors.item_states[id].bias;
  }
  // An even number of items, two from each of the stream's values.
  void draw(math::RandomStream& random, std::span<int32_t> out) const {
    const auto count = static_cast<uint64_t>(candidates.size());
    for (size_t i = 0; i + 1 < out.size(); i += 2) {
      const uint64_t bits = random.next();
      out[i] = candidates[(bits & 0xFFFFFFFF) * count >> 32];
      out[i + 1] = candidates[(bits >> 32) * count >> 32];
    }
  }
  void scores(std::span<const int32_t> ids, float* out) const {
    kernels.dot_rows({.base = factors.items.data(),
                      .stride = factors.d,
                      .ids = ids.data(),
                      .count = static_cast<int>(ids.size()),
                      .x = user,
                      .n = factors.d,
                      .out = out});
    for (size_t i = 0; i < ids.size(); ++i) out[i] += factors.item_states[ids[i]].bias;
  }
  // A binary search that moves without branches: which half is a coin toss.
  bool met(int32_t item) const {
    const int32_t* first = history.data();
    for (size_t left = history.size(); left > 1;) {
      const size_t half = left / 2;
      first += half & (size_t{0} - static_cast<size_t>(first[half - 1] < item));
      left -= half;
    }
    return !history.empty() && *first == item;
  }
};

struct PairwiseChoice {
  int32_t item = -1;  // none
  float pull = 0;
};

// One step pulls no harder, whatever confidences and ranks say.
inline constexpr float kMaxPull = 10;
inline constexpr int kFloatsOfALine = 16;

// So often in a round is it that shared rows move.
inline constexpr int kBatches = 4;

// What users of a range met of a stripe: all that a draw from the stripe has to be held against,
// and little enough to stay in the cache.
struct TileHistories {
  int32_t first_user = 0;
  std::vector<int32_t> starts;  // users of the range + 1
  std::vector<int32_t> items;   // of one user after the other, ascending

  std::span<const int32_t> of(int32_t user) const {
    const int32_t* start = starts.data() + (user - first_user);
    return {items.data() + start[0], static_cast<size_t>(start[1] - start[0])};
  }
};

// Interactions that are worked through in order.
struct PairwiseTile {
  std::span<const PairwiseSample> samples;
  std::span<const int32_t> candidates;
  const TileHistories& histories;
  int32_t items = 0;  // that somebody met
  PairwiseRates rates;
  SharedSide* shared_users = nullptr;  // null: users have no features
  SharedSide* shared_items = nullptr;

  bool shares() const { return shared_users != nullptr || shared_items != nullptr; }
};

class PairwiseRule {
 public:
  PairwiseRule() = default;
  PairwiseRule(const PairwiseRule&) = delete;
  PairwiseRule& operator=(const PairwiseRule&) = delete;
  virtual ~PairwiseRule() = default;
  virtual void learn(const PairwiseTile& tile, PairwiseFactors& factors,
                     math::RandomStream& random) const = 0;
  virtual PairwiseChoice choose_one(const PairwiseScene& scene, int32_t positive,
                                    math::RandomStream& random) const = 0;
};

// Where the three rows are sums. `spare`: d zeros for a side without features, and d to write to.
inline void share_step(const PairwiseTile& tile, const PairwiseSample& sample, int32_t negative,
                       std::span<float> spare, math::PairStep& job) {
  SharedSide* const sides[3] = {tile.shared_users, tile.shared_items, tile.shared_items};
  const int32_t ids[3] = {sample.user, sample.item, negative};
  for (int row = 0; row < 3; ++row) {
    const bool shares = sides[row] != nullptr;
    job.shared[row] = shares ? sides[row]->part(ids[row]) : spare.data();
    job.pulls[row] = shares ? sides[row]->pull(ids[row]) : spare.data() + job.n;
  }
}

inline void move_bias(const PairwiseTile& tile, int32_t item, float pull, ItemState& state) {
  float own = state.bias;
  if (tile.shared_items != nullptr) {
    own -= tile.shared_items->bias_part(item);
    tile.shared_items->pull_bias(item, pull);
  }
  const float slope = pull - tile.rates.regularisation * own;
  state.bias += tile.rates.learning_rate / std::sqrt(state.bias_squares) * slope;
  state.bias_squares += slope * slope;
}

// Moves the three rows and the two biases. `spare`: of share_step(), empty if nothing is shared.
inline void pairwise_step(PairwiseFactors& factors, const PairwiseTile& tile,
                          const PairwiseSample& sample, int32_t negative, float pull,
                          std::span<float> spare, const math::Kernels& kernels) {
  const int d = factors.d;
  const PairwiseRates& rates = tile.rates;
  ItemState& better = factors.item_states[sample.item];
  ItemState& worse = factors.item_states[negative];
  float& user_squares = factors.user_squares[sample.user];
  math::PairStep job{.user = factors.users.data() + int64_t{sample.user} * d,
                     .better = factors.items.data() + int64_t{sample.item} * d,
                     .worse = factors.items.data() + int64_t{negative} * d,
                     .n = d,
                     .pull = pull,
                     .decay = rates.regularisation,
                     .rates = {rates.learning_rate / std::sqrt(user_squares),
                               rates.learning_rate / std::sqrt(better.squares),
                               rates.learning_rate / std::sqrt(worse.squares)},
                     .squares = {},
                     .shared = {},
                     .pulls = {}};
  if (!spare.empty()) share_step(tile, sample, negative, spare, job);
  kernels.pair_step(job);
  const float mean = 1.0F / static_cast<float>(d);
  user_squares += job.squares[0] * mean;
  better.squares += job.squares[1] * mean;
  worse.squares += job.squares[2] * mean;
  move_bias(tile, sample.item, pull, better);
  move_bias(tile, negative, -pull, worse);
}

// `Chooser`: PairwiseChoice operator()(const PairwiseScene&, int32_t positive, RandomStream&)
// const.
template <typename Chooser>
class PairwiseRuleOf final : public PairwiseRule {
 public:
  explicit PairwiseRuleOf(const Chooser& chooser) : chooser_(chooser) {}

  void learn(const PairwiseTile& tile, PairwiseFactors& factors,
             math::RandomStream& random) const override {
    const math::Kernels& kernels = math::kernels();
    std::vector<float> spare(tile.shares() ? 2 * static_cast<size_t>(factors.d) : 0, 0.0F);
    for (size_t i = 0; i < tile.samples.size(); ++i) {
      const PairwiseSample& sample = tile.samples[i];
      if (i + kAhead < tile.samples.size()) fetch(factors, tile.samples[i + kAhead]);
      const PairwiseScene scene{.factors = factors,
                                .kernels = kernels,
                                .user = factors.users.data() + int64_t{sample.user} * factors.d,
                                .history = tile.histories.of(sample.user),
                                .candidates = tile.candidates,
                                .items = tile.items};
      const PairwiseChoice choice = chooser_(scene, sample.item, random);
      if (choice.item < 0) continue;
      const float pull = std::min(choice.pull * sample.weight, kMaxPull);
      pairwise_step(factors, tile, sample, choice.item, pull, spare, kernels);
    }
  }

  PairwiseChoice choose_one(const PairwiseScene& scene, int32_t positive,
                            math::RandomStream& random) const override {
    return chooser_(scene, positive, random);
  }

 private:
  // Samples ahead of which rows are fetched.
  static constexpr size_t kAhead = 2;
  static void fetch(const PairwiseFactors& factors, const PairwiseSample& sample) {
    const float* user = factors.users.data() + int64_t{sample.user} * factors.d;
    const float* item = factors.item(sample.item);
    for (int f = 0; f < factors.d; f += kFloatsOfALine) {
      __builtin_prefetch(user + f);
      __builtin_prefetch(item + f);
    }
  }

  Chooser chooser_;
};

}  // namespace coterie::recommend
