#include "models/recommend/pairwise.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "base/cancel.h"
#include "math/random_distributions.h"
#include "math/topk.h"
#include "models/recommend/factor_neighbours_internal.h"
#include "models/recommend/history_internal.h"
#include "models/recommend/pairwise_model_internal.h"
#include "models/recommend/pairwise_tiles_internal.h"

namespace coterie::recommend {
namespace {

Error option_error(std::string_view name, double value, std::string_view range) {
  return invalid_input(fmt::format("{} = {} is out of range", name, value))
      .for_key(std::string(name))
      .with_mend(fmt::format("use a value {}", range));
}

// Standard deviation of the start, over the root of the number of factors.
constexpr double kStartScale = 0.5;

void start_row(uint64_t seed, PairwiseRandom purpose, int64_t row, std::span<float> out) {
  math::RandomStream random(seed, purpose, static_cast<uint64_t>(row));
  const double scale = kStartScale / std::sqrt(static_cast<double>(out.size()));
  for (float& value : out) value = static_cast<float>(scale * math::normal(random));
}

PairwiseFactors start_factors(const math::Csr& interactions, std::span<const int32_t> met,
                              const PairwiseOptions& options, ThreadPool& pool) {
  PairwiseFactors factors;
  const int d = factors.d = options.factors;
  factors.users.assign(static_cast<size_t>(interactions.rows) * d, 0.0F);
  factors.items.assign(static_cast<size_t>(interactions.cols) * d, 0.0F);
  factors.user_squares.assign(static_cast<size_t>(interactions.rows), 1.0F);
  factors.item_states.resize(static_cast<size_t>(interactions.cols));
  pool.parallel_for(interactions.rows, 1024, [&](int64_t begin, int64_t end) {
    for (int64_t user = begin; user < end; ++user) {
      if (interactions.offsets[user] == interactions.offsets[user + 1]) continue;
      start_row(options.seed, kStartUser, user, {factors.users.data() + user * d, size_t(d)});
    }
  });
  pool.parallel_for(static_cast<int64_t>(met.size()), 1024, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      start_row(options.seed, kStartItem, met[i],
                {factors.items.data() + int64_t{met[i]} * d, size_t(d)});
    }
  });
  return factors;
}

PairwiseRates rates_of(const PairwiseOptions& options) {
  return {.learning_rate = static_cast<float>(options.learning_rate),
          .regularisation = static_cast<float>(options.regularisation)};
}

Status learn(const PairwiseRule& rule, const math::Csr& interactions,
             const PairwiseOptions& options, PairwiseTiles& tiles, PairwiseFactors& factors,
             ThreadPool& pool) {
  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    tiles.deal(epoch, pool);
    for (int round = 0; round < tiles.stripes(); ++round) {
      RETURN_IF_ERROR(check_cancelled());
      pool.parallel_for(tiles.stripes(), 1, [&](int64_t begin, int64_t end) {
        for (auto range = static_cast<int>(begin); range < end; ++range) {
          const int stripe = tiles.stripe_of(round, range);
          math::RandomStream random = tiles.stream(range, stripe);
          const auto samples = tiles.shuffled(range, stripe, random);
          rule.learn({.samples = samples,
                      .candidates = tiles.stripe_items(stripe),
                      .interactions = interactions,
                      .items = static_cast<int32_t>(tiles.met_items().size()),
                      .rates = rates_of(options)},
                     factors, random);
        }
      });
    }
  }
  return {};
}

Status check_finite(const PairwiseFactors& factors) {
  const auto finite = [](float value) { return std::isfinite(value); };
  const bool biases = std::all_of(factors.item_states.begin(), factors.item_states.end(),
                                  [](const ItemState& state) { return std::isfinite(state.bias); });
  if (!biases || !std::all_of(factors.users.begin(), factors.users.end(), finite) ||
      !std::all_of(factors.items.begin(), factors.items.end(), finite)) {
    return invalid_input("the factors left the range of single precision")
        .with_mend("use a smaller learning_rate");
  }
  return {};
}

}  // namespace

Status check_options(const PairwiseOptions& o) {
  if (o.factors < 1 || o.factors > 4096) {
    return option_error("factors", o.factors, "from 1 to 4096");
  }
  if (o.epochs < 1 || o.epochs > 10000) return option_error("epochs", o.epochs, "from 1 to 10000");
  if (!(o.learning_rate > 0 && o.learning_rate <= 10)) {
    return option_error("learning_rate", o.learning_rate, "greater than 0, up to 10");
  }
  if (!(o.regularisation >= 0 && o.regularisation <= 1)) {
    return option_error("regularisation", o.regularisation, "from 0 to 1");
  }
  return check_value_power(o.value_power);
}

PairwiseRecommender::PairwiseRecommender(const PairwiseOptions& options,
                                         std::unique_ptr<const PairwiseRule> rule)
    : options_(options), rule_(std::move(rule)) {}
PairwiseRecommender::~PairwiseRecommender() = default;

Status PairwiseRecommender::fit(const math::Csr& interactions, ThreadPool& pool) {
  RETURN_IF_ERROR(check_options(options_));
  RETURN_IF_ERROR(check_interactions(interactions));
  const ValueScale scale(interactions, options_.value_power);
  const math::Csr weighted = scale.scaled(interactions);
  PairwiseTiles tiles(weighted, options_.seed);
  PairwiseFactors factors = start_factors(weighted, tiles.met_items(), options_, pool);
  RETURN_IF_ERROR(learn(*rule_, weighted, options_, tiles, factors, pool));
  RETURN_IF_ERROR(check_finite(factors));
  std::vector<float> biases(factors.item_states.size(), 0.0F);
  float lowest = 0;
  for (const int32_t item : tiles.met_items()) {
    biases[item] = factors.item_states[item].bias;
    lowest = std::min(lowest, biases[item]);
  }
  auto popularity = item_popularity(interactions);
  for (size_t item = 0; item < biases.size(); ++item) {
    if (popularity[item] == 0) biases[item] = lowest;
  }
  model_ = std::make_unique<PairwiseModel>(scale, std::move(popularity), std::move(factors),
                                           std::move(biases));
  return {};
}

std::vector<float> PairwiseRecommender::fold_in(std::span<const int32_t> items,
                                                std::span<const float> confidences) const {
  const PairwiseModel& m = *model_;
  const int d = options_.factors;
  std::vector<float> user(static_cast<size_t>(d), 0.0F);
  std::vector<PairwiseSample> samples;
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i] < 0 || items[i] >= m.items() || m.popularity[items[i]] == 0) continue;
    samples.push_back({.user = 0, .item = items[i], .weight = m.scale(confidences[i])});
  }
  const PairwiseRates rates = rates_of(options_);
  const PairwiseScene scene{.factors = m.factors,
                            .kernels = math::kernels(),
                            .user = user.data(),
                            .history = items,
                            .candidates = m.met,
                            .items = static_cast<int32_t>(m.met.size())};
  math::RandomStream random(options_.seed, kFoldIn, 0);
  std::vector<float> better(static_cast<size_t>(d)), worse(static_cast<size_t>(d));
  float squares = 1;
  for (int epoch = 0; epoch < options_.epochs; ++epoch) {
    for (const PairwiseSample& sample : samples) {
      const PairwiseChoice choice = rule_->choose_one(scene, sample.item, random);
      if (choice.item < 0) continue;
      std::copy_n(m.factors.item(sample.item), d, better.begin());
      std::copy_n(m.factors.item(choice.item), d, worse.begin());
      math::PairStep job{.user = user.data(),
                         .better = better.data(),
                         .worse = worse.data(),
                         .n = d,
                         .pull = std::min(choice.pull * sample.weight, kMaxPull),
                         .decay = rates.regularisation,
                         .rates = {rates.learning_rate / std::sqrt(squares), 0, 0},
                         .squares = {}};
      scene.kernels.pair_step(job);
      squares += job.squares[0] / static_cast<float>(d);
    }
  }
  return user;
}

Result<TopK> PairwiseRecommender::recommend(std::span<const int32_t> users,
                                            const math::Csr& history,
                                            const RecommendOptions& options,
                                            ThreadPool& pool) const {
  const PairwiseModel& m = *model_;
  RETURN_IF_ERROR(check_request(users, history, m.items(), options));
  RETURN_IF_ERROR(check_confidences(users, history));
  const auto count = static_cast<int64_t>(users.size());
  const int d = options_.factors;
  std::vector<float> queries(users.size() * (static_cast<size_t>(d) + 1));
  std::vector<uint8_t> unknown(users.size(), 0);
  pool.parallel_for(count, 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float* query = queries.data() + i * (d + 1);
      if (users[i] < m.users()) {
        std::copy_n(m.factors.users.data() + int64_t{users[i]} * d, d, query);
      } else {
        const auto folded = fold_in(history.row_indices(users[i]), history.row_values(users[i]));
        std::copy(folded.begin(), folded.end(), query);
      }
      unknown[i] = std::all_of(query, query + d, [](float value) { return value == 0; }) ? 1 : 0;
      query[d] = 1;  // takes the bias
    }
  });
  math::ScoredColumns::Excluded seen;
  if (options.filter_seen) {
    seen = [&](int64_t i) { return history.row_indices(users[static_cast<size_t>(i)]); };
  }
  const math::ScoredColumns columns =
      options.allowed_items.empty() ? m.columns : m.some_columns(options.allowed_items);
  ASSIGN_OR_RETURN(TopK out, columns.top_k(queries, count, options.k, seen, pool));
  popularity_for_unknown(m.popularity, users, unknown, history, options, pool, out);
  return out;
}

Result<TopK> PairwiseRecommender::similar_items(std::span<const int32_t> items, int k,
                                                ThreadPool& pool) const {
  return factor_neighbours(item_factors(), model_->items(), options_.factors, items, k, pool);
}

std::span<const float> PairwiseRecommender::user_factors() const { return model_->factors.users; }
std::span<const float> PairwiseRecommender::item_factors() const { return model_->factors.items; }
std::span<const float> PairwiseRecommender::item_biases() const { return model_->biases; }

}  // namespace coterie::recommend
